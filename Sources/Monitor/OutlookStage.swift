import ClusterAccess
import LagAnalysis
import LagModel

/// What happens next, and why: fills a snapshot's forecasts and findings, and remembers what they rest on.
///
/// A pure value; time comes with the snapshot. It forgets groups and topics that a snapshot no longer names.
struct OutlookStage {
    /// What a round knows of the cluster beside the snapshot.
    struct Surroundings {
        var topology: ClusterTopology
        var configurations: TopicConfigurations
    }

    fileprivate struct GroupMemory {
        var id: GroupID
        var backlog = BacklogWindow()
        var rebalances = EventCount()
        var isExact: Bool?
        var rebalancingSince: MonotonicTime?
        /// Parallel to the group's topics.
        var topics: [TopicMemory] = []
    }

    /// What time alone changes of one group.
    fileprivate struct Turn {
        /// When the outlook is another one; `nil` when it stays.
        var outlook: MonotonicTime?
        /// When commits may be worth a finding because they expire.
        var expiry: MonotonicTime?
        /// Until then margins and findings only age, while nothing happens; `nil` when that is for ever.
        var quietEnd: MonotonicTime?
        /// Whether they only age at all.
        var isQuiet = false

        /// Whether there is nothing to do for a group of which nothing is new.
        func isOver(at now: MonotonicTime) -> Bool {
            isQuiet && !Self.isDue(outlook, at: now) && !Self.isDue(expiry, at: now)
                && !Self.isDue(quietEnd, at: now)
        }

        static func isDue(_ moment: MonotonicTime?, at now: MonotonicTime) -> Bool {
            moment.map { $0 <= now } ?? false
        }
    }

    fileprivate struct TopicMemory {
        var name: TopicName
        var lost = EventCount()
        var rhythm = CommitRhythm()
    }

    /// What findings of every group rest on.
    private struct ClusterFacts: Equatable {
        var replication: OffsetsTopicReplication?
        var retention: Duration?
        /// Of the topics.
        var retentions: [TopicRetention?]
    }

    private let window: Duration
    private let thresholds: DiagnosisThresholds
    /// Parallel to the groups of the last snapshot.
    private var groups: [GroupMemory] = []
    /// Parallel to ``groups``, apart from them: rounds look at all of these, and at few of those.
    private var turns: [Turn] = []
    /// Parallel to the topics of the last snapshot.
    private var logs: [(name: TopicName, starts: LogStartMovements)] = []
    private var clusterFacts: ClusterFacts?
    /// The last round.
    private var before: MonotonicTime?

    /// `window` is the one over which growth of lag is measured.
    init(window: Duration, thresholds: DiagnosisThresholds) {
        self.window = window
        self.thresholds = thresholds
    }

    /// Fills in what follows from this round and those before; without `changes` everything is looked at.
    mutating func fill(
        _ snapshot: inout ClusterSnapshot, with surroundings: Surroundings, changes: RoundChanges? = nil
    ) {
        describe(&snapshot, with: surroundings)
        observeLogStarts(of: snapshot, changes)
        arrange(snapshot.groups, areSame: changes?.areGroupsSame ?? false)
        let now = snapshot.endOffsetsRead.monotonic
        let topics = snapshot.topics
        defer { before = now }
        let facts = ClusterFacts(
            replication: snapshot.offsetsTopicReplication, retention: snapshot.offsetsRetention,
            retentions: topics.map(\.retention))
        let isClusterSame = facts == clusterFacts
        clusterFacts = facts
        // Groups to look at for findings, and whether nothing but time is new of them, verdicts neither.
        var places: [(place: Int, isSame: Bool)] = []
        for place in snapshot.groups.indices {
            let change = changes?.groups[place]
            let isSame = change?.isSame ?? false
            if change?.isStill ?? false, isClusterSame, turns[place].isOver(at: now) { continue }
            if isSame {
                snapshot.ageGroup(at: place)
            } else {
                groups[place].observe(
                    snapshot.groups[place], at: now, after: before, window, thresholds)
            }
            if !isSame || Turn.isDue(turns[place].outlook, at: now) {
                let (outlook, end) = groups[place].outlook(
                    of: snapshot.groups[place], at: now, window: window)
                snapshot.groups[place].outlook = outlook
                turns[place].outlook = end
            }
            fillLossMargins(of: place, isSame: isSame, in: &snapshot)
            let isExpiring = Turn.isDue(turns[place].expiry, at: now)
            let isJudgedSame = isSame && change?.hasNewVerdict == false
            places.append((place, isJudgedSame && isClusterSame && !isExpiring))
        }
        diagnose(&snapshot, places)
    }

    private mutating func arrange(_ now: SharedList<GroupSnapshot>, areSame: Bool) {
        if areSame, now.count == groups.count { return }
        if now.count == groups.count, now.indices.allSatisfy({ now[$0].id == groups[$0].id }) { return }
        var known = Dictionary(zip(groups, turns).map { ($0.id, ($0, $1)) }) { first, _ in first }
        turns = []
        groups = now.map { group in
            let (memory, turn) = known.removeValue(forKey: group.id) ?? (GroupMemory(id: group.id), Turn())
            turns.append(turn)
            return memory
        }
    }
}

// MARK: - Topics

extension OutlookStage {
    /// Retention and replication, of which this user may know nothing.
    private func describe(_ snapshot: inout ClusterSnapshot, with surroundings: Surroundings) {
        let topology = surroundings.topology
        for index in snapshot.topics.indices {
            let name = snapshot.topics[index].name
            snapshot.topics[index].retention = surroundings.configurations.retention(of: name)
            snapshot.topics[index].underReplicatedPartitions = topology.underReplicated(of: name)?.count
        }
        let offsetsTopic = topology.topic(CoordinatorPartition.topic)
        snapshot.offsetsTopicReplication = offsetsTopic.map { topic in
            OffsetsTopicReplication(
                partitionCount: topic.partitions.count,
                underReplicated: topology.underReplicated(of: topic.name) ?? [])
        }
        snapshot.offsetsRetention = surroundings.configurations.offsetsRetention
        for (reason, count) in surroundings.configurations.failures {
            snapshot.unavailable[.init(scope: .configuration, reason: reason), default: 0] += count
        }
    }

    private mutating func observeLogStarts(of snapshot: ClusterSnapshot, _ changes: RoundChanges?) {
        if !(changes?.areTopicsSame ?? false) || logs.count != snapshot.topics.count {
            var known = Dictionary(logs.map { ($0.name, $0.starts) }) { first, _ in first }
            logs = snapshot.topics.map {
                ($0.name, known.removeValue(forKey: $0.name) ?? LogStartMovements())
            }
        }
        for (place, topic) in snapshot.topics.enumerated() {
            if let changes, changes.topicIsSame[place] { continue }
            logs[place].starts.observe(topic.logStart, at: snapshot.endOffsetsRead.monotonic)
        }
    }

    /// The soonest losses in the topics of a group; where there is lag they change with time.
    private func fillLossMargins(
        of group: Int, isSame: Bool, in snapshot: inout ClusterSnapshot
    ) {
        if isSame, snapshot.groups[group].totals?.lag == 0 { return }
        for place in snapshot.groups[group].topics.indices {
            let margin = lossMargin(
                of: snapshot.groups[group], place, in: snapshot.topics.span, at: snapshot.endOffsetsRead)
            if snapshot.groups[group].topics[place].lossMargin != margin {
                snapshot.groups[group].topics[place].lossMargin = margin
            }
        }
    }

    /// The soonest loss among a group's partitions of the topic at a place.
    private func lossMargin(
        of group: borrowing GroupSnapshot, _ place: Int, in topics: borrowing Span<TopicSnapshot>,
        at now: Moment
    ) -> Duration? {
        // Looked at where it stands: a copy of a topic is a dozen references.
        let groupTopics = group.topics.span
        guard groupTopics[place].totals.lag != 0, let index = groupTopics[place].topicIndex,
            topics.indices.contains(index)
        else { return nil }
        if logs[index].starts.hasMoved {
            return lossMargin(of: groupTopics[place], in: topics[index], logs[index].starts, at: now)
        }
        return lossMargin(
            age: groupTopics[place].lagAge?.age, groupTopics[place].totals, topics[index].retention)
    }

    /// The soonest loss where no record is known to go but for its age: the oldest one says all.
    private func lossMargin(
        age: Duration?, _ totals: LagTotals, _ retention: TopicRetention?
    ) -> Duration? {
        guard totals.unknownPartitions == 0, totals.lag != nil else { return nil }
        return LossMargin(
            LossMargin.Partition(committed: 0, logStart: 0, end: 1, age: age), retention: retention
        ).time
    }

    /// The soonest loss among a group's partitions of a topic whose log start moves.
    private func lossMargin(
        of topic: GroupTopicSnapshot, in log: TopicSnapshot, _ starts: LogStartMovements, at now: Moment
    ) -> Duration? {
        let margins = topic.partitions.indices.lazy.map { position in
            let partition = topic.partitions[position]
            return LossMargin(
                LossMargin.Partition(
                    committed: topic.committed[position], logStart: log.logStart[partition],
                    end: log.highWatermark[partition], age: topic.lagAges?[position, at: now.wall]?.age,
                    logStartOffsetsPerSecond: starts.offsetsPerSecond(
                        of: partition, at: now.monotonic)),
                retention: log.retention)
        }
        return LossMargin.smallest(margins).time
    }
}

// MARK: - Groups

extension OutlookStage {
    /// Looks for findings in some groups: those of which something is new, or where time may bring one.
    ///
    /// Rules see the snapshot as it is published, with all forecasts.
    private mutating func diagnose(
        _ snapshot: inout ClusterSnapshot, _ places: [(place: Int, isSame: Bool)]
    ) {
        guard let first = snapshot.groups.first else { return }
        let now = snapshot.endOffsetsRead.monotonic
        var results: [(place: Int, findings: [Finding])] = []
        var context = GroupContext(group: first, cluster: snapshot, thresholds: thresholds)
        for (place, isSame) in places {
            context.turn(to: snapshot.groups[place], groups[place], at: now, isSame: isSame)
            let found = Diagnosis.findings(context)
            if !isSame { turns[place].expiry = Diagnosis.timeToExpiry(context).map { now + $0 } }
            let stillness = isSteady(context.group) ? Diagnosis.timeToChange(context, found) : nil
            turns[place].isQuiet = stillness != nil
            turns[place].quietEnd = stillness?.time.map { now + $0 }
            if !found.isEmpty || !snapshot.groups[place].findings.isEmpty { results.append((place, found)) }
        }
        // The context goes first: it shares the groups, which would be copied for it.
        context.cluster.groups = []
        for (place, found) in results { snapshot.groups[place].findings = found }
        for (place, _) in places {
            let isAging = snapshot.groups[place].totals?.lag != 0 || !snapshot.groups[place].findings.isEmpty
            let told = isAging ? snapshot.endOffsetsRead.wall : nil
            if snapshot.groups[place].agesTold != told { snapshot.groups[place].agesTold = told }
        }
    }

    /// Whether losses follow from ages alone: no log start that moves brings them nearer.
    private func isSteady(_ group: borrowing GroupSnapshot) -> Bool {
        if group.totals?.lag == 0 { return true }
        let topics = group.topics.span
        for place in topics.indices {
            if let index = topics[place].topicIndex, logs.indices.contains(index), logs[index].starts.hasMoved
            {
                return false
            }
        }
        return true
    }
}

extension GroupContext {
    /// Makes it a context of this group, in the same cluster; `isSame` where nothing but time is new of both.
    fileprivate mutating func turn(
        to group: GroupSnapshot, _ memory: OutlookStage.GroupMemory, at now: MonotonicTime, isSame: Bool
    ) {
        self.group = group
        known = isSame ? group.findings : nil
        lagAge = group.lagAge?.age
        recentRebalances = memory.rebalances.increase(at: now, window: thresholds.eventWindow)
        rebalancingFor = memory.rebalancingSince.map { since in
            let watched = now - since
            guard group.state?.isRebalancing == true else { return watched }
            return max(watched, cluster.timeInState(of: group) ?? .zero)
        }
        recentlyLost = [:]
        commitWaits = [:]
        for place in memory.topics.indices {
            let lost = memory.topics[place].lost.increase(at: now, window: thresholds.eventWindow)
            if lost > 0 { recentlyLost[memory.topics[place].name] = lost }
            if let wait = memory.topics[place].rhythm.wait { commitWaits[memory.topics[place].name] = wait }
        }
        standing = isSame ? [:] : group.standingPartitions
    }
}

extension OutlookStage.GroupMemory {
    fileprivate mutating func observe(
        _ group: GroupSnapshot, at now: MonotonicTime, after before: MonotonicTime?, _ window: Duration,
        _ thresholds: DiagnosisThresholds
    ) {
        // What was not read in this round tells nothing of how commits move.
        let isRead = group.commitsRead == nil
        if isRead, let sample = BacklogWindow.Sample(group, at: now) {
            backlog.record(sample, after: before, window: window)
        } else {
            backlog.pause(after: before)
        }
        // Counts from records and from polling are two series; one does not go on from the other.
        if isExact != group.rebalances.isExact { rebalances = EventCount() }
        isExact = group.rebalances.isExact
        rebalances.record(
            group.rebalances.count, at: now, after: before, window: thresholds.eventWindow)
        switch group.isRebalancing {
        case true?: rebalancingSince = rebalancingSince ?? now
        case false?: rebalancingSince = nil
        case nil: break
        }
        if topics.count != group.topics.count
            || !topics.indices.allSatisfy({ topics[$0].name == group.topics[$0].name })
        {
            var known = Dictionary(topics.map { ($0.name, $0) }) { first, _ in first }
            topics = group.topics.map {
                known.removeValue(forKey: $0.name) ?? OutlookStage.TopicMemory(name: $0.name)
            }
        }
        for (place, topic) in group.topics.enumerated() {
            topics[place].lost.record(
                topic.counters.lost, at: now, after: before, window: thresholds.eventWindow)
            if isRead {
                topics[place].rhythm.observe(
                    lag: topic.totals.lag, consumed: topic.counters.consumed, at: now)
            }
        }
    }

    /// What follows for the group, and until when; `nil` while nothing is new.
    fileprivate mutating func outlook(
        of group: borrowing GroupSnapshot, at now: MonotonicTime, window: Duration
    ) -> (GroupOutlook, until: MonotonicTime?) {
        guard group.totals?.lag != nil else { return (GroupOutlook(), nil) }
        if group.commitsRead != nil { return (backlog.outlook(window: window), nil) }
        backlog.trim(at: now, window: window)
        return (
            backlog.outlook(at: now, window: window), backlog.nextChange(at: now, window: window)
        )
    }
}

// MARK: - What other stages tell

extension GroupTopicSnapshot {
    /// Partitions that evaluation found not to move.
    fileprivate var standing: GroupContext.StandingPartitions {
        var standing = GroupContext.StandingPartitions()
        for (partition, status) in zip(partitions, statuses) {
            switch status {
            case .stop?: standing.stopped.append(partition)
            case .stall?: standing.stalled.append(partition)
            case .ok?, .warn?, .rewind?, nil: break
            }
        }
        return standing
    }
}

extension GroupSnapshot {
    /// Partitions that evaluation found not to move, by topic.
    fileprivate var standingPartitions: [TopicName: GroupContext.StandingPartitions] {
        guard (evaluation?.counts[.stop] ?? 0) + (evaluation?.counts[.stall] ?? 0) > 0 else { return [:] }
        return Dictionary(topics.map { ($0.name, $0.standing) }) { first, _ in first }
    }
}
