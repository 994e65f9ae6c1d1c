import ClusterAccess
import LagModel

/// What leaders are asked about the logs of some topics: the same from round to round while topology, topics
/// and the leaders that answer stay what they are.
struct LogPlan: Sendable {
    /// What one leader is asked.
    struct Request: Sendable {
        var leader: BrokerID
        /// Log start and high watermark.
        var ends = Share()
        /// Last stable offset.
        var stable = Share()
    }

    /// Partitions of one leader.
    struct Share: Sendable {
        var partitions: [TopicPartitions] = []
        /// Parallel to `partitions`: which of the plan's topics.
        var places: [Int] = []
        /// Parallel to `partitions`: these are all partitions that the topic has, in order.
        var areWhole: [Bool] = []
    }

    /// What a plan depends on.
    struct Basis: Equatable, Sendable {
        var metadata: ClusterMetadata
        var names: Set<TopicName>
        var stableNames: Set<TopicName>
        var unreachable: [BrokerID: ClusterError.Reason]
    }

    let basis: Basis
    /// Ascending by leader.
    private(set) var requests: [Request] = []
    /// Ascending by name, without any offset.
    private(set) var topics: [TopicFacts] = []
    /// Partitions that cannot be asked, by reason.
    private(set) var failures: [ClusterError.Reason: Int] = [:]

    /// Largest number of partitions believed of a topic whose numbering has gaps.
    private static let partitionsMax = 1_000_000

    init(_ basis: Basis, topology: ClusterTopology) {
        self.basis = basis
        var byLeader: [BrokerID: Int] = [:]
        for topic in basis.names.sorted().compactMap({ topology.topic($0) }) {
            let facts = Self.unknown(topic, isStable: basis.stableNames.contains(topic.name))
            for (leader, partitions) in askable(topic) {
                let number = byLeader[leader] ?? requests.count
                if number == requests.count {
                    byLeader[leader] = number
                    requests.append(Request(leader: leader))
                }
                requests[number].ends.add(partitions, of: facts, at: topics.count)
                if facts.lastStable != nil {
                    requests[number].stable.add(partitions, of: facts, at: topics.count)
                }
            }
            topics.append(facts)
        }
        requests.sort { $0.leader < $1.leader }
    }

    private static func unknown(_ topic: ClusterMetadata.Topic, isStable: Bool) -> TopicFacts {
        let last = Int(topic.partitions.map(\.id.rawValue).max() ?? -1)
        let count = last < partitionsMax ? last + 1 : topic.partitions.count
        var leaders = [Int32](repeating: -1, count: count)
        for partition in topic.partitions {
            let place = Int(partition.id.rawValue)
            guard place >= 0, place < count, let leader = partition.leader else { continue }
            leaders[place] = leader.rawValue
        }
        let unknown = OffsetColumn(unknownCount: count)
        return TopicFacts(
            name: topic.name, leaders: leaders, logStart: unknown, highWatermark: unknown,
            lastStable: isStable ? unknown : nil)
    }

    /// Splits a topic by leader; partitions that cannot be asked are counted as failures.
    private mutating func askable(_ topic: ClusterMetadata.Topic) -> [(BrokerID, [PartitionID])] {
        var byLeader: [(leader: BrokerID, partitions: [PartitionID])] = []
        for partition in topic.partitions {
            guard let leader = partition.leader else {
                failures[.leaderUnavailable, default: 0] += 1
                continue
            }
            if let reason = basis.unreachable[leader] {
                failures[reason, default: 0] += 1
            } else if let known = byLeader.firstIndex(where: { $0.leader == leader }) {
                byLeader[known].partitions.append(partition.id)
            } else {
                byLeader.append((leader, [partition.id]))
            }
        }
        return byLeader
    }
}

extension LogPlan.Share {
    fileprivate mutating func add(_ asked: [PartitionID], of topic: TopicFacts, at place: Int) {
        partitions.append(TopicPartitions(topic: topic.name, partitions: asked))
        places.append(place)
        areWhole.append(
            asked.count == topic.leaders.count && zip(asked, 0...).allSatisfy { Int($0.rawValue) == $1 })
    }
}
