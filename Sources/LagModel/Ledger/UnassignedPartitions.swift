import ClusterAccess

/// Finds partitions with lag that no member of a group owns.
enum UnassignedPartitions {
    /// How many there are; `nil` while members or one of the lags are unknown, or there are no members.
    static func count(in group: GroupSnapshot, of round: TopicRound) -> Int? {
        guard let members = group.members?.members, !members.isEmpty, group.totals?.unknownPartitions == 0,
            members.allSatisfy({ $0.isAssignmentKnown && $0.unnamedPartitions == 0 })
        else { return nil }
        var owned: [TopicName: Set<Int32>] = [:]
        for share in members.lazy.flatMap(\.assignment) {
            owned[share.topic, default: []].formUnion(share.partitions.lazy.map(\.rawValue))
        }
        var count = 0
        for topic in group.topics {
            guard let index = topic.topicIndex, topic.totals.lag != 0 else { continue }
            let log = round.topics[index]
            let ownedHere = owned[topic.name] ?? []
            for (position, partition) in topic.partitions.enumerated() where !ownedHere.contains(partition) {
                guard let start = log.logStart[partition], let end = log.highWatermark[partition] else {
                    continue
                }
                let lag = PartitionLag(committed: topic.committed[position], logStart: start, end: end)
                if lag.lag > 0 { count += 1 }
            }
        }
        return count
    }
}
