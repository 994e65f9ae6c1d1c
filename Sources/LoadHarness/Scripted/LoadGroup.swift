package import ClusterAccess

/// One group of a scripted cluster; its commits follow from the ends of its topics.
package struct LoadGroup: Sendable {
    package let id: GroupID
    /// Its number among all groups that ever were.
    let number: Int
    /// Places of its topics in ``LoadCluster/topics``.
    let topics: Range<Int>
    /// Partition of `__consumer_offsets` that holds it.
    let owner: Int
    var members: Int
    /// Grows with every change of members, which have new names then.
    var generation: Int32 = 1

    /// Whether it keeps a standing lag on a topic instead of catching up; one reader in ten does.
    func stands(on topic: Int) -> Bool { (number + topic) % 10 == 9 }

    /// By how much a commit stays before the end of the log when it is made.
    func lag(topic: Int, partition: Int) -> Int64 {
        stands(on: topic) ? Self.standingLag(number, partition) : 0
    }

    static func standingLag(_ number: Int, _ partition: Int) -> Int64 {
        500 + Int64((number &* 31 &+ partition &* 7) % 4_000)
    }

    /// Names of the members of the present generation.
    var memberIDs: [String] { (0..<members).map { "\(id)-member-\($0)-\(generation)" } }

    /// What one of the members owns of a topic.
    func share(of member: Int, in topic: LoadTopic) -> TopicPartitions {
        let owned = stride(from: member, to: topic.partitions, by: max(1, members))
        return TopicPartitions(
            topic: topic.name, partitions: owned.map { PartitionID(Int32(clamping: $0)) })
    }
}
