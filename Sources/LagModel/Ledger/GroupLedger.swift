import ClusterAccess

/// Remembers one group from round to round.
struct GroupLedger: LedgerOfName {
    let name: GroupID
    /// Ascending by name.
    private var topics: [GroupTopicLedger] = []
    private var observed = RebalanceObserver()
    private var state: GroupState?
    private var stateSince: MonotonicTime?
    /// Whether the last round saw the group without members.
    private var wasWithoutMembers = false
    /// What the last round said of the group; its columns are those of the snapshot.
    private var facts: GroupFacts?
    /// Whether the same facts once more would change nothing: commits that were read in that very round.
    private var isSteady = false
    /// Whether time changes nothing of the growth of lag.
    private var isGrowthSettled = false
    /// What this round left as it was.
    private var change = RoundChanges.Group(isSame: false, sameTopics: [])

    init(name: GroupID) { self.name = name }

    /// Whether a round says of the group and of its topics' logs what the last one said.
    ///
    /// Nothing follows from it then but by the time that has passed. A group that was not read in this round
    /// is looked at like any other. Mutating for the sake of in-place access: it changes nothing.
    mutating func isStill(_ facts: GroupFacts, in round: borrowing TopicRound) -> Bool {
        isSteady && self.facts == facts && areLogsStill(in: round)
    }

    /// The same where the facts are known to be those of the last round.
    mutating func isStill(in round: borrowing TopicRound) -> Bool { isSteady && areLogsStill(in: round) }

    private mutating func areLogsStill(in round: borrowing TopicRound) -> Bool {
        for place in topics.indices where !topics[place].isLogStill(in: round) { return false }
        return true
    }

    /// What the round left as it was that was just absorbed.
    mutating func takeChange() -> RoundChanges.Group {
        defer { change = RoundChanges.Group(isSame: false, sameTopics: []) }
        return change
    }

    /// Takes in one round's facts about the group.
    ///
    /// `last` is what the last round made of it, with all that was found out about topics of which nothing is
    /// new.
    mutating func absorb(
        _ facts: GroupFacts, in round: TopicRound, growthWindow: Duration, reusing last: GroupSnapshot? = nil
    ) -> GroupSnapshot {
        change = RoundChanges.Group(isSame: false, sameTopics: [])
        let isWithoutMembers = facts.state == .empty && (facts.members?.isEmpty ?? true)
        let areMembersSame = self.facts != nil && self.facts?.members == facts.members
        observed.observe(
            state: facts.state, members: facts.members, type: facts.type,
            areSame: areMembersSame && self.facts?.type == facts.type
                && self.facts?.state.map { !$0.isRebalancing } ?? false)
        // A list that calls the group empty may be read before the records that say so; members that are told
        // of then are gone.
        let members = facts.state == .empty ? facts.members.map { _ in [] } : facts.members
        var snapshot = GroupSnapshot(
            id: facts.id, granularity: facts.granularity, type: facts.type, protocolType: facts.protocolType,
            assignor: facts.assignor, coordinator: facts.coordinator, state: facts.state,
            stateBegan: beginState(of: facts, at: round.moment.monotonic),
            members: members.map(MemberSummary.init(members:)), rebalances: .observed(observed.count))
        snapshot.isRebalancing = facts.state.flatMap { $0 == .unknown ? nil : $0.isRebalancing }
        if let activity = facts.activity { snapshot.add(activity) }
        snapshot.commitsRead = facts.commitsRead
        switch facts.commits {
        case .unavailable(let reason):
            snapshot.unavailable = reason
            snapshot.topics = topics.indices.map { place in
                topics[place].standWithoutCommits(
                    place: round.index[topics[place].name], before: round.before)
            }
            isGrowthSettled = true
        case .read(let commits):
            let isMovedByTool = isWithoutMembers && wasWithoutMembers && facts.type != .simple
            let areOwnersSame = last != nil && areMembersSame
            snapshot.topics = absorb(
                commits, of: facts, in: round, growthWindow: growthWindow, isMovedByTool: isMovedByTool,
                reusing: last)
            var totals = LagTotals(summing: snapshot.topics.lazy.map(\.totals))
            totals.addUnknown(commits.failures.count)
            snapshot.totals = totals
            snapshot.unavailable = totals.partitions == 0 ? .noCommits : nil
            snapshot.lagGrowth = Self.sum(snapshot.topics.lazy.map(\.lagGrowth))
            snapshot.unassignedPartitions = countUnassigned(in: snapshot, of: round, areOwnersSame)
            // Between two readings every round must have seen it without members.
            wasWithoutMembers = isWithoutMembers && (facts.commitsRead == nil || wasWithoutMembers)
            isGrowthSettled = topics.allSatisfy(\.isGrowthSettled)
        }
        self.facts = facts
        isSteady = facts.commitsRead == nil && snapshot.totals != nil && topics.allSatisfy(\.isSteady)
        return snapshot
    }

    private mutating func absorb(
        _ commits: CommittedOffsets, of facts: GroupFacts, in round: TopicRound, growthWindow: Duration,
        isMovedByTool: Bool, reusing last: GroupSnapshot?
    ) -> [GroupTopicSnapshot] {
        let read = commits.topics.sortedByName
        let activities = facts.activity?.topics ?? []
        let isArranged = arrangeLedgers(for: read)
        // What else than commits and logs goes into what is said of a topic.
        var known = last?.topics ?? []
        if !isArranged || last?.totals == nil || known.count != read.count
            || self.facts?.wantsStableLag != facts.wantsStableLag
            || (self.facts?.activity == nil) != (facts.activity == nil) || facts.commitsRead != nil
            || self.facts?.commitsRead != nil
        {
            known = []
        }
        if !known.isEmpty { change.sameTopics = Array(repeating: false, count: read.count) }
        var next = activities.startIndex
        var snapshots: [GroupTopicSnapshot] = []
        snapshots.reserveCapacity(read.count)
        for (place, topic) in read.enumerated() {
            let found =
                activities[next...].firstIndex { $0.name == topic.name }
                ?? activities[..<next].firstIndex { $0.name == topic.name }
            if let found { next = found }
            if !known.isEmpty,
                topics[place].isStill(topic, activity: found.map { activities[$0] }, in: round)
            {
                change.sameTopics[place] = true
                snapshots.append(known[place])
                snapshots[place].passing = topics[place].renew(
                    known[place].passing, in: round, growthWindow: growthWindow)
                continue
            }
            let index = round.index[topic.name]
            let context = GroupTopicLedger.Context(
                topic: index.map { round.topics[$0] }, topicIndex: index,
                regressed: index.flatMap { round.regressed[$0] } ?? [], moment: round.moment,
                before: round.before, growthWindow: growthWindow, isMovedByTool: isMovedByTool,
                wantsStableLag: facts.wantsStableLag, activity: found.map { activities[$0] },
                isCarried: facts.commitsRead != nil)
            snapshots.append(topics[place].absorb(topic, context: context))
        }
        return snapshots
    }

    /// Makes the ledgers parallel to the topics of a round: those of topics that are gone go too.
    ///
    /// Returns whether they are those of the last round.
    private mutating func arrangeLedgers(for read: [TopicOffsets]) -> Bool {
        if topics.count == read.count, topics.indices.allSatisfy({ topics[$0].name == read[$0].name }) {
            return true
        }
        var known = Dictionary(topics.map { ($0.name, $0) }) { first, _ in first }
        topics = read.map { topic in
            known.removeValue(forKey: topic.name) ?? GroupTopicLedger(name: topic.name)
        }
        return false
    }

    /// Counts what no member owns, anew for topics of which something is new.
    private mutating func countUnassigned(
        in group: GroupSnapshot, of round: TopicRound, _ areOwnersSame: Bool
    ) -> Int? {
        guard UnassignedPartitions.canBeCounted(in: group) else {
            for place in topics.indices { topics[place].unassigned = nil }
            return nil
        }
        return topics.indices.reduce(0) { sum, place in
            if areOwnersSame, change.isSame(topic: place), let known = topics[place].unassigned {
                return sum + known
            }
            let count = UnassignedPartitions.count(in: group, topic: group.topics[place], of: round)
            topics[place].unassigned = count
            return sum + count
        }
    }

    /// Brings the snapshot of a group of which nothing is new to a new round: what time has changed.
    ///
    /// Writes only what is different, and so leaves nearly all groups shared with the last snapshot. Returns
    /// whether the group's lag grows by another rate.
    mutating func renew(
        _ index: Int, of snapshots: inout SharedList<GroupSnapshot>, in round: TopicRound,
        growthWindow: Duration
    ) -> Bool {
        guard !isGrowthSettled || round.places != nil else { return false }
        for place in topics.indices {
            let old = snapshots[index].topics[place].passing
            let new = topics[place].renew(old, in: round, growthWindow: growthWindow)
            if new != old { snapshots[index].topics[place].passing = new }
        }
        guard snapshots[index].totals != nil else { return false }
        isGrowthSettled = topics.allSatisfy(\.isGrowthSettled)
        let growth = Self.sum(snapshots[index].topics.lazy.map(\.lagGrowth))
        guard snapshots[index].lagGrowth != growth else { return false }
        snapshots[index].lagGrowth = growth
        return true
    }

    /// When the state began: as the offsets topic tells where it knows this state, or as it was watched.
    private mutating func beginState(of facts: GroupFacts, at now: MonotonicTime) -> StateBeginning? {
        guard let newState = facts.state else { return nil }
        if newState != state {
            state = newState
            stateSince = now
        }
        if let activity = facts.activity, activity.state == newState, let since = activity.stateSince {
            return .told(since)
        }
        return stateSince.map { .watched($0) }
    }

    /// Sum of the parts; `nil` when one is unknown or there is none.
    private static func sum(_ parts: some Collection<Double?>) -> Double? {
        guard !parts.isEmpty else { return nil }
        return parts.reduce(0) { sum, part in sum.flatMap { sum in part.map { sum + $0 } } }
    }
}

extension [TopicOffsets] {
    /// Ascending by name, as they nearly always are.
    fileprivate var sortedByName: [TopicOffsets] {
        zip(self, dropFirst()).allSatisfy { $0.name <= $1.name } ? self : sorted { $0.name < $1.name }
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
    /// Whether they stand as they were read.
    var isAsRead = true

    init(partitions: [Int32], committed: [Int64], commitTimes: CommitTimeColumn?) {
        self.partitions = partitions
        self.committed = committed
        self.commitTimes = commitTimes
    }

    init(_ topic: CommittedOffsets.Topic) {
        partitions = topic.partitions.map(\.rawValue)
        committed = topic.offsets
        commitTimes = topic.commitTimes
        let isAscending = zip(partitions, partitions.dropFirst()).allSatisfy { $0 < $1 }
        guard !isAscending else { return }
        isAsRead = false
        commitTimes = nil
        let byPartition = Dictionary(zip(partitions, committed)) { _, last in last }
        partitions = byPartition.keys.sorted()
        committed = partitions.compactMap { byPartition[$0] }
    }
}
