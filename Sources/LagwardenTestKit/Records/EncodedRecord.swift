import ClusterAccess
package import OffsetsTopic

/// Key and value of a record of `__consumer_offsets` as a coordinator would write them.
package struct EncodedRecord: Hashable, Sendable {
    package var key: [UInt8]
    package var value: [UInt8]?

    package init(key: [UInt8], value: [UInt8]?) {
        self.key = key
        self.value = value
    }

    /// Encodes a record; what the version has no place for is left out.
    ///
    /// Share and streams records get a value of the right version with no field but the epoch. A skipped
    /// record has no encoding and gives `nil`.
    package init?(_ record: OffsetsRecord, commitVersion: Int16 = 3, groupVersion: Int16 = 3) {
        switch record {
        case .offsetCommit(let key, let value):
            self.key = key.encoded()
            self.value = value.map { Self.commit($0, version: commitVersion) }
        case .groupMetadata(let group, let value):
            key = Self.key(2, group.rawValue)
            self.value = value.map { Self.group($0, version: groupVersion) }
        case .consumerGroupEpoch(let group, let value):
            key = Self.key(3, group.rawValue)
            self.value = value.map { Self.epoch($0) }
        case .consumerGroupPartitions(let group, let value):
            key = Self.key(4, group.rawValue)
            self.value = value.map { Self.partitions($0) }
        case .consumerGroupMember(let member, let value):
            key = Self.key(5, member.group.rawValue, member.memberID)
            self.value = value.map { Self.member($0) }
        case .consumerGroupTargetEpoch(let group, let value):
            key = Self.key(6, group.rawValue)
            self.value = value.map { Self.targetEpoch($0) }
        case .consumerGroupTargetAssignment(let member, let value):
            key = Self.key(7, member.group.rawValue, member.memberID)
            self.value = value.map { Self.target($0) }
        case .consumerGroupCurrentAssignment(let member, let value):
            key = Self.key(8, member.group.rawValue, member.memberID)
            self.value = value.map { Self.current($0) }
        case .consumerGroupRegularExpression(let expression, let value):
            key = Self.key(16, expression.group.rawValue, expression.expression)
            self.value = value.map { Self.expression($0) }
        case .shareGroup(let group, let other), .streamsGroup(let group, let other):
            guard let type = Self.type(of: other.kind) else { return nil }
            key = Self.key(type, group.rawValue, other.memberID)
            value = other.isTombstone ? nil : Self.flexible { $0.integer(other.epoch ?? 0) }
        case .skipped: return nil
        }
    }

    /// Number of a share or streams record.
    private static func type(of kind: RecordKind) -> Int16? {
        (10...23).first { RecordKind(type: $0) == kind }
    }

    private static func key(_ type: Int16, _ group: String, _ more: String? = nil) -> [UInt8] {
        var writer = SchemaWriter()
        writer.integer(type)
        writer.string(group)
        if let more { writer.string(more) }
        return writer.bytes
    }

    /// Version 0 of a flexible schema without known tags.
    private static func flexible(_ write: (inout SchemaWriter) -> Void) -> [UInt8] {
        tagged { writer in
            write(&writer)
            writer.tags()
        }
    }

    /// Version 0 of a flexible schema that writes its own tags.
    private static func tagged(_ write: (inout SchemaWriter) -> Void) -> [UInt8] {
        var writer = SchemaWriter(isFlexible: true)
        writer.integer(Int16(0))
        write(&writer)
        return writer.bytes
    }
}

extension EncodedRecord {
    private static func commit(_ value: OffsetCommitValue, version: Int16) -> [UInt8] {
        var writer = SchemaWriter(isFlexible: version >= 4)
        writer.integer(version)
        writer.integer(value.offset)
        if version >= 3 { writer.integer(value.leaderEpoch ?? -1) }
        writer.string(value.metadata)
        writer.integer(value.commitTimestamp)
        if version == 1 { writer.integer(value.expireTimestamp ?? -1) }
        writer.tags([value.topicID.map { id in (0, SchemaWriter.content { $0.uuid(id) }) }])
        return writer.bytes
    }

    private static func group(_ value: GroupMetadataValue, version: Int16) -> [UInt8] {
        var writer = SchemaWriter(isFlexible: version >= 4)
        writer.integer(version)
        writer.string(value.protocolType)
        writer.integer(value.generation)
        writer.string(value.protocolName)
        writer.string(value.leader)
        if version >= 2 { writer.integer(value.currentStateTimestamp ?? -1) }
        writer.array(value.members) { writer, member in
            writer.string(member.memberID)
            if version >= 3 { writer.string(member.instanceID) }
            writer.string(member.clientID)
            writer.string(member.clientHost)
            if version >= 1 { writer.integer(member.rebalanceTimeout ?? -1) }
            writer.integer(member.sessionTimeout)
            writer.data(member.subscription)
            writer.data(member.assignment)
            writer.tags()
        }
        writer.tags()
        return writer.bytes
    }

    private static func epoch(_ value: ConsumerGroupEpochValue) -> [UInt8] {
        tagged { writer in
            writer.integer(value.epoch)
            writer.tags([
                value.metadataHash.map { hash in (0, SchemaWriter.content { $0.integer(hash) }) },
                value.creationTimestamp.map { time in (1, SchemaWriter.content { $0.integer(time) }) },
            ])
        }
    }

    private static func targetEpoch(_ value: TargetAssignmentEpochValue) -> [UInt8] {
        tagged { writer in
            writer.integer(value.epoch)
            writer.tags([value.timestamp.map { time in (0, SchemaWriter.content { $0.integer(time) }) }])
        }
    }

    private static func partitions(_ value: ConsumerGroupPartitionsValue) -> [UInt8] {
        flexible { writer in
            writer.array(value.topics) { writer, topic in
                writer.uuid(topic.id)
                writer.string(topic.name.rawValue)
                writer.integer(topic.partitionCount)
                writer.array(topic.racks) { writer, entry in
                    writer.integer(entry.partition.rawValue)
                    writer.array(entry.racks) { writer, rack in writer.string(rack) }
                    writer.tags()
                }
                writer.tags()
            }
        }
    }

    private static func member(_ value: ConsumerGroupMemberValue) -> [UInt8] {
        tagged { writer in
            writer.string(value.instanceID)
            writer.string(value.rack)
            writer.string(value.clientID)
            writer.string(value.clientHost)
            writer.array(value.topics) { writer, topic in writer.string(topic.rawValue) }
            writer.string(value.topicExpression ?? "")
            writer.integer(value.rebalanceTimeout ?? -1)
            writer.string(value.assignor)
            // Brokers write this tag always, with a marker that says null.
            let classic = SchemaWriter.content { writer in
                guard let classic = value.classic else { return writer.varint(0) }
                writer.varint(1)
                writer.integer(classic.sessionTimeout)
                writer.array(classic.protocols) { writer, entry in
                    writer.string(entry.name)
                    writer.data(entry.subscription)
                    writer.tags()
                }
                writer.tags()
            }
            writer.tags([(0, classic)])
        }
    }

    private static func target(_ value: TargetAssignmentValue) -> [UInt8] {
        flexible { $0.assigned(value.partitions) }
    }

    private static func current(_ value: CurrentAssignmentValue) -> [UInt8] {
        flexible { writer in
            writer.integer(value.memberEpoch)
            writer.integer(value.previousMemberEpoch)
            let state: Int8 =
                switch value.state {
                case .stable: 0
                case .unrevokedPartitions: 1
                case .unreleasedPartitions: 2
                case .unknown(let number): number
                }
            writer.integer(state)
            writer.assigned(value.assigned)
            writer.assigned(value.pendingRevocation)
        }
    }

    private static func expression(_ value: RegularExpressionValue) -> [UInt8] {
        flexible { writer in
            writer.array(value.topics) { writer, topic in writer.string(topic.rawValue) }
            writer.integer(value.version)
            writer.integer(value.timestamp)
        }
    }
}

extension SchemaWriter {
    fileprivate mutating func uuid(_ id: TopicUUID) {
        integer(id.mostSignificant)
        integer(id.leastSignificant)
    }

    fileprivate mutating func assigned(_ partitions: [AssignedPartitions]) {
        array(partitions) { writer, topic in
            writer.uuid(topic.topicID)
            writer.array(topic.partitions.map(\.rawValue))
            writer.tags([topic.epochs.map { epochs in (0, SchemaWriter.content { $0.array(epochs) }) }])
        }
    }
}
