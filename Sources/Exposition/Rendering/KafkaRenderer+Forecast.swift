import ClusterAccess
import LagModel

/// Families about what happens next, in catalogue order.
extension KafkaRenderer {
    mutating func renderTopicSettings() {
        eachTopic(Catalogue.topicRetentionSeconds) { topic, writer in
            if let time = topic.retention?.time { writer.sample(time.seconds) }
        }
        eachTopic(Catalogue.topicRetentionBytes) { topic, writer in
            if let bytes = topic.retention?.bytes { writer.sample(bytes) }
        }
        eachCluster(Catalogue.topicUnderReplicatedPartitions) { snapshot, writer in
            for (name, count) in snapshot.underReplicatedTopics {
                let mark = writer.push(name.rawValue)
                writer.sample(Int64(count))
                writer.pop(to: mark)
            }
        }
    }

    mutating func renderForecast() {
        eachGroup(Catalogue.groupCatchUpSeconds) { _, groups, row, writer in
            if let time = groups[row].outlook?.catchUp { writer.sample(time.seconds) }
        }
        groupValues(Catalogue.groupCatchUpImpossible) { groups, row in
            groups[row].outlook?.isCatchUpImpossible.map { $0 ? 1 : 0 }
        }
        eachAge(Catalogue.groupLossMarginSeconds, where: .lossMargin) { topics, row, passed in
            topics[row].lossMargin(after: passed)
        }
        eachGroup(Catalogue.groupFinding) { _, groups, row, writer in
            for finding in groups[row].distinctFindings {
                let mark = writer.push(finding.kind.rawValue)
                writer.push(finding.severity.rawValue)
                writer.sample(1 as Int64)
                writer.pop(to: mark)
            }
        }
    }
}

extension ClusterSnapshot {
    /// Topics whose replication metadata tells, ascending by name, the offsets topic among them.
    fileprivate var underReplicatedTopics: [(name: TopicName, count: Int)] {
        var counts: [(name: TopicName, count: Int)] = []
        for topic in topics where exportLevel(of: topic).includes(.always) {
            if let count = topic.underReplicatedPartitions { counts.append((topic.name, count)) }
        }
        let offsets = CoordinatorPartition.topic
        if let replication = offsetsTopicReplication, !isOffsetsTopicDescribed {
            let place = counts.firstIndex { offsets < $0.name } ?? counts.endIndex
            counts.insert((offsets, replication.underReplicated.count), at: place)
        }
        return counts
    }
}

extension ClusterSnapshot {
    /// Whether the offsets topic is one of the topics whose replication metadata tells.
    var isOffsetsTopicDescribed: Bool {
        let place = topics.firstPlace { $0.name >= CoordinatorPartition.topic }
        guard place < topics.count, topics[place].name == CoordinatorPartition.topic else { return false }
        return topics[place].underReplicatedPartitions != nil
    }
}

extension GroupSnapshot {
    private struct Series: Hashable {
        var kind: Finding.Kind
        var severity: Finding.Severity
    }

    /// One finding for each kind and severity, in the order of the kinds' names.
    var distinctFindings: [Finding] {
        guard !findings.isEmpty else { return [] }
        var seen: Set<Series> = []
        return findings.filter { seen.insert(Series(kind: $0.kind, severity: $0.severity)).inserted }
            .sorted { ($0.kind.rawValue, $0.severity.rawValue) < ($1.kind.rawValue, $1.severity.rawValue) }
    }
}
