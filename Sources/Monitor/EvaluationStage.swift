import ClusterAccess
package import LagAnalysis
package import LagModel

/// Judges every group of each round by what it and the rounds before it saw.
///
/// Uses lag in seconds where the snapshot has it, so that a stop is known in the first round already.
/// Remembers one history for each group and topic, and forgets those that a snapshot no longer names. A group
/// of which nothing is new keeps its verdicts until the earliest moment at which one of them may change.
package struct EvaluationStage: Sendable {
    private struct Memory: Sendable {
        var id: GroupID
        var topics: [TopicMemory] = []
        /// When a verdict may change although nothing is new; `nil` when none will.
        var nextChange: MonotonicTime?
    }

    private struct TopicMemory: Sendable {
        var name: TopicName
        var history = CommitHistory()
        /// Its statuses stand in the snapshot.
        var verdict: GroupTopicVerdict?
    }

    private let settings: EvaluationSettings
    /// Parallel to the groups of the last snapshot.
    private var memories: [Memory] = []

    package init(settings: EvaluationSettings) { self.settings = settings }

    /// Fills in statuses, histories and evaluations; without `changes` everything is looked at.
    package mutating func add(to snapshot: inout ClusterSnapshot, changes: RoundChanges? = nil) {
        arrange(snapshot.groups, areSame: changes?.areGroupsSame ?? false)
        let (topics, moment) = (snapshot.topics, snapshot.endOffsetsRead)
        for index in snapshot.groups.indices {
            let change = changes?.groups[index]
            if let change, change.isSame, !change.hasNewAges,
                memories[index].nextChange.map({ moment.monotonic < $0 }) ?? true
            {
                continue
            }
            judge(
                &snapshot.groups[index], topics, at: moment, change, after: changes?.before,
                &memories[index])
        }
    }

    /// Makes the memories those of the groups of a snapshot.
    private mutating func arrange(_ groups: [GroupSnapshot], areSame: Bool) {
        if areSame, groups.count == memories.count { return }
        if groups.count == memories.count, groups.indices.allSatisfy({ groups[$0].id == memories[$0].id }) {
            return
        }
        var known = Dictionary(memories.map { ($0.id, $0) }) { first, _ in first }
        memories = groups.map { known.removeValue(forKey: $0.id) ?? Memory(id: $0.id) }
    }

    /// Judges one group of which something is new, or a verdict is due.
    private func judge(
        _ group: inout GroupSnapshot, _ logs: [TopicSnapshot], at moment: Moment,
        _ change: RoundChanges.Group?, after before: MonotonicTime?, _ memory: inout Memory
    ) {
        memory.nextChange = nil
        // Commits that could not be read are no reason to forget those that could.
        guard let totals = group.totals else {
            for place in memory.topics.indices { memory.topics[place].history.pause(after: before) }
            return
        }
        arrange(group.topics, in: &memory)
        for place in group.topics.indices {
            let isSame = change?.isSame(topic: place) ?? false
            let isDue =
                !isSame || change?.hasNewAges == true
                || memory.topics[place].verdict?.nextChange.map { $0 <= moment.monotonic } ?? false
            if isDue {
                judge(
                    &group.topics[place], logs, at: moment, isSame: isSame, after: before,
                    &memory.topics[place])
            }
            if let next = memory.topics[place].verdict?.nextChange {
                memory.nextChange = memory.nextChange.map { min($0, next) } ?? next
            }
        }
        group.evaluation = GroupEvaluation(
            summing: memory.topics.compactMap(\.verdict), partitions: totals.partitions)
    }

    private func judge(
        _ topic: inout GroupTopicSnapshot, _ logs: [TopicSnapshot], at moment: Moment, isSame: Bool,
        after before: MonotonicTime?, _ memory: inout TopicMemory
    ) {
        if isSame {
            memory.history.trim(at: moment.monotonic)
        } else {
            let log = topic.topicIndex.flatMap { logs.indices.contains($0) ? logs[$0] : nil }
            memory.history.record(
                CommitHistory.Frame(
                    moment: moment, partitions: topic.partitions,
                    committed: topic.committed, commitTimes: topic.commitTimes, logStart: log?.logStart,
                    highWatermark: log?.highWatermark), after: before, settings: settings)
        }
        var verdict = GroupTopicVerdict(
            memory.history, settings, at: moment, ages: topic.lagAges, passed: topic.passedMarkers,
            isCaughtUp: topic.totals.lag == 0 && topic.totals.unknownPartitions == 0)
        if verdict.statuses != topic.statuses { topic.statuses = verdict.statuses }
        verdict.forgetStatuses()
        topic.history = memory.history
        memory.verdict = verdict
    }

    /// Makes the memories of a group those of its topics, ascending by name in both.
    private func arrange(_ topics: [GroupTopicSnapshot], in memory: inout Memory) {
        if topics.count == memory.topics.count,
            topics.indices.allSatisfy({ topics[$0].name == memory.topics[$0].name })
        {
            return
        }
        var known = Dictionary(memory.topics.map { ($0.name, $0) }) { first, _ in first }
        memory.topics = topics.map { known.removeValue(forKey: $0.name) ?? TopicMemory(name: $0.name) }
    }
}
