import ClusterAccess
import OffsetsTopic

/// Names of topics by their identifiers, as far as records have told.
struct TopicNames: Sendable {
    private var names: [TopicUUID: TopicName] = [:]
    /// How many names there may be before those that nothing mentions are dropped.
    private var countMax = countMaxLeast

    private static let countMaxLeast = 4_096

    subscript(_ id: TopicUUID) -> TopicName? { names[id] }

    /// Goes up whenever a name is learnt that was not known, or another one.
    private(set) var revision: Int64 = 0

    /// Whether a name was learnt in place of another one; for who has dealt with it to set back.
    var hasRenamed = false

    mutating func learn(_ id: TopicUUID, _ name: TopicName) {
        guard names[id] != name else { return }
        if names.updateValue(name, forKey: id) != nil { hasRenamed = true }
        revision += 1
    }

    var isCrowded: Bool { names.count > countMax }

    /// Drops the names of topics that are not in `mentioned`.
    mutating func keep(_ mentioned: Set<TopicUUID>) {
        names = names.filter { mentioned.contains($0.key) }
        countMax = max(Self.countMaxLeast, names.count * 2)
    }

    /// Partitions by topic name, ascending, and how many belong to topics without a known name.
    func resolve(_ topics: [OwnedPartitions]) -> (named: [TopicPartitions], unnamed: Int) {
        var named: [TopicPartitions] = []
        var unnamed = 0
        for topic in topics {
            if let name = names[topic.topicID] {
                named.append(TopicPartitions(topic: name, partitions: topic.partitions))
            } else {
                unnamed += topic.partitions.count
            }
        }
        return (named.normalized(), unnamed)
    }
}

/// Partitions of one topic, known by its identifier.
struct OwnedPartitions: Hashable, Sendable {
    var topicID: TopicUUID
    /// Ascending, each once.
    var partitions: [PartitionID]
}

extension [OwnedPartitions] {
    /// Ascending by topic, each topic once, so that equal contents are equal.
    init(_ topics: [AssignedPartitions]) {
        var byTopic: [TopicUUID: [PartitionID]] = [:]
        for topic in topics { byTopic[topic.topicID, default: []] += topic.partitions }
        self = byTopic.map { OwnedPartitions(topicID: $0.key, partitions: $0.value.ascending()) }
            .sorted { left, right in
                (left.topicID.mostSignificant, left.topicID.leastSignificant)
                    < (right.topicID.mostSignificant, right.topicID.leastSignificant)
            }
    }
}

extension [TopicPartitions] {
    /// Ascending by topic and partition, each topic and each of its partitions once.
    func normalized() -> [TopicPartitions] {
        let isSorted = zip(self, dropFirst()).allSatisfy { $0.topic < $1.topic }
        if isSorted {
            return map { TopicPartitions(topic: $0.topic, partitions: $0.partitions.ascending()) }
        }
        var byTopic: [TopicName: [PartitionID]] = [:]
        for entry in self { byTopic[entry.topic, default: []] += entry.partitions }
        return byTopic.map { TopicPartitions(topic: $0.key, partitions: $0.value.ascending()) }
            .sorted { $0.topic < $1.topic }
    }
}

extension [PartitionID] {
    /// Ascending, each once.
    fileprivate func ascending() -> [PartitionID] {
        if zip(self, dropFirst()).allSatisfy(<) { return self }
        return Set(self).sorted()
    }
}
