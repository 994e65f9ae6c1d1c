import ClusterAccess

/// A few samples of lag over the configured window, from which its growth is told.
struct GrowthWindow {
    private var lags = ValueRuns<Int64>()
    /// Samples closer together than this part of the window replace each other.
    private static let slots = 12

    /// Takes in the lag of a round; `before` is the round before it.
    mutating func record(
        lag: Int64, at time: MonotonicTime, after before: MonotonicTime?, window: Duration
    ) {
        lags.record(lag, at: time, after: before, window: window, spacing: window / Self.slots)
    }

    /// Says that rounds after `before` knew no lag.
    mutating func pause(at before: MonotonicTime?) {
        if let before { lags.pause(at: before) }
    }

    /// Whether growth is zero and stays so while the lag does.
    var isSettled: Bool { lags.isSettled }

    /// Forgets what lies before the window, in rounds in which the lag stayed the same.
    mutating func trim(at time: MonotonicTime, window: Duration) { lags.trim(at: time, window: window) }

    /// Records per second from the start of the window to `now`; `nil` with fewer than two samples.
    ///
    /// One sample at or before the window's start counts, so that growth covers the whole window.
    func recordsPerSecond(at now: MonotonicTime, window: Duration) -> Double? {
        guard let newest = lags.newest,
            let oldest = lags.oldest(at: now, window: window, spacing: window / Self.slots),
            now > oldest.time
        else { return nil }
        return Double(newest.saturatingSubtract(oldest.value)) / (now - oldest.time).seconds
    }
}
