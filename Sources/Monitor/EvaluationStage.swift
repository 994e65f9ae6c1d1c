import ClusterAccess
package import LagAnalysis
package import LagModel

/// Judges every group of each round by what it and the rounds before it saw.
///
/// Uses lag in seconds where the snapshot has it, so that a stop is known in the first round already.
/// Remembers one history for each group and topic, and forgets those that a snapshot no longer names. What it
/// remembers are the columns of earlier snapshots. A group that was not read in a round keeps the verdict of
/// its last reading: commits that nobody looked at do not stand still.
package struct EvaluationStage: Sendable {
    private let settings: EvaluationSettings
    private var histories: [GroupID: [TopicName: CommitHistory]] = [:]
    private var verdicts: [GroupID: Verdict] = [:]

    /// What the last reading of a group has led to.
    private struct Verdict {
        var evaluation: GroupEvaluation?
        /// By topic, in the snapshot's order.
        var statuses: [[PartitionStatus?]]
    }

    package init(settings: EvaluationSettings) { self.settings = settings }

    /// Fills in statuses, histories and evaluations.
    package mutating func add(to snapshot: inout ClusterSnapshot) {
        var kept: [GroupID: [TopicName: CommitHistory]] = [:]
        kept.reserveCapacity(snapshot.groups.count)
        let (topics, moment) = (snapshot.topics, snapshot.endOffsetsRead)
        for index in snapshot.groups.indices {
            let id = snapshot.groups[index].id
            let before = histories.removeValue(forKey: id) ?? [:]
            kept[id] = judge(&snapshot.groups[index], topics, at: moment, before)
        }
        histories = kept
        verdicts = [:]
        // Groups of the offsets topic are read in every round.
        for group in snapshot.groups where group.evaluation != nil && !group.rebalances.isExact {
            verdicts[group.id] = Verdict(
                evaluation: group.evaluation, statuses: group.topics.map(\.statuses))
        }
    }

    /// Judges one group; returns what to remember of it.
    private func judge(
        _ group: inout GroupSnapshot, _ logs: [TopicSnapshot], at moment: Moment,
        _ before: [TopicName: CommitHistory]
    ) -> [TopicName: CommitHistory] {
        // Commits that could not be read are no reason to forget those that could.
        guard let totals = group.totals else { return before }
        if group.commitsRead != nil, let verdict = verdicts[group.id],
            verdict.statuses.map(\.count) == group.topics.map(\.partitions.count)
        {
            for index in group.topics.indices {
                group.topics[index].statuses = verdict.statuses[index]
                group.topics[index].history = before[group.topics[index].name] ?? CommitHistory()
            }
            group.evaluation = verdict.evaluation
            return before
        }
        var kept: [TopicName: CommitHistory] = [:]
        kept.reserveCapacity(group.topics.count)
        var verdicts: [GroupTopicVerdict] = []
        verdicts.reserveCapacity(group.topics.count)
        for index in group.topics.indices {
            let topic = group.topics[index]
            let log = topic.topicIndex.flatMap {
                logs.indices.contains($0) ? logs[$0] : nil
            }
            var history = before[topic.name] ?? CommitHistory()
            history.record(
                CommitHistory.Frame(
                    moment: moment, partitions: topic.partitions,
                    committed: topic.committed, commitTimes: topic.commitTimes, logStart: log?.logStart,
                    highWatermark: log?.highWatermark), settings: settings)
            let verdict = GroupTopicVerdict(
                history, settings, ages: topic.lagAges, passed: topic.passedMarkers)
            group.topics[index].statuses = verdict.statuses
            group.topics[index].history = history
            kept[topic.name] = history
            verdicts.append(verdict)
        }
        group.evaluation = GroupEvaluation(summing: verdicts, partitions: totals.partitions)
        return kept
    }
}
