package import ClusterAccess

/// How much a counter grew over a window that ends now.
package struct EventCount: Sendable {
    private struct Sample: Sendable {
        var time: MonotonicTime
        var count: Int64
    }

    /// Oldest first; the first one stands at or before the window's start.
    private var samples: [Sample] = []
    private static let slots = 20

    package init() {}

    /// Adds a round's count; a count that fell belongs to another series, which is watched from there.
    package mutating func record(_ count: Int64, at time: MonotonicTime, window: Duration) {
        if let last = samples.last, count < last.count { samples = [] }
        if samples.count >= 2, time - samples[samples.count - 2].time < window / Self.slots {
            samples.removeLast()
        }
        samples.append(Sample(time: time, count: count))
        while samples.count > 2, time - samples[1].time >= window { samples.removeFirst() }
    }

    /// Growth over the window, or over what was watched of it.
    package var increase: Int64 {
        guard let first = samples.first, let last = samples.last else { return 0 }
        return last.count.saturatingSubtract(first.count)
    }
}
