package import ClusterAccess
import LagModel

/// How much a counter grew over a window that ends now.
package struct EventCount: Sendable {
    private var counts = ValueRuns<Int64>()
    private static let slots = 20

    package init() {}

    /// Adds a round's count; a count that fell belongs to another series, which is watched from there.
    ///
    /// `before` is the round before it, where that counted the same and was not recorded.
    package mutating func record(
        _ count: Int64, at time: MonotonicTime, after before: MonotonicTime? = nil, window: Duration
    ) {
        if let newest = counts.newest, count < newest { counts = ValueRuns() }
        counts.record(count, at: time, after: before, window: window, spacing: window / Self.slots)
    }

    /// Growth over the window that ends at `now`, or over what was watched of it.
    package func increase(at now: MonotonicTime, window: Duration) -> Int64 {
        // As nearly always: nothing was counted in the window.
        if counts.isSettled { return 0 }
        guard let newest = counts.newest,
            let oldest = counts.oldest(at: now, window: window, spacing: window / Self.slots)
        else { return 0 }
        return newest.saturatingSubtract(oldest.value)
    }
}
