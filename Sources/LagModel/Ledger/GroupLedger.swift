import ClusterAccess

/// Remembers one group from round to round.
struct GroupLedger {
    private var topics: [TopicName: GroupTopicLedger] = [:]
    private var observed = RebalanceObserver()
    private var state: GroupState?
    private var stateSince: MonotonicTime?
    /// Whether the last round saw the group without members.
    private var wasWithoutMembers = false

    /// Takes in one round's facts about the group.
    mutating func absorb(_ facts: GroupFacts, in round: TopicRound, growthWindow: Duration) -> GroupSnapshot {
        let isWithoutMembers = facts.state == .empty && (facts.members?.isEmpty ?? true)
        observed.observe(state: facts.state, members: facts.members, type: facts.type)
        var snapshot = GroupSnapshot(
            id: facts.id, granularity: facts.granularity, type: facts.type, protocolType: facts.protocolType,
            assignor: facts.assignor, coordinator: facts.coordinator, state: facts.state,
            timeInState: timeInState(of: facts, at: round.moment),
            members: facts.members.map(MemberSummary.init(members:)), rebalances: .observed(observed.count))
        snapshot.isRebalancing = facts.state.flatMap { $0 == .unknown ? nil : $0.isRebalancing }
        if let activity = facts.activity { snapshot.add(activity) }
        snapshot.commitsRead = facts.commitsRead
        switch facts.commits {
        case .unavailable(let reason):
            snapshot.unavailable = reason
            snapshot.topics = topics.keys.sorted().compactMap { name in
                topics[name]?.snapshotWithoutCommits(name: name, topicIndex: round.index[name])
            }
        case .read(let commits):
            let isMovedByTool = isWithoutMembers && wasWithoutMembers && facts.type != .simple
            snapshot.topics = absorb(
                commits, of: facts, in: round, growthWindow: growthWindow, isMovedByTool: isMovedByTool)
            var totals = LagTotals(summing: snapshot.topics.lazy.map(\.totals))
            totals.addUnknown(commits.failures.count)
            snapshot.totals = totals
            snapshot.unavailable = totals.partitions == 0 ? .noCommits : nil
            snapshot.lagGrowth = Self.sum(snapshot.topics.map(\.lagGrowth))
            snapshot.unassignedPartitions = UnassignedPartitions.count(in: snapshot, of: round)
            // Between two readings every round must have seen it without members.
            wasWithoutMembers = isWithoutMembers && (facts.commitsRead == nil || wasWithoutMembers)
        }
        return snapshot
    }

    private mutating func absorb(
        _ commits: CommittedOffsets, of facts: GroupFacts, in round: TopicRound, growthWindow: Duration,
        isMovedByTool: Bool
    ) -> [GroupTopicSnapshot] {
        let activities = facts.activity.map { activity in
            Dictionary(activity.topics.map { ($0.name, $0) }) { first, _ in first }
        }
        var kept: [TopicName: GroupTopicLedger] = [:]
        kept.reserveCapacity(commits.topics.count)
        var snapshots: [GroupTopicSnapshot] = []
        snapshots.reserveCapacity(commits.topics.count)
        for topic in commits.topics.sorted(by: { $0.name < $1.name }) {
            var ledger = topics.removeValue(forKey: topic.name) ?? GroupTopicLedger()
            let index = round.index[topic.name]
            let context = GroupTopicLedger.Context(
                name: topic.name, topic: index.map { round.topics[$0] }, topicIndex: index,
                regressed: round.regressed[topic.name] ?? [], moment: round.moment,
                growthWindow: growthWindow, isMovedByTool: isMovedByTool,
                wantsStableLag: facts.wantsStableLag, activity: activities?[topic.name],
                isCarried: facts.commitsRead != nil)
            let columns = CommitColumns(topic)
            snapshots.append(
                ledger.absorb(
                    partitions: columns.partitions, committed: columns.committed, context: context))
            snapshots[snapshots.count - 1].commitTimes = columns.commitTimes
            kept[topic.name] = ledger
        }
        topics = kept
        return snapshots
    }

    /// Time since the state began: as the offsets topic tells where it knows this state, or as it was
    /// watched.
    private mutating func timeInState(of facts: GroupFacts, at moment: Moment) -> Duration? {
        guard let newState = facts.state else { return nil }
        if newState != state {
            state = newState
            stateSince = moment.monotonic
        }
        if let activity = facts.activity, activity.state == newState, let since = activity.stateSince {
            return max(.zero, moment.wall - since)
        }
        return stateSince.map { moment.monotonic - $0 }
    }

    /// Sum of the parts; `nil` when one is unknown or there is none.
    private static func sum(_ parts: [Double?]) -> Double? {
        guard !parts.isEmpty else { return nil }
        return parts.reduce(0) { sum, part in sum.flatMap { sum in part.map { sum + $0 } } }
    }
}

extension GroupSnapshot {
    /// What the offsets topic tells exactly.
    fileprivate mutating func add(_ activity: GroupActivity) {
        rebalances = .exact(activity.rebalances)
        generation = activity.generation
        rebalanceHistory = RebalanceHistory(causes: activity.causes, durations: activity.rebalanceDurations)
        isRebalancing = activity.isRebalancing || (isRebalancing ?? false)
    }
}

/// One topic's commits as two columns, ascending by partition, each partition once.
struct CommitColumns {
    var partitions: [Int32]
    var committed: [Int64]
    var commitTimes: CommitTimeColumn?

    init(_ topic: CommittedOffsets.Topic) {
        partitions = topic.partitions.map(\.rawValue)
        committed = topic.offsets
        commitTimes = topic.commitTimes
        let isAscending = zip(partitions, partitions.dropFirst()).allSatisfy { $0 < $1 }
        guard !isAscending else { return }
        commitTimes = nil
        let byPartition = Dictionary(zip(partitions, committed)) { _, last in last }
        partitions = byPartition.keys.sorted()
        committed = partitions.compactMap { byPartition[$0] }
    }
}
