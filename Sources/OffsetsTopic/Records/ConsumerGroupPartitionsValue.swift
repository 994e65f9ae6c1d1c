package import ClusterAccess

/// Topics that a KIP-848 group reads (Kafka's ConsumerGroupPartitionMetadataValue, version 0).
///
/// Kafka 3.9 writes it; later ones write only its tombstones and a hash with the group's epoch instead.
package struct ConsumerGroupPartitionsValue: Hashable, Sendable {
    package var topics: [Topic]

    package init(topics: [Topic]) { self.topics = topics }

    /// A topic as it was when the group's epoch was raised.
    package struct Topic: Hashable, Sendable {
        package var id: TopicUUID
        package var name: TopicName
        package var partitionCount: Int32
        /// Racks of the replicas; empty where no broker has a rack.
        package var racks: [PartitionRacks]

        package init(id: TopicUUID, name: TopicName, partitionCount: Int32, racks: [PartitionRacks] = []) {
            self.id = id
            self.name = name
            self.partitionCount = partitionCount
            self.racks = racks
        }
    }

    /// Racks that hold replicas of one partition.
    package struct PartitionRacks: Hashable, Sendable {
        package var partition: PartitionID
        package var racks: [String]

        package init(partition: PartitionID, racks: [String]) {
            self.partition = partition
            self.racks = racks
        }
    }
}

extension ConsumerGroupPartitionsValue: RecordValue {
    static let knownVersions: ClosedRange<Int16> = 0...0

    init(_ reader: inout WireReader, version: Int16) throws(WireError) {
        // An identifier, a name, a number, a list and tags.
        topics = try reader.array(.compact, elementBytesMin: 23) { reader throws(WireError) in
            let topic = Topic(
                id: try reader.uuid(), name: TopicName(try reader.string(.compact)),
                partitionCount: try reader.int32(),
                racks: try reader.array(.compact, elementBytesMin: 6) { reader throws(WireError) in
                    let racks = PartitionRacks(
                        partition: PartitionID(try reader.int32()), racks: try reader.strings())
                    try reader.taggedFields()
                    return racks
                })
            try reader.taggedFields()
            return topic
        }
        try reader.taggedFields()
    }
}
