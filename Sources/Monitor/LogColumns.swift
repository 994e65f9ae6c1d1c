import ClusterAccess
import LagModel

/// Columns by partition that leaders' answers fill in.
struct LogColumns {
    private(set) var facts: [TopicFacts]
    private let index: [TopicName: Int]

    /// Largest number of partitions believed of a topic whose numbering has gaps.
    private static let partitionsMax = 1_000_000

    /// Unknown offsets for `topics`, ascending by name, with room for the last stable ones of `stableNames`.
    init(topics: [ClusterMetadata.Topic], stableNames: Set<TopicName>) {
        facts = topics.map { topic in
            let last = Int(topic.partitions.map(\.id.rawValue).max() ?? -1)
            let count = last < Self.partitionsMax ? last + 1 : topic.partitions.count
            var leaders = [Int32](repeating: -1, count: count)
            for partition in topic.partitions {
                let place = Int(partition.id.rawValue)
                guard place >= 0, place < count, let leader = partition.leader else { continue }
                leaders[place] = leader.rawValue
            }
            let unknown = OffsetColumn(unknownCount: count)
            return TopicFacts(
                name: topic.name, leaders: leaders, logStart: unknown, highWatermark: unknown,
                lastStable: stableNames.contains(topic.name) ? unknown : nil)
        }
        index = Dictionary(facts.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

    mutating func fill(_ column: WritableKeyPath<TopicFacts, OffsetColumn>, from reply: LogOffsets) {
        for topic in reply.topics {
            guard let place = index[topic.name] else { continue }
            for (partition, offset) in zip(topic.partitions, topic.offsets) {
                facts[place][keyPath: column][partition.rawValue] = offset
            }
        }
    }

    mutating func fillStable(from reply: LogOffsets) {
        for topic in reply.topics {
            guard let place = index[topic.name] else { continue }
            for (partition, offset) in zip(topic.partitions, topic.offsets) {
                facts[place].lastStable?[partition.rawValue] = offset
            }
        }
    }
}
