import ClusterAccess
import LagModel

/// Families about rebalances and commits as such, in catalogue order.
extension KafkaRenderer {
    mutating func renderRebalances() {
        eachGroup(Catalogue.groupRebalances) { _, group, writer in
            writer.push(group.rebalances.source)
            writer.sample(group.rebalances.count)
        }
        eachGroup(Catalogue.groupRebalanceCauses) { _, group, writer in
            guard let history = group.rebalanceHistory else { return }
            for cause in RebalanceCause.allCases {
                let mark = writer.push(cause.rawValue)
                writer.sample(history.causes[cause] ?? 0)
                writer.pop(to: mark)
            }
        }
        eachGroup(Catalogue.groupRebalanceDuration) { _, group, writer in
            if let history = group.rebalanceHistory { writer.histogram(history.durations) }
        }
        groupValues(Catalogue.groupGeneration) { group in
            group.generation.flatMap { $0 < 0 ? nil : Int64($0) }
        }
        groupValues(Catalogue.groupRebalancing) { group in group.isRebalancing.map { $0 ? 1 : 0 } }
    }

    mutating func renderCommitTimes() {
        groupTopicValues(Catalogue.groupCommits) { topic in topic.commits }
        eachGroupTopic(Catalogue.groupLastCommit) { _, topic, writer in
            guard let lastCommit = topic.lastCommit else { return }
            writer.push(topic.name.rawValue)
            writer.sample(lastCommit.secondsSince1970)
        }
        eachGroupTopic(Catalogue.groupCommitAge) { snapshot, topic, writer in
            guard let age = snapshot.commitAge(of: topic) else { return }
            writer.push(topic.name.rawValue)
            writer.sample(age.seconds)
        }
        groupTopicValues(Catalogue.groupCommitMetadata) { topic in topic.commitMetadataBytes }
        groupTopicValues(Catalogue.groupCommitsRemoved) { topic in topic.commitsRemoved }
    }
}
