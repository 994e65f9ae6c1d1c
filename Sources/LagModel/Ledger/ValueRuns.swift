package import ClusterAccess

/// What a value was over a window, as runs of rounds that all saw the same: what stands still costs nothing.
///
/// Looked at, it is the same as samples taken at the first round and then every `spacing`, plus the newest
/// round, of which those are kept that lie in the window and one at or before its start. The newest run goes
/// on until something else is recorded, or ``pause(at:)`` says where it ended.
package struct ValueRuns<Value: Equatable & Sendable>: Sendable {
    private struct Run: Sendable {
        var value: Value
        /// The first sample of the run; later than its rounds where the run is shorter than the spacing.
        var firstSample: MonotonicTime
        /// The last round that saw the value; `nil` while it is there.
        var end: MonotonicTime?
    }

    /// Oldest first.
    private var runs: [Run] = []
    /// The last round that was recorded, whatever it saw.
    package private(set) var recorded: MonotonicTime?

    package init() {}

    package var newest: Value? { runs.last?.value }

    /// Whether nothing but time can change what is kept: there is one value, and it goes on.
    package var isSettled: Bool { runs.count == 1 && runs[0].end == nil }

    /// The last round that is known to have seen the newest value.
    package var lastSeen: MonotonicTime? { runs.last?.end ?? recorded }

    /// Takes in what a round at `now` saw; `before` is the round before it, where that was not recorded
    /// because nothing had changed.
    ///
    /// Returns a value that was there for less than the spacing, which is forgotten for the new one.
    @discardableResult
    package mutating func record(
        _ value: Value, at now: MonotonicTime, after before: MonotonicTime? = nil, window: Duration,
        spacing: Duration
    ) -> Value? {
        defer { recorded = now }
        guard let last = runs.last else {
            runs.append(Run(value: value, firstSample: now))
            return nil
        }
        var forgotten: Value?
        if last.value == value {
            runs[runs.count - 1].end = nil
        } else {
            let end = last.end ?? latest(of: before)
            if runs.count > 1, let end, last.firstSample > end {
                forgotten = last.value
                runs.removeLast()
                runs.append(Run(value: value, firstSample: max(last.firstSample, now)))
            } else {
                runs[runs.count - 1].end = end
                let sample = Self.lastSample(of: last, until: end ?? now, spacing: spacing)
                runs.append(Run(value: value, firstSample: max(sample + spacing, now)))
            }
        }
        let gone = outlived(at: now, window: window)
        if gone > 0 { runs.removeFirst(gone) }
        return forgotten
    }

    /// Changes the newest value without making it another.
    package mutating func amendNewest(_ change: (inout Value) -> Void) {
        if !runs.isEmpty { change(&runs[runs.count - 1].value) }
    }

    /// Says that rounds after `end` saw no value.
    package mutating func pause(at end: MonotonicTime) {
        guard let last = runs.last, last.end == nil else { return }
        runs[runs.count - 1].end = latest(of: end)
    }

    /// The later one of a round and the last that was recorded.
    private func latest(of round: MonotonicTime?) -> MonotonicTime? {
        guard let recorded, let round else { return round ?? recorded }
        return max(recorded, round)
    }

    /// How many of the oldest runs the window no longer needs.
    private func outlived(at now: MonotonicTime, window: Duration) -> Int {
        var gone = 0
        while gone + 1 < runs.count, now - runs[gone + 1].firstSample >= window { gone += 1 }
        return gone
    }

    /// The values that a round at `now` looks back on, oldest first.
    package func values(at now: MonotonicTime, window: Duration) -> some Sequence<Value> {
        runs.dropFirst(outlived(at: now, window: window)).lazy.map { $0.value }
    }

    /// When the window leaves the oldest of them behind; `nil` while there is one value.
    package func nextLoss(at now: MonotonicTime, window: Duration) -> MonotonicTime? {
        let next = outlived(at: now, window: window) + 1
        return next < runs.count ? runs[next].firstSample + window : nil
    }

    /// Forgets what the window no longer needs, in rounds that are not recorded.
    package mutating func trim(at now: MonotonicTime, window: Duration) {
        let gone = outlived(at: now, window: window)
        if gone > 0 { runs.removeFirst(gone) }
    }

    /// The oldest sample that counts: the last one at or before the window's start, or else the first.
    package func oldest(
        at now: MonotonicTime, window: Duration, spacing: Duration
    ) -> (time: MonotonicTime, value: Value)? {
        guard !runs.isEmpty else { return nil }
        let run = runs[outlived(at: now, window: window)]
        let start = MonotonicTime(sinceOrigin: now.sinceOrigin - window)
        guard run.firstSample < start else { return (min(run.firstSample, now), run.value) }
        return (Self.lastSample(of: run, until: min(run.end ?? now, start), spacing: spacing), run.value)
    }

    /// The last sample of a run up to a round: its first one, or some times the spacing later.
    private static func lastSample(
        of run: Run, until end: MonotonicTime, spacing: Duration
    ) -> MonotonicTime {
        guard end > run.firstSample, spacing > .zero else { return run.firstSample }
        // The quotient may be rounded past a whole number; the sums are exact.
        let steps = Int(min(((end - run.firstSample) / spacing).rounded(.down), 1e15))
        let sample = run.firstSample + spacing * steps
        if sample > end { return run.firstSample + spacing * (steps - 1) }
        return sample + spacing <= end ? sample + spacing : sample
    }
}
