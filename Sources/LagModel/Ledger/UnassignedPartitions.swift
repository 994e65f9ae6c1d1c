import ClusterAccess

/// Finds partitions with lag that no member of a group owns.
enum UnassignedPartitions {
    /// Whether there are members, and all that they own and all lags are known.
    static func canBeCounted(in group: GroupSnapshot) -> Bool {
        guard let members = group.members?.members, !members.isEmpty, group.totals?.unknownPartitions == 0
        else { return false }
        return members.allSatisfy { $0.isAssignmentKnown && $0.unnamedPartitions == 0 }
    }

    /// How many there are in one topic of a group of which that can be said.
    static func count(in group: GroupSnapshot, topic: GroupTopicSnapshot, of round: TopicRound) -> Int {
        guard let index = topic.topicIndex, topic.totals.lag != 0 else { return 0 }
        let log = round.topics[index]
        var isOwned = [Bool](repeating: false, count: log.highWatermark.count)
        for member in group.members?.members ?? [] {
            for share in member.assignment where share.topic == topic.name {
                for partition in share.partitions where isOwned.indices.contains(Int(partition.rawValue)) {
                    isOwned[Int(partition.rawValue)] = true
                }
            }
        }
        var count = 0
        for (position, partition) in topic.partitions.enumerated() {
            guard let start = log.logStart[partition], let end = log.highWatermark[partition],
                !isOwned[Int(partition)]
            else { continue }
            let lag = PartitionLag(committed: topic.committed[position], logStart: start, end: end)
            if lag.lag > 0 { count += 1 }
        }
        return count
    }
}
