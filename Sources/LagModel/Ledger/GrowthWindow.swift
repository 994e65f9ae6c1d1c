import ClusterAccess

/// A few samples of lag over the configured window, from which its growth is told.
struct GrowthWindow {
    private struct Sample {
        var time: MonotonicTime
        var lag: Int64
    }

    /// Oldest first; never more than ``capacity``.
    private var samples: [Sample] = []
    private static let capacity = 12

    /// Adds a sample and forgets those that the window no longer needs.
    ///
    /// One sample at or before the window's start is kept, so that growth covers the whole window. Samples
    /// closer together than a twelfth of the window replace each other, which bounds memory for any interval.
    mutating func record(lag: Int64, at time: MonotonicTime, window: Duration) {
        if samples.count >= 2, time - samples[samples.count - 2].time < window / Self.capacity {
            samples.removeLast()
        }
        samples.append(Sample(time: time, lag: lag))
        while samples.count > 2, time - samples[1].time >= window { samples.removeFirst() }
        if samples.count > Self.capacity + 1 { samples.removeFirst() }
    }

    /// Records per second between the oldest and the newest sample; `nil` with fewer than two.
    var recordsPerSecond: Double? {
        guard let first = samples.first, let last = samples.last, last.time > first.time else { return nil }
        return Double(last.lag.saturatingSubtract(first.lag)) / (last.time - first.time).seconds
    }
}
