import ClusterAccess
import LagModel

/// Families about what recent rounds say of groups, in catalogue order.
extension KafkaRenderer {
    mutating func renderEvaluation() {
        eachGroup(Catalogue.groupStatus) { _, groups, row, writer in
            guard let present = groups[row].evaluation?.status else { return }
            for status in GroupStatus.allCases {
                let mark = writer.push(status.rawValue)
                writer.sample(status == present ? 1 : 0 as Int64)
                writer.pop(to: mark)
            }
        }
        eachGroup(Catalogue.groupStatusPartitions) { _, groups, row, writer in
            guard let evaluation = groups[row].evaluation, evaluation.status != .notFound else { return }
            for status in PartitionStatus.allCases {
                let mark = writer.push(status.name)
                writer.sample(Int64(evaluation.counts[status] ?? 0))
                writer.pop(to: mark)
            }
        }
        eachGroupTopic(Catalogue.groupPartitionStatus, where: .statuses) { _, topics, row, writer in
            writer.statuses(of: topics, row)
        }
    }
}

extension SampleWriter {
    /// One sample for each partition that was judged.
    fileprivate mutating func statuses(of topics: Span<GroupTopicSnapshot>, _ row: Int) {
        let statuses = topics[row].statuses
        guard !statuses.isEmpty else { return }
        push(topics, row)
        openLabel()
        samples(numbers: topics[row].partitions) { position in
            position < statuses.count ? statuses[position].map { Int64($0.rawValue) } : nil
        }
    }
}
