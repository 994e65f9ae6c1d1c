package import ClusterAccess
package import LagModel

/// A group's backlog over the configured window, from which follows whether and when it catches up.
///
/// Lag alone does not tell: it also shrinks when unread records are deleted and grows when a commit is set
/// back. Growth is therefore taken of lag without these movements, which is production less consumption.
package struct BacklogWindow: Sendable {
    /// One round's sums over all partitions of the group.
    package struct Sample: Hashable, Sendable {
        package var time: MonotonicTime
        package var lag: Int64
        /// Lag as it would be had no record been deleted or skipped unread, and no commit set back.
        package var backlog: Int64
        /// Records consumed so far.
        package var consumed: Int64

        package init(time: MonotonicTime, lag: Int64, backlog: Int64, consumed: Int64) {
            self.time = time
            self.lag = lag
            self.backlog = backlog
            self.consumed = consumed
        }

        /// The sample of a group in one snapshot; `nil` while a lag is unknown.
        package init?(_ group: borrowing GroupSnapshot, at time: MonotonicTime) {
            guard let lag = group.totals?.lag else { return nil }
            var backlog = lag
            var consumed: Int64 = 0
            for counters in group.topics.map(\.counters) {
                backlog = backlog.saturatingAdd(counters.lost).saturatingAdd(counters.skippedRecords)
                    .saturatingSubtract(counters.rewoundRecords)
                consumed = consumed.saturatingAdd(counters.consumed)
            }
            self.init(time: time, lag: lag, backlog: backlog, consumed: consumed)
        }
    }

    /// What a round saw beside its time, and the smallest lag of rounds between it and the next one kept.
    private struct Movement: Equatable, Sendable {
        var lag: Int64
        var backlog: Int64
        var consumed: Int64
        var floor: Int64

        static func == (left: Self, right: Self) -> Bool {
            left.lag == right.lag && left.backlog == right.backlog && left.consumed == right.consumed
        }
    }

    private var movements = ValueRuns<Movement>()
    /// A round is kept for each such part of the window; others only leave their smallest lag behind.
    private static let slots = 12

    package init() {}

    /// Adds a round and forgets what lies before the window; one at or before its start is kept.
    ///
    /// `before` is the round before it, where that saw the same and was not recorded.
    package mutating func record(_ sample: Sample, after before: MonotonicTime? = nil, window: Duration) {
        let movement = Movement(
            lag: sample.lag, backlog: sample.backlog, consumed: sample.consumed, floor: sample.lag)
        let forgotten = movements.record(
            movement, at: sample.time, after: before, window: window, spacing: window / Self.slots)
        if let forgotten { movements.amendNewest { $0.floor = min($0.floor, forgotten.floor) } }
    }

    /// Says that a round knew no lag; `before` is the round before it.
    package mutating func pause(after before: MonotonicTime?) {
        if let end = before ?? movements.recorded { movements.pause(at: end) }
    }

    /// What follows for the group at `now`, which is the newest round recorded where none is given.
    package func outlook(at now: MonotonicTime? = nil, window: Duration) -> GroupOutlook {
        guard let now = now ?? movements.lastSeen else { return GroupOutlook() }
        guard let newest = movements.newest,
            let oldest = movements.oldest(at: now, window: window, spacing: window / Self.slots)
        else { return GroupOutlook() }
        let watched = now - oldest.time
        return GroupOutlook(
            catchUp: newest.lag == 0 ? .zero : catchUp(from: newest, since: oldest.value, watched),
            isCatchUpImpossible: watched >= window
                ? isCatchUpImpossible(newest, oldest.value, floor: floor(at: now, window: window)) : nil)
    }

    /// The smallest lag in the window.
    private func floor(at now: MonotonicTime, window: Duration) -> Int64? {
        movements.values(at: now, window: window).lazy.map { $0.floor }.min()
    }

    /// Lag divided by the rate at which the backlog shrinks; `nil` while it does not.
    private func catchUp(from newest: Movement, since oldest: Movement, _ watched: Duration) -> Duration? {
        guard watched > .zero else { return nil }
        let shrunk = oldest.backlog.saturatingSubtract(newest.backlog)
        guard shrunk > 0 else { return nil }
        let seconds = Double(newest.lag) * watched.seconds / Double(shrunk)
        // Ten thousand years: beyond it the number means "never" and is left out.
        guard seconds < 3e11 else { return nil }
        return .seconds(seconds)
    }

    /// Whether the group was behind all the time and its backlog did not shrink.
    ///
    /// Behind means by more than was produced in a twelfth of the window: a group that keeps up lags by what
    /// comes between two of its commits, for ever, and misses nothing.
    private func isCatchUpImpossible(_ newest: Movement, _ oldest: Movement, floor: Int64?) -> Bool {
        guard let floor, floor > 0 else { return false }
        let grown = newest.backlog.saturatingSubtract(oldest.backlog)
        let consumed = newest.consumed.saturatingSubtract(oldest.consumed)
        let produced = grown.saturatingAdd(consumed)
        return grown >= 0 && floor > produced / Int64(Self.slots)
    }

    /// Forgets what lies before the window, in rounds that saw the same.
    package mutating func trim(at now: MonotonicTime, window: Duration) {
        movements.trim(at: now, window: window)
    }

    /// When ``outlook(at:window:)`` may be another one although rounds see the same; `nil` when it stays.
    ///
    /// Without lag nothing follows but that, and that it is there once the window is full. The pace at which
    /// lag shrinks is another one in every round, while the window holds a movement; where it does not shrink
    /// nothing changes until such a movement is left behind.
    package func nextChange(at now: MonotonicTime, window: Duration) -> MonotonicTime? {
        guard let newest = movements.newest,
            let oldest = movements.oldest(at: now, window: window, spacing: window / Self.slots)
        else { return nil }
        let filled = now - oldest.time < window ? oldest.time + window : nil
        if newest.lag == 0 || movements.isSettled { return filled }
        guard newest.backlog >= oldest.value.backlog else { return now }
        guard let leaves = movements.nextLoss(at: now, window: window) else { return filled }
        return filled.map { min($0, leaves) } ?? leaves
    }
}
