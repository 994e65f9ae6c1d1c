import ClusterAccess
import LagModel

/// Snapshots of a stated size whose answers are known by arithmetic, without asking the code under test.
struct Fixture {
    var groupCount: Int
    var topicsPerGroup: Int
    var partitionsPerTopic: Int
    var granularity = Granularity.partition
    /// Appended to every name, to make escaping work.
    var nameSuffix = ""

    var groupPartitions: Int { groupCount * topicsPerGroup * partitionsPerTopic }

    /// End of every log; commits are placed before it.
    private static let end: Int64 = 1_000_000

    /// Lag that the commit of a group on a partition is given.
    func lag(group: Int, topic: Int, partition: Int) -> Int64 {
        Int64((group &* 31 &+ topic &* 17 &+ partition &* 7) % 5_000)
    }

    /// Sum of all lags in closed form over the fixture's own rule.
    func lagSum() -> Int64 {
        var sum: Int64 = 0
        for group in 0..<groupCount {
            for topic in 0..<topicsPerGroup {
                for partition in 0..<partitionsPerTopic {
                    sum += lag(group: group, topic: topic, partition: partition)
                }
            }
        }
        return sum
    }

    /// A snapshot in which every group commits to every partition of the same topics.
    func snapshot() -> ClusterSnapshot {
        let topics = (0..<topicsPerGroup).map { topic in
            TopicSnapshot(
                name: TopicName("topic-\(padded(topic))\(nameSuffix)"),
                logStart: OffsetColumn(Array(repeating: 0, count: partitionsPerTopic)),
                highWatermark: OffsetColumn(Array(repeating: Self.end, count: partitionsPerTopic)),
                leaders: Array(repeating: 1, count: partitionsPerTopic))
        }
        let groups = (0..<groupCount).map { group in
            let parts = (0..<topicsPerGroup).map { topic in
                groupTopic(group: group, topic: topic, name: topics[topic].name)
            }
            return GroupSnapshot(
                id: GroupID("group-\(padded(group))\(nameSuffix)"), granularity: granularity, type: .classic,
                protocolType: "consumer", assignor: "range", coordinator: BrokerID(1), state: .stable,
                stateBegan: .watched(MonotonicTime(sinceOrigin: .zero)), topics: parts,
                totals: LagTotals(summing: parts.map(\.totals)))
        }
        let moment = Moment(
            wall: WallTime(nanosecondsSince1970: 1_700_000_000_000_000_000),
            monotonic: MonotonicTime(sinceOrigin: .seconds(60)))
        return ClusterSnapshot(
            cluster: "default", round: 1, endOffsetsRead: moment, topics: topics, groups: SharedList(groups),
            topicGranularity: granularity)
    }

    private func groupTopic(group: Int, topic: Int, name: TopicName) -> GroupTopicSnapshot {
        let lags = (0..<partitionsPerTopic).map { lag(group: group, topic: topic, partition: $0) }
        return GroupTopicSnapshot(
            name: name, topicIndex: topic, partitions: (0..<partitionsPerTopic).map { Int32($0) },
            committed: lags.map { Self.end - $0 },
            totals: LagTotals(
                partitions: lags.count, unknownPartitions: 0, lag: lags.reduce(0, +), lagMax: lags.max()))
    }

    /// Six digits, so that names sort as numbers do.
    private func padded(_ number: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
}
