import ClusterAccess
import Locking

/// Remembers which partitions groups with very many commits have, so that they can be asked in parts.
///
/// librdkafka parses an OffsetFetch answer in quadratic time on the thread that serves the whole handle:
/// 10,000 partitions cost 0.2 s, 100,000 cost 18 s. A group is found to be huge by its first complete
/// answer; later it is asked by lists of its known partitions, and now and then completely again on a
/// handle of its own.
final class HugeGroups: Sendable {
    /// How to ask a group.
    enum Plan {
        case everything
        case listed([TopicPartitions], refresh: Bool)
    }

    private struct Known {
        var partitions: [TopicPartitions]
        var askings = 0
        var isRefreshing = false
    }

    /// Groups remembered; more huge groups than this are asked completely.
    private static let remembered = 256

    private let threshold: Int
    private let refresh: Int
    private let known = Mutex<[GroupID: Known]>([:])

    init(threshold: Int, refresh: Int) {
        self.threshold = threshold
        self.refresh = refresh
    }

    /// How to ask `group` this time.
    func plan(for group: GroupID) -> Plan {
        known.withLock { known in
            guard var entry = known[group] else { return .everything }
            entry.askings += 1
            let isDue = entry.askings >= refresh && !entry.isRefreshing
            if isDue {
                entry.askings = 0
                entry.isRefreshing = true
            }
            known[group] = entry
            return .listed(entry.partitions, refresh: isDue)
        }
    }

    /// Takes note of a complete answer.
    func learned(_ group: GroupID, _ offsets: CommittedOffsets) {
        let count = offsets.topics.reduce(0) { $0 + $1.partitions.count }
        known.withLock { known in
            guard count > threshold else {
                known[group] = nil
                return
            }
            guard known[group] != nil || known.count < Self.remembered else { return }
            known[group] = Known(
                partitions: offsets.topics.map { TopicPartitions(topic: $0.name, partitions: $0.partitions) })
        }
    }

    /// Takes note of an answer in parts; a group that lost most of its commits is asked completely again.
    func answered(_ group: GroupID, _ offsets: CommittedOffsets) {
        let count = offsets.topics.reduce(0) { $0 + $1.partitions.count }
        guard count <= threshold / 2 else { return }
        known.withLock { $0[group] = nil }
    }

    /// Lets the next refresh happen when it is due again.
    func refreshFailed(_ group: GroupID) {
        known.withLock { $0[group]?.isRefreshing = false }
    }
}

/// Cuts lists of partitions into requests.
enum PartitionChunks {
    /// Parts of at most `size` partitions, free of duplicates, in ascending order of topic and partition.
    static func split(_ partitions: [TopicPartitions], size: Int) -> [[TopicPartitions]] {
        var chunks: [[TopicPartitions]] = []
        var current: [TopicPartitions] = []
        var room = size
        for topic in merged(partitions) {
            var rest = topic.partitions[...]
            while !rest.isEmpty {
                let part = rest.prefix(room)
                current.append(TopicPartitions(topic: topic.topic, partitions: Array(part)))
                rest = rest.dropFirst(part.count)
                room -= part.count
                if room == 0 {
                    chunks.append(current)
                    current = []
                    room = size
                }
            }
        }
        if !current.isEmpty { chunks.append(current) }
        return chunks
    }

    /// Each topic once, each partition once, both ascending.
    static func merged(_ partitions: [TopicPartitions]) -> [TopicPartitions] {
        var byTopic: [TopicName: [PartitionID]] = [:]
        for topic in partitions { byTopic[topic.topic, default: []] += topic.partitions }
        return byTopic.sorted { $0.key < $1.key }.map { name, all in
            var distinct: [PartitionID] = []
            distinct.reserveCapacity(all.count)
            for partition in all.sorted() where distinct.last != partition { distinct.append(partition) }
            return TopicPartitions(topic: name, partitions: distinct)
        }
    }
}
