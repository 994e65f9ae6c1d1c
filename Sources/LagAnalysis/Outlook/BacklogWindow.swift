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

    /// Oldest first; never more than a few beyond ``slots``.
    private var samples: [Sample] = []
    /// A sample is kept for each such part of the window; others only leave their smallest lag behind.
    private static let slots = 12
    /// Smallest lag since the sample at the same position was taken, until the next.
    private var floors: [Int64] = []

    package init() {}

    /// Adds a round and forgets what lies before the window; one sample at or before its start is kept.
    package mutating func record(_ sample: Sample, window: Duration) {
        if samples.count >= 2, sample.time - samples[samples.count - 2].time < window / Self.slots {
            samples.removeLast()
            let floor = floors.removeLast()
            floors.append(min(floor, sample.lag))
        } else {
            floors.append(sample.lag)
        }
        samples.append(sample)
        while samples.count > 2, sample.time - samples[1].time >= window {
            samples.removeFirst()
            floors.removeFirst()
        }
    }

    /// What follows for the group, whose newest sample is of this round.
    package func outlook(window: Duration) -> GroupOutlook {
        guard let newest = samples.last else { return GroupOutlook() }
        return GroupOutlook(
            catchUp: newest.lag == 0 ? .zero : catchUp(from: newest),
            isCatchUpImpossible: isCatchUpImpossible(window: window))
    }

    /// Lag divided by the rate at which the backlog shrinks; `nil` while it does not.
    private func catchUp(from newest: Sample) -> Duration? {
        guard let oldest = samples.first, newest.time > oldest.time else { return nil }
        let shrunk = oldest.backlog.saturatingSubtract(newest.backlog)
        guard shrunk > 0 else { return nil }
        let seconds = Double(newest.lag) * (newest.time - oldest.time).seconds / Double(shrunk)
        // Ten thousand years: beyond it the number means "never" and is left out.
        guard seconds < 3e11 else { return nil }
        return .seconds(seconds)
    }

    /// Whether the group was behind all the time and its backlog did not shrink; `nil` before the window is
    /// full.
    ///
    /// Behind means by more than was produced in a twelfth of the window: a group that keeps up lags by what
    /// comes between two of its commits, for ever, and misses nothing.
    private func isCatchUpImpossible(window: Duration) -> Bool? {
        guard let oldest = samples.first, let newest = samples.last, newest.time - oldest.time >= window,
            let floor = floors.min()
        else { return nil }
        guard floor > 0 else { return false }
        let grown = newest.backlog.saturatingSubtract(oldest.backlog)
        let consumed = newest.consumed.saturatingSubtract(oldest.consumed)
        let produced = grown.saturatingAdd(consumed)
        return grown >= 0 && floor > produced / Int64(Self.slots)
    }
}
