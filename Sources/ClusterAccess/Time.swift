/// A moment on the wall clock: what people and Prometheus call a timestamp.
package struct WallTime: Hashable, Comparable, Sendable {
    package let nanosecondsSince1970: Int64

    package init(nanosecondsSince1970: Int64) { self.nanosecondsSince1970 = nanosecondsSince1970 }

    package static func < (left: Self, right: Self) -> Bool {
        left.nanosecondsSince1970 < right.nanosecondsSince1970
    }

    package static func - (left: Self, right: Self) -> Duration {
        .nanoseconds(left.nanosecondsSince1970.saturatingSubtract(right.nanosecondsSince1970))
    }

    /// Seconds since 1970 as Prometheus wants them.
    package var secondsSince1970: Double {
        // Whole seconds and the rest apart: as one Double the nanoseconds of today are rounded to 256.
        let (seconds, rest) = nanosecondsSince1970.quotientAndRemainder(dividingBy: 1_000_000_000)
        return Double(seconds) + Double(rest) / 1e9
    }
}

/// A moment on a clock that never jumps; only differences between two of them mean anything.
package struct MonotonicTime: Hashable, Comparable, Sendable {
    package let sinceOrigin: Duration

    package init(sinceOrigin: Duration) { self.sinceOrigin = sinceOrigin }

    package static func < (left: Self, right: Self) -> Bool { left.sinceOrigin < right.sinceOrigin }

    package static func - (left: Self, right: Self) -> Duration { left.sinceOrigin - right.sinceOrigin }

    package static func + (left: Self, right: Duration) -> Self {
        MonotonicTime(sinceOrigin: left.sinceOrigin + right)
    }
}

/// One moment on both clocks, read together.
package struct Moment: Hashable, Sendable {
    package var wall: WallTime
    package var monotonic: MonotonicTime

    package init(wall: WallTime, monotonic: MonotonicTime) {
        self.wall = wall
        self.monotonic = monotonic
    }
}

extension Duration {
    /// Length in seconds, for exposition and rates only.
    package var seconds: Double {
        let parts = components
        return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    }
}
