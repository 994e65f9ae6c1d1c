import ClusterAccess
import LagModel

/// Families about rebalances and commits as such, in catalogue order.
extension KafkaRenderer {
    mutating func renderRebalances() {
        eachGroup(Catalogue.groupRebalances) { _, groups, row, writer in
            writer.push(groups[row].rebalances.source)
            writer.sample(groups[row].rebalances.count)
        }
        eachGroup(Catalogue.groupRebalanceCauses) { _, groups, row, writer in
            guard let history = groups[row].rebalanceHistory else { return }
            for cause in RebalanceCause.allCases {
                let mark = writer.push(cause.rawValue)
                writer.sample(history.causes[cause] ?? 0)
                writer.pop(to: mark)
            }
        }
        eachGroup(Catalogue.groupRebalanceDuration) { _, groups, row, writer in
            if let history = groups[row].rebalanceHistory { writer.histogram(history.durations) }
        }
        groupValues(Catalogue.groupGeneration) { groups, row in
            groups[row].generation.flatMap { $0 < 0 ? nil : Int64($0) }
        }
        groupValues(Catalogue.groupRebalancing) { groups, row in
            groups[row].isRebalancing.map { $0 ? 1 : 0 }
        }
    }

    mutating func renderCommitTimes() {
        groupTopicValues(Catalogue.groupCommits, where: .commits) { topics, row in topics[row].commits }
        eachGroupTopic(Catalogue.groupLastCommit, where: .lastCommit) { _, topics, row, writer in
            guard let lastCommit = topics[row].lastCommit else { return }
            writer.push(topics, row)
            writer.sample(lastCommit.secondsSince1970)
        }
        eachGroupTopic(Catalogue.groupCommitAge, where: .lastCommit) { snapshot, topics, row, writer in
            guard let age = snapshot.commitAge(of: topics[row]) else { return }
            writer.push(topics, row)
            writer.sample(age.seconds)
        }
        groupTopicValues(Catalogue.groupCommitMetadata, where: .metadata) { topics, row in
            topics[row].commitMetadataBytes
        }
        groupTopicValues(Catalogue.groupCommitsRemoved, where: .removed) { topics, row in
            topics[row].commitsRemoved
        }
    }
}
