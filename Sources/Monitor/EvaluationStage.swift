import ClusterAccess
package import LagAnalysis
package import LagModel

/// Judges every group of each round by what it and the rounds before it saw.
///
/// Uses lag in seconds where the snapshot has it, so that a stop is known in the first round already.
/// Remembers one history for each group and topic, and forgets those that a snapshot no longer names. A group
/// of which nothing is new keeps its verdicts until the earliest moment at which one of them may change. One
/// that was not read in a round keeps those of its last reading: commits that nobody looked at do not stand
/// still.
package struct EvaluationStage: Sendable {
    fileprivate struct Memory: Sendable {
        var id: GroupID
        var topics: [TopicMemory] = []
        /// When a verdict may change although nothing is new; `nil` when none will.
        var nextChange: MonotonicTime?
        /// As of the last reading.
        var evaluation: GroupEvaluation?
    }

    fileprivate struct TopicMemory: Sendable {
        var name: TopicName
        var history = CommitHistory()
        /// Its statuses are in the storage of the snapshot's.
        var verdict: GroupTopicVerdict?
        /// Those that the verdict was made with.
        var ages: LagAgeColumn?
    }

    private let settings: EvaluationSettings
    /// Parallel to the groups of the last snapshot.
    private var memories: [Memory] = []
    /// The last round.
    private var before: MonotonicTime?

    package init(settings: EvaluationSettings) { self.settings = settings }

    /// Fills in statuses, histories and evaluations, and notes in `changes` whose verdicts are new; without
    /// `changes` everything is looked at.
    package mutating func add(to snapshot: inout ClusterSnapshot, changes: inout RoundChanges?) {
        arrange(snapshot.groups, areSame: changes?.areGroupsSame ?? false)
        let (topics, moment) = (snapshot.topics, snapshot.endOffsetsRead)
        defer { before = moment.monotonic }
        for index in snapshot.groups.indices {
            let change = changes?.groups[index]
            if let change, change.isSame, !change.hasNewAges,
                memories[index].nextChange.map({ moment.monotonic < $0 }) ?? true
            {
                continue
            }
            let isNew = memories[index].judge(
                &snapshot.groups[index], topics, at: moment, change, after: before, settings)
            if isNew { changes?.groups[index].hasNewVerdict = true }
        }
    }

    /// The same where everything is looked at.
    package mutating func add(to snapshot: inout ClusterSnapshot) {
        var changes: RoundChanges?
        add(to: &snapshot, changes: &changes)
    }

    /// Makes the memories those of the groups of a snapshot.
    private mutating func arrange(_ groups: SharedList<GroupSnapshot>, areSame: Bool) {
        if areSame, groups.count == memories.count { return }
        if groups.count == memories.count, groups.indices.allSatisfy({ groups[$0].id == memories[$0].id }) {
            return
        }
        var known = Dictionary(memories.map { ($0.id, $0) }) { first, _ in first }
        memories = groups.map { known.removeValue(forKey: $0.id) ?? Memory(id: $0.id) }
    }
}

extension EvaluationStage.Memory {
    /// Judges one group of which something is new, or a verdict is due; says whether the verdict may be
    /// another one.
    fileprivate mutating func judge(
        _ group: inout GroupSnapshot, _ logs: [TopicSnapshot], at moment: Moment,
        _ change: RoundChanges.Group?, after before: MonotonicTime?, _ settings: EvaluationSettings
    ) -> Bool {
        nextChange = nil
        // Commits that could not be read are no reason to forget those that could.
        guard let totals = group.totals else {
            for place in topics.indices { topics[place].history.pause(after: before) }
            evaluation = nil
            return true
        }
        if group.commitsRead != nil, keepVerdict(of: &group, after: before) { return true }
        arrange(by: group.topics)
        var hasChanged = group.evaluation == nil
        for place in group.topics.indices {
            let isSame = change?.isSame(topic: place) ?? false
            if topics[place].judge(
                &group.topics[place], logs, at: moment, isSame: isSame, after: before, settings)
            {
                hasChanged = true
            }
            if let next = topics[place].verdict?.nextChange {
                nextChange = nextChange.map { min($0, next) } ?? next
            }
        }
        if hasChanged {
            group.evaluation = GroupEvaluation(
                summing: topics.compactMap(\.verdict), partitions: totals.partitions)
        }
        evaluation = group.evaluation
        return hasChanged
    }

    /// Gives a group that was not read in this round the verdict of its last reading, where there is one.
    private mutating func keepVerdict(of group: inout GroupSnapshot, after before: MonotonicTime?) -> Bool {
        guard let evaluation, topics.map(\.statuses.count) == group.topics.map(\.partitions.count) else {
            return false
        }
        for place in topics.indices {
            topics[place].history.pause(after: before)
            group.topics[place].statuses = topics[place].statuses
            group.topics[place].history = topics[place].history
        }
        group.evaluation = evaluation
        return true
    }

    /// Makes the memories those of the group's topics.
    private mutating func arrange(by now: [GroupTopicSnapshot]) {
        if topics.count == now.count, topics.indices.allSatisfy({ topics[$0].name == now[$0].name }) {
            return
        }
        var known = Dictionary(topics.map { ($0.name, $0) }) { first, _ in first }
        topics = now.map {
            known.removeValue(forKey: $0.name) ?? EvaluationStage.TopicMemory(name: $0.name)
        }
    }
}

extension EvaluationStage.TopicMemory {
    /// As of the last look.
    fileprivate var statuses: [PartitionStatus?] { verdict?.statuses ?? [] }

    /// Judges one topic of a group; returns whether the verdict is another than before.
    fileprivate mutating func judge(
        _ topic: inout GroupTopicSnapshot, _ logs: [TopicSnapshot], at moment: Moment, isSame: Bool,
        after before: MonotonicTime?, _ settings: EvaluationSettings
    ) -> Bool {
        if isSame, !history.isPaused, verdict != nil {
            return renew(&topic, at: moment, settings)
        }
        let log = topic.topicIndex.flatMap { logs.indices.contains($0) ? logs[$0] : nil }
        history.record(
            CommitHistory.Frame(
                moment: moment, partitions: topic.partitions,
                committed: topic.committed, commitTimes: topic.commitTimes, logStart: log?.logStart,
                highWatermark: log?.highWatermark), after: before, settings: settings)
        if verdict == nil { verdict = GroupTopicVerdict() }
        verdict?.judge(
            history, settings, at: moment, ages: topic.lagAges, passed: topic.passedMarkers,
            isCaughtUp: topic.isCaughtUp)
        show(in: &topic)
        return true
    }

    /// The same of a topic of which nothing is new but perhaps its ages.
    private mutating func renew(
        _ topic: inout GroupTopicSnapshot, at moment: Moment, _ settings: EvaluationSettings
    ) -> Bool {
        let isDue = verdict?.nextChange.map { $0 <= moment.monotonic } ?? false
        guard isDue || topic.lagAges != ages else { return false }
        let frames = history.frames.count
        history.trim(at: moment.monotonic)
        let hasChanged =
            verdict?.renew(
                history, settings, at: moment, ages: topic.lagAges, before: ages,
                passed: topic.passedMarkers, isCaughtUp: topic.isCaughtUp) ?? false
        ages = topic.lagAges
        // The snapshot has what it had before; to write it would copy all topics of the group.
        if hasChanged || history.frames.count != frames { show(in: &topic) }
        return hasChanged
    }

    private mutating func show(in topic: inout GroupTopicSnapshot) {
        topic.statuses = statuses
        topic.history = history
        ages = topic.lagAges
    }
}

extension GroupTopicSnapshot {
    /// Whether the log of every partition is known and its lag is 0.
    fileprivate var isCaughtUp: Bool { totals.lag == 0 && totals.unknownPartitions == 0 }
}
