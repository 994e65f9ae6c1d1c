import ClusterAccess

/// Remembers a topic's high watermarks, so that records produced can be counted without fake bursts.
struct TopicLedger: LedgerOfName {
    let name: TopicName
    /// Highest watermark that has been counted for each partition.
    private var counted = OffsetColumn(unknownCount: 0)
    private var lastStart = OffsetColumn(unknownCount: 0)
    /// Partitions whose watermark stood below what was counted in the last round.
    private var regressedBefore: Set<Int32> = []
    private(set) var recordsProduced: Int64 = 0

    /// Partitions whose log may not be the one of the last round.
    ///
    /// It was recreated or truncated, or a leader that lags behind answered. Movement of commits means
    /// nothing there in this round.
    private(set) var regressed: Set<Int32> = []

    init(name: TopicName) { self.name = name }

    /// Takes in one round's columns.
    ///
    /// A watermark below the counted one is believed in the second round, or at once when the log start went
    /// back too (which only a new log does): counting goes on from there, and nothing is counted for the
    /// fall.
    mutating func absorb(_ facts: TopicFacts) {
        if takeSteadyGrowth(of: facts) { return }
        let old = counted
        let oldStart = lastStart
        let count = facts.leaders.count
        var regressed: Set<Int32> = []
        counted = OffsetColumn(unknownCount: count)
        lastStart = OffsetColumn(unknownCount: count)
        for index in 0..<count {
            let partition = Int32(truncatingIfNeeded: index)
            let before = old[partition]
            lastStart[partition] = facts.logStart[partition] ?? oldStart[partition]
            guard let end = facts.highWatermark[partition] else {
                counted[partition] = before
                if regressedBefore.contains(partition) { regressed.insert(partition) }
                continue
            }
            guard let before else {
                counted[partition] = end
                continue
            }
            if end >= before {
                recordsProduced = recordsProduced.saturatingAdd(end - before)
                counted[partition] = end
                continue
            }
            regressed.insert(partition)
            let startWentBack = (facts.logStart[partition] ?? .max) < (oldStart[partition] ?? .min)
            let isBelieved = startWentBack || regressedBefore.contains(partition)
            counted[partition] = isBelieved ? end : before
        }
        regressedBefore = regressed
        self.regressed = regressed
    }

    /// Takes in columns in which everything is known and nothing went back, as nearly always.
    ///
    /// They are remembered as they are, without a copy. Returns whether they were such columns.
    private mutating func takeSteadyGrowth(of facts: TopicFacts) -> Bool {
        let (ends, before) = (facts.highWatermark.values, counted.values)
        guard ends.count == facts.leaders.count, ends.count == before.count,
            facts.logStart.count == ends.count, facts.logStart.isComplete
        else { return false }
        var produced = recordsProduced
        for (end, before) in zip(ends, before) {
            // What is unknown is the smallest number: it is not told from a fall here, nor from a first end.
            guard before != OffsetColumn.unknown, end >= before else { return false }
            produced = produced.saturatingAdd(end - before)
        }
        recordsProduced = produced
        counted = facts.highWatermark
        lastStart = facts.logStart
        regressedBefore = []
        regressed = []
        return true
    }

    /// The topic as it stands after ``absorb(_:)`` of the same facts.
    func snapshot(of facts: TopicFacts) -> TopicSnapshot {
        TopicSnapshot(
            name: facts.name, logStart: facts.logStart, highWatermark: facts.highWatermark,
            lastStable: facts.lastStable, leaders: facts.leaders, recordsProduced: recordsProduced)
    }
}
