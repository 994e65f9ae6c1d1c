package import ClusterAccess

/// Number at the head of every key of `__consumer_offsets`, as far as this decoder reads what follows.
enum RecordType: Int16 {
    /// Commits; 0 and 1 are laid out alike.
    case offsetCommitBefore0_8_3 = 0
    case offsetCommit = 1
    /// Generation and members of a classic group.
    case groupMetadata = 2
    /// Epoch of a KIP-848 group.
    case consumerGroupEpoch = 3
}

/// Whose commit a record is, and on which partition.
package struct OffsetCommitKey: Hashable, Sendable {
    package var group: GroupID
    package var topic: TopicName
    package var partition: PartitionID

    package init(group: GroupID, topic: TopicName, partition: PartitionID) {
        self.group = group
        self.topic = topic
        self.partition = partition
    }

    init(_ reader: inout WireReader) throws(WireError) {
        group = GroupID(try reader.string())
        topic = TopicName(try reader.string())
        partition = PartitionID(try reader.int32())
    }

    /// Key type 1, as every broker since 0.8.3 writes it.
    package func encoded() -> [UInt8] {
        var writer = WireWriter()
        writer.integer(RecordType.offsetCommit.rawValue)
        writer.string(group.rawValue)
        writer.string(topic.rawValue)
        writer.integer(partition.rawValue)
        return writer.bytes
    }
}

/// Key of the record that holds a classic group's generation and members.
package struct GroupMetadataKey: Hashable, Sendable {
    package var group: GroupID

    package init(group: GroupID) { self.group = group }

    /// Key type 2.
    package func encoded() -> [UInt8] {
        var writer = WireWriter()
        writer.integer(RecordType.groupMetadata.rawValue)
        writer.string(group.rawValue)
        return writer.bytes
    }
}
