package import ClusterAccess

/// What stands in a key behind the number of its type.
protocol RecordKey {
    init(_ reader: inout WireReader) throws(WireError)
}

/// Most records are about a whole group.
extension GroupID: RecordKey {
    init(_ reader: inout WireReader) throws(WireError) { self.init(try reader.string()) }
}

/// Whose commit a record is, and on which partition.
package struct OffsetCommitKey: Hashable, Sendable, RecordKey {
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
        writer.integer(Int16(1))
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
        writer.integer(Int16(2))
        writer.string(group.rawValue)
        return writer.bytes
    }
}

/// Which member of which group a record is about.
package struct MemberKey: Hashable, Sendable, RecordKey {
    package var group: GroupID
    package var memberID: String

    package init(group: GroupID, memberID: String) {
        self.group = group
        self.memberID = memberID
    }

    init(_ reader: inout WireReader) throws(WireError) {
        group = try GroupID(&reader)
        memberID = try reader.string()
    }
}

/// Which regular expression, subscribed to by members of which group, a record is about.
package struct RegularExpressionKey: Hashable, Sendable, RecordKey {
    package var group: GroupID
    package var expression: String

    package init(group: GroupID, expression: String) {
        self.group = group
        self.expression = expression
    }

    init(_ reader: inout WireReader) throws(WireError) {
        group = try GroupID(&reader)
        expression = try reader.string()
    }
}
