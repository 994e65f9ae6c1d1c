import ClusterAccess
import LagModel

/// Families about what recent rounds say of groups, in catalogue order.
extension KafkaRenderer {
    mutating func renderEvaluation() {
        eachGroup(Catalogue.groupStatus) { _, group, writer in
            guard let present = group.evaluation?.status else { return }
            for status in GroupStatus.allCases {
                let mark = writer.push(status.rawValue)
                writer.sample(status == present ? 1 : 0 as Int64)
                writer.pop(to: mark)
            }
        }
        eachGroup(Catalogue.groupStatusPartitions) { _, group, writer in
            guard let evaluation = group.evaluation, evaluation.status != .notFound else { return }
            for status in PartitionStatus.allCases {
                let mark = writer.push(status.name)
                writer.sample(Int64(evaluation.counts[status] ?? 0))
                writer.pop(to: mark)
            }
        }
        eachGroupTopic(Catalogue.groupPartitionStatus) { _, topic, writer in
            writer.statuses(of: topic)
        }
    }
}

extension SampleWriter {
    /// One sample for each partition that was judged.
    fileprivate mutating func statuses(of topic: borrowing GroupTopicSnapshot) {
        let partitions = topic.partitions
        let statuses = topic.statuses
        guard !statuses.isEmpty else { return }
        push(topic.name.rawValue)
        openLabel()
        for position in 0..<min(partitions.count, statuses.count) {
            guard let status = statuses[position] else { continue }
            sample(number: partitions[position], Int64(status.rawValue))
        }
    }
}
