import ClusterAccess

/// Remembers one group's commits on one topic, so that their movement can be counted.
struct GroupTopicLedger {
    /// What a round adds to the commits themselves.
    struct Context {
        /// `nil` when the topic is not described: deleted, or not ours to see.
        var topic: TopicFacts?
        var topicIndex: Int?
        /// Partitions where movement means nothing in this round.
        var regressed: Set<Int32> = []
        var moment: Moment
        /// The round before.
        var before: MonotonicTime?
        var growthWindow: Duration
        /// The group had no members in this round nor in the one before, and has a protocol.
        var isMovedByTool: Bool
        /// Lag to the last stable offset is asked for, where that was read.
        var wantsStableLag: Bool
        /// What the offsets topic says of these commits; `nil` while it is not read for this group.
        var activity: TopicActivity?
        /// These are the commits of an earlier round, and nobody was asked in this one.
        var isCarried = false
    }

    let name: TopicName
    /// Position of the topic in the last round; -1 while it is not described.
    var place = -1
    private(set) var counters = ConsumptionCounters()
    private var lastCommit: WallTime?
    private var growth = GrowthWindow()
    private var lag: Int64?
    /// Growth of lag as of the last reading.
    private var rate: Double?
    /// As the last round gave them, to know them again without a look at each.
    private var lastRead: CommittedOffsets.Topic?
    /// Whether `partitions` are those of `lastRead` in its order.
    private var isAsRead = false
    /// Partitions with lag that no member owns; `nil` where that was not counted.
    var unassigned: Int?
    /// Shared with the snapshot, so that remembering them costs nothing.
    private var partitions: [Int32] = []
    private var committed: [Int64] = []
    /// Where the base for counting is not the last commit: an older one, because the log was unknown since;
    /// or none (``OffsetColumn/unknown``), because the log was replaced.
    private var heldBases: [Int32: Int64] = [:]
    /// Up to where loss is counted, for partitions whose commit lies before the log start.
    private var lossCounted: [Int32: Int64] = [:]
    /// Partitions whose commit lay beyond the end in the last round.
    private var beyondEnd: Set<Int32> = []
    /// Those of them that lay beyond it in the reading before, too.
    private var ahead: [Int32] = []
    /// What the offsets topic had told by the last round.
    private var activity: TopicActivity?
    /// Whether any round has been counted.
    private var isSeen = false
    /// Whether the same commits and the same log once more would change nothing.
    private(set) var isSteady = false
    /// Whether growth does not change while the lag stays the same.
    private(set) var isGrowthSettled = true

    init(name: TopicName) { self.name = name }

    /// Takes in one round's commits and says what follows from them.
    mutating func absorb(_ topic: CommittedOffsets.Topic, context: Context) -> GroupTopicSnapshot {
        var columns: CommitColumns
        if isAsRead, topic.partitions == lastRead?.partitions, topic.offsets.count == partitions.count {
            columns = CommitColumns(
                partitions: partitions, committed: topic.offsets, commitTimes: topic.commitTimes)
        } else {
            columns = CommitColumns(topic)
            if columns.partitions == partitions { columns.partitions = partitions }
            isAsRead = columns.isAsRead
        }
        var snapshot = absorb(
            partitions: columns.partitions, committed: columns.committed, context: context)
        snapshot.commitTimes = columns.commitTimes
        lastRead = topic
        return snapshot
    }

    private mutating func absorb(
        partitions newPartitions: [Int32], committed newCommitted: [Int64], context: Context
    ) -> GroupTopicSnapshot {
        place = context.topicIndex ?? -1
        let isSameShape = newPartitions == partitions
        let hasStable = context.wantsStableLag && context.topic?.lastStable != nil
        var work = Work(context: context, hasStable: hasStable)
        var bases = Bases(isSameShape: isSameShape)
        let isCarried = context.isCarried && isSeen && isSameShape && newCommitted == committed
        let exact = exactResets(context.activity)
        let consumedBefore = counters.consumed
        for (index, partition) in newPartitions.enumerated() {
            let next = newCommitted[index]
            let base = bases.base(of: partition, at: index, in: partitions, committed)
            if (base ?? (partitions.isEmpty ? next : .min)) != next { work.hasMoved = true }
            let held = heldBases.isEmpty ? nil : heldBases[partition]
            guard let start = context.topic?.logStart[partition],
                let end = context.topic?.highWatermark[partition]
            else {
                work.unknown += 1
                if held == nil { heldBases[partition] = base ?? OffsetColumn.unknown }
                continue
            }
            work.add(PartitionLag(committed: next, logStart: start, end: end))
            work.addStable(committed: next, logStart: start, partition: partition)
            if next > end { work.beyondEnd.insert(partition) }
            guard !isCarried else {
                // Another log: what the next reading finds has nothing to do with this commit.
                if context.regressed.contains(partition) { heldBases[partition] = OffsetColumn.unknown }
                continue
            }
            count(
                from: held ?? base ?? OffsetColumn.unknown, to: next, partition: partition, start: start,
                end: end, context: context)
        }
        if isCarried {
            ahead = ahead.isEmpty ? [] : ahead.filter(work.beyondEnd.contains)
            isSteady = true
            isGrowthSettled = true
            growth.pause(at: context.before)
            return snapshot(
                work: work, ahead: ahead, lagGrowth: work.totals.lag == nil ? nil : rate, context: context)
        }
        ahead = work.beyondEnd.isEmpty ? [] : work.beyondEnd.intersection(beyondEnd).sorted()
        isSteady = ahead.count == work.beyondEnd.count
        if let exact { apply(exact, consumedBefore: consumedBefore) }
        finish(newPartitions, newCommitted, isSameShape: isSameShape, work: work)
        let lagGrowth = renewGrowth(at: context.moment.monotonic, window: context.growthWindow)
        if lag == nil { isGrowthSettled = true }
        return snapshot(work: work, ahead: ahead, lagGrowth: lagGrowth, context: context)
    }

    /// What stands while the group's commits cannot be read: counters, and no partitions.
    mutating func standWithoutCommits(place: Int?, before: MonotonicTime?) -> GroupTopicSnapshot {
        self.place = place ?? -1
        isSteady = true
        lastRead = nil
        isAsRead = false
        lag = nil
        isGrowthSettled = true
        growth.pause(at: before)
        return GroupTopicSnapshot(
            name: name, topicIndex: place, partitions: [], committed: [], totals: LagTotals(),
            counters: counters, lastCommit: lastCommit)
    }

    /// Whether the log stands as it stood in the last round, or is still not described.
    func isLogStill(in round: TopicRound) -> Bool {
        guard place >= 0 else { return round.places == nil || round.index[name] == nil }
        let place = round.places.map { Int($0[self.place]) } ?? self.place
        return place >= 0 && round.isSame[place]
    }

    /// Whether a round says of the topic what the last one said, so that nothing follows from it but by the
    /// time that has passed.
    func isStill(
        _ topic: CommittedOffsets.Topic, activity: TopicActivity?, in round: TopicRound
    ) -> Bool {
        isSteady && isSeen && lastRead == topic && self.activity == activity && isLogStill(in: round)
    }

    /// Brings what the snapshot says of a topic of which nothing is new to a new round.
    mutating func renew(
        _ last: GroupTopicSnapshot.Passing, in round: TopicRound, growthWindow: Duration
    ) -> GroupTopicSnapshot.Passing {
        var now = last
        if let places = round.places, place >= 0 {
            place = Int(places[place])
            now.topicIndex = place
        }
        if !isGrowthSettled {
            now.lagGrowth = renewGrowth(at: round.moment.monotonic, window: growthWindow)
        }
        return now
    }

    /// Growth of lag in a round in which nothing else is new.
    private mutating func renewGrowth(at now: MonotonicTime, window: Duration) -> Double? {
        rate = nil
        guard lag != nil else { return nil }
        growth.trim(at: now, window: window)
        rate = growth.recordsPerSecond(at: now, window: window)
        isGrowthSettled = growth.isSettled && rate != nil
        return rate
    }

    /// Counts consumption, loss and resets of one partition whose log is known in this round.
    private mutating func count(
        from base: Int64, to next: Int64, partition: Int32, start: Int64, end: Int64, context: Context
    ) {
        if !heldBases.isEmpty { heldBases[partition] = nil }
        if context.regressed.contains(partition) {
            if next > end { heldBases[partition] = OffsetColumn.unknown }
            noteLoss(of: partition, next: next, start: start)
            return
        }
        guard base != OffsetColumn.unknown else {
            noteLoss(of: partition, next: next, start: start)
            return
        }
        if next > base {
            if context.isMovedByTool, context.activity == nil {
                counters.resetsForward += 1
                counters.skippedRecords = counters.skippedRecords.saturatingAdd(next.saturatingSubtract(base))
            } else {
                let progress = min(next, end).saturatingSubtract(max(base, start))
                counters.consumed = counters.consumed.saturatingAdd(max(0, progress))
            }
        } else if next < base, context.activity == nil {
            counters.resetsBackward += 1
            counters.rewoundRecords = counters.rewoundRecords.saturatingAdd(base.saturatingSubtract(next))
        }
        let lostFrom = lossCounted.isEmpty ? base : max(base, lossCounted[partition] ?? base)
        if start > lostFrom {
            counters.lost = counters.lost.saturatingAdd(start.saturatingSubtract(lostFrom))
        }
        noteLoss(of: partition, next: next, start: start)
    }

    private mutating func noteLoss(of partition: Int32, next: Int64, start: Int64) {
        if next < start {
            lossCounted[partition] = start
        } else if !lossCounted.isEmpty {
            lossCounted[partition] = nil
        }
    }

    private mutating func finish(
        _ newPartitions: [Int32], _ newCommitted: [Int64], isSameShape: Bool, work: Work
    ) {
        if let exact = work.context.activity {
            lastCommit = exact.lastCommit ?? lastCommit
        } else if work.hasMoved {
            lastCommit = work.context.moment.wall
        }
        activity = work.context.activity
        isSeen = true
        if !isSameShape {
            partitions = newPartitions
            let kept = Set(newPartitions)
            heldBases = heldBases.filter { kept.contains($0.key) }
            lossCounted = lossCounted.filter { kept.contains($0.key) }
        }
        committed = newCommitted
        beyondEnd = work.beyondEnd
        lag = work.totals.lag
        let now = work.context.moment.monotonic
        if let lag {
            growth.record(lag: lag, at: now, after: work.context.before, window: work.context.growthWindow)
        } else {
            growth.pause(at: work.context.before)
        }
    }

    private func snapshot(
        work: Work, ahead: [Int32], lagGrowth: Double?, context: Context
    ) -> GroupTopicSnapshot {
        GroupTopicSnapshot(
            name: name, topicIndex: context.topicIndex, partitions: partitions,
            committed: committed, ahead: ahead, wantsStableLag: context.wantsStableLag, totals: work.totals,
            counters: counters, lastCommit: lastCommit,
            lagGrowth: lagGrowth,
            commits: context.activity?.commits, commitMetadataBytes: context.activity?.metadataBytes,
            commitsRemoved: context.activity?.removals)
    }
}

extension GroupTopicSnapshot {
    /// What changes from round to round although nothing is new of the topic.
    struct Passing: Equatable {
        var topicIndex: Int?
        var lagGrowth: Double?
    }

    var passing: Passing {
        get { Passing(topicIndex: topicIndex, lagGrowth: lagGrowth) }
        set { (topicIndex, lagGrowth) = (newValue.topicIndex, newValue.lagGrowth) }
    }
}

// MARK: - Resets as the offsets topic tells them

extension GroupTopicLedger {
    /// What the offsets topic told since the last round.
    private struct ExactResets {
        var backward: Int64
        var rewound: Int64
        var forward: Int64
        var skipped: Int64
    }

    /// `nil` while the topic is not read for this group; nothing in the round in which it takes over.
    private func exactResets(_ new: TopicActivity?) -> ExactResets? {
        guard let new else { return nil }
        var old = activity ?? TopicActivity(name: new.name)
        if activity == nil, isSeen { old = new }
        // A group that was deleted and came back counts anew.
        if new.resetsBackward < old.resetsBackward || new.resetsForward < old.resetsForward {
            old = TopicActivity(name: new.name)
        }
        return ExactResets(
            backward: new.resetsBackward - old.resetsBackward,
            rewound: max(0, new.rewoundRecords.saturatingSubtract(old.rewoundRecords)),
            forward: new.resetsForward - old.resetsForward,
            skipped: max(0, new.skippedRecords.saturatingSubtract(old.skippedRecords)))
    }

    /// Counts resets one by one, and takes what was skipped out of what the round saw as consumed.
    private mutating func apply(_ exact: ExactResets, consumedBefore: Int64) {
        counters.resetsBackward += exact.backward
        counters.rewoundRecords = counters.rewoundRecords.saturatingAdd(exact.rewound)
        counters.resetsForward += exact.forward
        counters.skippedRecords = counters.skippedRecords.saturatingAdd(exact.skipped)
        let consumed = counters.consumed.saturatingSubtract(consumedBefore)
        counters.consumed = consumedBefore.saturatingAdd(max(0, consumed.saturatingSubtract(exact.skipped)))
    }
}

extension GroupTopicLedger {
    /// Sums of one pass over the partitions.
    private struct Work {
        var context: Context
        var hasStable: Bool
        var known = 0
        var unknown = 0
        var sum: Int64 = 0
        var maximum: Int64 = 0
        var stableSum: Int64 = 0
        var isStableKnown = true
        var hasMoved = false
        var beyondEnd: Set<Int32> = []

        init(context: Context, hasStable: Bool) {
            self.context = context
            self.hasStable = hasStable
        }

        mutating func add(_ lag: PartitionLag) {
            known += 1
            sum = sum.saturatingAdd(lag.lag)
            maximum = max(maximum, lag.lag)
        }

        mutating func addStable(committed: Int64, logStart: Int64, partition: Int32) {
            guard hasStable else { return }
            guard let end = context.topic?.lastStable?[partition] else {
                isStableKnown = false
                return
            }
            let lag = PartitionLag(committed: committed, logStart: logStart, end: end)
            stableSum = stableSum.saturatingAdd(lag.lag)
        }

        var totals: LagTotals {
            let isKnown = unknown == 0 && known > 0
            return LagTotals(
                partitions: known + unknown, unknownPartitions: unknown, lag: isKnown ? sum : nil,
                lagMax: isKnown ? maximum : nil,
                stableLag: isKnown && hasStable && isStableKnown ? stableSum : nil)
        }
    }

    /// Finds the last round's commit of a partition: by position, or by walking both sorted lists together.
    private struct Bases {
        var isSameShape: Bool
        private var position = 0

        init(isSameShape: Bool) { self.isSameShape = isSameShape }

        mutating func base(
            of partition: Int32, at index: Int, in partitions: [Int32], _ committed: [Int64]
        ) -> Int64? {
            if isSameShape { return committed[index] }
            while position < partitions.count, partitions[position] < partition { position += 1 }
            guard position < partitions.count, partitions[position] == partition else { return nil }
            return committed[position]
        }
    }
}
