package import ClusterAccess

/// What a member of a KIP-848 group is and wants (Kafka's ConsumerGroupMemberMetadataValue, version 0).
package struct ConsumerGroupMemberValue: Hashable, Sendable {
    /// `group.instance.id` of a static member.
    package var instanceID: String?
    package var rack: String?
    package var clientID: String
    /// As Kafka spells it, with a slash in front.
    package var clientHost: String
    /// Names that the member subscribed to; those that its expression matches are not among them.
    package var topics: [TopicName]
    /// Expression that the broker resolves; `nil` where the member has none.
    ///
    /// Brokers write an empty expression for that.
    package var topicExpression: String?
    /// Milliseconds; `nil` where unknown.
    package var rebalanceTimeout: Int32?
    /// Assignor that the member asks for; `nil` for the group's default.
    package var assignor: String?
    /// What a member says that still speaks the classic protocol; `nil` for one that does not.
    package var classic: ClassicMember?

    package init(
        instanceID: String? = nil, rack: String? = nil, clientID: String, clientHost: String,
        topics: [TopicName] = [], topicExpression: String? = nil, rebalanceTimeout: Int32? = nil,
        assignor: String? = nil, classic: ClassicMember? = nil
    ) {
        self.instanceID = instanceID
        self.rack = rack
        self.clientID = clientID
        self.clientHost = clientHost
        self.topics = topics
        self.topicExpression = topicExpression
        self.rebalanceTimeout = rebalanceTimeout
        self.assignor = assignor
        self.classic = classic
    }

    /// A classic member of a group that was moved over to KIP-848.
    package struct ClassicMember: Hashable, Sendable {
        /// Milliseconds.
        package var sessionTimeout: Int32
        package var protocols: [SupportedProtocol]

        package init(sessionTimeout: Int32, protocols: [SupportedProtocol] = []) {
            self.sessionTimeout = sessionTimeout
            self.protocols = protocols
        }
    }

    /// An assignor that a classic member supports.
    package struct SupportedProtocol: Hashable, Sendable {
        package var name: String
        /// A ``ConsumerSubscription``.
        package var subscription: [UInt8]

        package init(name: String, subscription: [UInt8]) {
            self.name = name
            self.subscription = subscription
        }
    }
}

extension ConsumerGroupMemberValue: RecordValue {
    static let knownVersions: ClosedRange<Int16> = 0...0

    init(_ reader: inout WireReader, version: Int16) throws(WireError) {
        instanceID = try reader.nullableString(.compact)
        rack = try reader.nullableString(.compact)
        clientID = try reader.string(.compact)
        clientHost = try reader.string(.compact)
        topics = try reader.strings().map { TopicName($0) }
        let expression = try reader.nullableString(.compact)
        topicExpression = expression?.isEmpty == true ? nil : expression
        let timeout = try reader.int32()
        rebalanceTimeout = timeout < 0 ? nil : timeout
        assignor = try reader.nullableString(.compact)
        var classic: ClassicMember?
        try reader.taggedFields { tag, content throws(WireError) in
            guard tag == 0 else { return }
            // A struct that may be null has a marker in front, which is a varint inside a tagged field.
            classic = try content.unsignedVarint() == 0 ? nil : ClassicMember(&content)
        }
        self.classic = classic
    }
}

extension ConsumerGroupMemberValue.ClassicMember {
    init(_ reader: inout WireReader) throws(WireError) {
        sessionTimeout = try reader.int32()
        protocols = try reader.array(.compact, elementBytesMin: 3) { reader throws(WireError) in
            let entry = ConsumerGroupMemberValue.SupportedProtocol(
                name: try reader.string(.compact), subscription: try reader.bytes(.compact))
            try reader.taggedFields()
            return entry
        }
        try reader.taggedFields()
    }
}
