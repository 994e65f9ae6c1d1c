package import ClusterAccess

/// What look-ups by time have taught about one partition's log, which holds for every group.
///
/// Let M(c) be the newest timestamp from the log start to offset c, and F(t) the first offset whose record
/// is not older than t. One look-up of F(t) proves two things: every record before F(t) is older than t, and
/// a record at F(t) is not. Both stay true while the log is the same, whatever is appended or deleted, and
/// together they enclose M(c) for any c, since F(t) ≤ c if and only if t ≤ M(c). Where two look-ups
/// contradict each other, the log is not what it was, and the newer one holds.
package struct TimeIndex: Hashable, Sendable {
    /// A record at the offset is at least so new.
    private(set) var lower = TimeStaircase()
    /// Every record before the offset is older.
    private(set) var upper = TimeStaircase()
    /// As of the last round that looked at the partition.
    private(set) var logStart: Int64 = 0
    private(set) var highWatermark: Int64 = 0
    /// Look-ups since all that is asked was last known well enough.
    private(set) var effort = 0

    package init() {}

    /// Number of remembered facts; they take 16 bytes each.
    package var count: Int { lower.steps.count + upper.steps.count }

    /// Turns to the log as a round has found it; forgets everything when an end of it went back.
    package mutating func turn(logStart: Int64, highWatermark: Int64) {
        if logStart < self.logStart || highWatermark < self.highWatermark { self = TimeIndex() }
        self.logStart = logStart
        self.highWatermark = highWatermark
        lower.removeAll { $0.offset < logStart }
    }

    /// Takes in that F(`time`) was answered with `offset`, whose record has that timestamp if one was told.
    ///
    /// No offset says that all records below the high watermark are older. Returns whether it was an answer:
    /// one below the log start comes from another log, proves nothing of this one, and would come again.
    @discardableResult
    package mutating func learn(time: Int64, offset: Int64?, timestamp: Int64? = nil) -> Bool {
        guard time >= 0 else { return false }
        effort += 1
        guard let offset else {
            learnAllOlder(before: highWatermark, than: time)
            return true
        }
        guard offset >= max(0, logStart) else { return false }
        learnAllOlder(before: offset, than: time)
        let exact = timestamp.flatMap { $0 >= time ? $0 : nil }
        if let exact, exact < .max {
            learnAllOlder(before: offset.saturatingAdd(1), than: exact + 1)
        }
        learnRecord(at: offset, from: exact ?? time)
        return true
    }

    /// Takes note that nothing is to be asked now.
    mutating func rest() { effort = 0 }

    private mutating func learnAllOlder(before offset: Int64, than time: Int64) {
        lower.removeAll { $0.offset < offset && $0.time >= time }
        let isKnown = upper.first(after: offset.saturatingSubtract(1)).map { $0.time <= time } ?? false
        if !isKnown { upper.insert(.init(offset: offset, time: time)) }
    }

    private mutating func learnRecord(at offset: Int64, from time: Int64) {
        upper.removeAll { $0.offset > offset && $0.time <= time }
        let isKnown = lower.last(upTo: offset).map { $0.time >= time } ?? false
        if !isKnown { lower.insert(.init(offset: offset, time: time)) }
    }

    /// Where the age of what is unread from `offset` on is to be taken.
    ///
    /// Before the first record that has a timestamp it is that record's; `nil` when there is none so far.
    func place(of offset: Int64) -> Int64? {
        let next = max(offset, logStart)
        guard let bound = upper.first(after: next), bound.time <= 0 else { return next }
        return lower.last(upTo: bound.offset).map { $0.offset == bound.offset } == true ? bound.offset : nil
    }

    /// What is proved of M(c) for the place of `offset`; `nil` without a lower bound.
    ///
    /// Above it is bounded by `now`, for what is newer has no age.
    package func bracket(of offset: Int64, now: WallTime) -> TimeBracket? {
        guard let place = place(of: offset), let lower = lower.last(upTo: place) else { return nil }
        let now = now.millisecondsRoundedUp
        let newest = upper.first(after: place).map { $0.time.saturatingSubtract(1) } ?? now
        return TimeBracket(oldest: lower.time, newest: max(lower.time, min(newest, now)))
    }

    /// Whether look-ups have shown that no record from `offset` on carries a timestamp.
    package func lacksTimestamps(from offset: Int64) -> Bool {
        guard place(of: offset) == nil, let bound = upper.first(after: max(offset, logStart)) else {
            return false
        }
        return bound.offset >= highWatermark
    }

    /// Whether what is known of an offset stays good enough for all later rounds with the same log.
    ///
    /// Its bracket is narrow enough and telling, with both ends in the past: for its age it only gets
    /// narrower.
    func isSettled(at offset: Int64, now: WallTime, tolerance: TimeTolerance) -> Bool {
        guard let place = place(of: offset), let bracket = bracket(of: offset, now: now),
            let end = upper.first(after: place), end.time <= now.millisecondsRoundedUp
        else { return false }
        return bracket.excess(at: now, tolerance) <= 1 && bracket.isTelling(at: now, tolerance)
    }

    /// Forgets all but three facts for each of `offsets`, or four: those on both sides, and the next behind.
    ///
    /// That one will be of use when the commit has moved on.
    package mutating func prune(around offsets: [Int64]) {
        // So much is kept of a place that nothing has been learnt about since.
        if lower.steps.count <= 1, upper.steps.count <= 2 { return }
        var lowers = [Bool](repeating: false, count: lower.steps.count)
        var uppers = [Bool](repeating: false, count: upper.steps.count)
        for offset in offsets {
            let next = place(of: offset) ?? offset
            let above = lower.firstPlace { $0.offset > next }
            if above > 0 { lowers[above - 1] = true }
            let behind = upper.firstPlace { $0.offset > next }
            for place in behind..<(behind + 2) where place < uppers.count { uppers[place] = true }
            // What shows that nothing before the place has a timestamp.
            let bound = upper.firstPlace { $0.offset > max(offset, logStart) }
            if bound < behind { uppers[bound] = true }
        }
        lower.keep(lowers)
        upper.keep(uppers)
    }
}
