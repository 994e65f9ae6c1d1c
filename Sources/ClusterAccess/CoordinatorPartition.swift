/// Which partition of `__consumer_offsets` holds a group, and with it which broker coordinates the group.
package enum CoordinatorPartition {
    /// Name of the topic whose partition leaders are the coordinators.
    package static let topic: TopicName = "__consumer_offsets"

    /// Partition of `group` among `count`; `nil` without partitions.
    ///
    /// Kafka's `Utils.abs(group.hashCode()) % count`: Java's hash over UTF-16 code units, with the absolute
    /// value of the smallest Int32 taken as 0.
    package static func of(_ group: GroupID, count: Int) -> PartitionID? {
        guard count > 0, let count = Int32(exactly: count) else { return nil }
        var hash: Int32 = 0
        for unit in group.rawValue.utf16 { hash = hash &* 31 &+ Int32(unit) }
        let magnitude = hash == .min ? 0 : abs(hash)
        return PartitionID(magnitude % count)
    }
}
