/// One generation of a classic group (Kafka's GroupMetadataValue, versions 0-4).
package struct GroupMetadataValue: Hashable, Sendable {
    /// `consumer` for consumers; empty for a generation without members.
    package var protocolType: String
    package var generation: Int32
    /// Name of the assignor, for consumers.
    package var protocolName: String?
    package var leader: String?
    /// Milliseconds since 1970; `nil` where unknown or before version 2.
    package var currentStateTimestamp: Int64?
    package var members: [Member]

    package init(
        protocolType: String, generation: Int32, protocolName: String? = nil, leader: String? = nil,
        currentStateTimestamp: Int64? = nil, members: [Member] = []
    ) {
        self.protocolType = protocolType
        self.generation = generation
        self.protocolName = protocolName
        self.leader = leader
        self.currentStateTimestamp = currentStateTimestamp
        self.members = members
    }

    /// A member of the generation with the blobs that its client library wrote.
    package struct Member: Hashable, Sendable {
        package var memberID: String
        /// `group.instance.id` of a static member; from version 3 on.
        package var instanceID: String?
        package var clientID: String
        /// As Kafka spells it, with a slash in front.
        package var clientHost: String
        /// Milliseconds; from version 1 on.
        package var rebalanceTimeout: Int32?
        /// Milliseconds.
        package var sessionTimeout: Int32
        /// A ``ConsumerSubscription`` where the protocol type is `consumer`.
        package var subscription: [UInt8]
        /// A ``ConsumerAssignment`` where the protocol type is `consumer`.
        package var assignment: [UInt8]

        package init(
            memberID: String, instanceID: String? = nil, clientID: String, clientHost: String,
            rebalanceTimeout: Int32? = nil, sessionTimeout: Int32, subscription: [UInt8] = [],
            assignment: [UInt8] = []
        ) {
            self.memberID = memberID
            self.instanceID = instanceID
            self.clientID = clientID
            self.clientHost = clientHost
            self.rebalanceTimeout = rebalanceTimeout
            self.sessionTimeout = sessionTimeout
            self.subscription = subscription
            self.assignment = assignment
        }
    }

    /// Whether the members' blobs follow the consumer protocol.
    package var isConsumerGroup: Bool { protocolType == "consumer" }
}

extension GroupMetadataValue: RecordValue {
    static let knownVersions: ClosedRange<Int16> = 0...4

    init(_ reader: inout WireReader, version: Int16) throws(WireError) {
        let form: WireForm = version >= 4 ? .compact : .plain
        protocolType = try reader.string(form)
        generation = try reader.int32()
        protocolName = try reader.nullableString(form)
        leader = try reader.nullableString(form)
        if version >= 2 {
            let timestamp = try reader.int64()
            currentStateTimestamp = timestamp < 0 ? nil : timestamp
        }
        // Three strings, a timeout and two blobs take at least nine bytes in every version.
        members = try reader.array(form, elementBytesMin: 9) { reader throws(WireError) in
            try Member(&reader, version: version)
        }
        if version >= 4 { try reader.taggedFields() }
    }

    /// Version 3, as Kafka 2.3 to 4.3 write it.
    package func encoded() -> [UInt8] {
        var writer = WireWriter()
        writer.integer(Int16(3))
        writer.string(protocolType)
        writer.integer(generation)
        writer.string(protocolName)
        writer.string(leader)
        writer.integer(currentStateTimestamp ?? -1)
        writer.array(members) { writer, member in
            writer.string(member.memberID)
            writer.string(member.instanceID)
            writer.string(member.clientID)
            writer.string(member.clientHost)
            writer.integer(member.rebalanceTimeout ?? -1)
            writer.integer(member.sessionTimeout)
            writer.data(member.subscription)
            writer.data(member.assignment)
        }
        return writer.bytes
    }
}

extension GroupMetadataValue.Member {
    init(_ reader: inout WireReader, version: Int16) throws(WireError) {
        let form: WireForm = version >= 4 ? .compact : .plain
        memberID = try reader.string(form)
        instanceID = version >= 3 ? try reader.nullableString(form) : nil
        clientID = try reader.string(form)
        clientHost = try reader.string(form)
        if version >= 1 {
            let timeout = try reader.int32()
            rebalanceTimeout = timeout < 0 ? nil : timeout
        }
        sessionTimeout = try reader.int32()
        subscription = try reader.bytes(form)
        assignment = try reader.bytes(form)
        if version >= 4 { try reader.taggedFields() }
    }
}
