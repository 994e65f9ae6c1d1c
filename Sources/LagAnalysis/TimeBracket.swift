package import ClusterAccess
package import LagModel

/// How exact lag in seconds is to be.
package struct TimeTolerance: Hashable, Sendable {
    /// Widest bracket that is never refined.
    package var absolute: Duration
    /// Widest bracket in parts of the age, where that is more.
    package var ratio: Double

    package init(absolute: Duration = .seconds(1), ratio: Double = 0.02) {
        self.absolute = absolute
        self.ratio = ratio
    }
}

/// The newest timestamp up to an offset, between two bounds that look-ups have proved.
package struct TimeBracket: Hashable, Sendable {
    /// Some record at or before the offset is at least so new; milliseconds since 1970.
    package var oldest: Int64
    /// None of them is newer.
    package var newest: Int64

    package init(oldest: Int64, newest: Int64) {
        self.oldest = oldest
        self.newest = newest
    }

    /// Age at `now`: the middle of what it can be, and half the width; a time in the future is no age.
    package func age(at now: WallTime) -> LagAge {
        let (least, most) = range(at: now)
        let width = most.saturatingSubtract(least)
        return LagAge(age: .nanoseconds(least.saturatingAdd(width / 2)), error: .nanoseconds(width / 2))
    }

    /// Width in parts of what is allowed: at most 1 when it is narrow enough.
    package func excess(at now: WallTime, _ tolerance: TimeTolerance) -> Double {
        let (least, most) = range(at: now)
        let allowed = max(tolerance.absolute.seconds * 1e9, Double(least) * tolerance.ratio)
        return Double(most.saturatingSubtract(least)) / max(1, allowed)
    }

    /// Whether the age is worth showing: its error is little beside it, or beside what is tolerated.
    package func isTelling(at now: WallTime, _ tolerance: TimeTolerance) -> Bool {
        let (least, most) = range(at: now)
        let half = Double(most.saturatingSubtract(least)) / 2
        return half <= tolerance.absolute.seconds * 4e9 || half <= Double(most) / 4
    }

    /// Least and greatest age in nanoseconds, never negative.
    private func range(at now: WallTime) -> (least: Int64, most: Int64) {
        let newest = WallTime(millisecondsSince1970: newest)
        let oldest = WallTime(millisecondsSince1970: oldest)
        let least = max(0, now.nanosecondsSince1970.saturatingSubtract(newest.nanosecondsSince1970))
        let most = max(least, now.nanosecondsSince1970.saturatingSubtract(oldest.nanosecondsSince1970))
        return (least, most)
    }
}

extension WallTime {
    /// A timestamp of a record; beyond the years 1677 to 2262 the nearest of them.
    init(millisecondsSince1970 milliseconds: Int64) {
        let (value, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        self.init(nanosecondsSince1970: overflow ? (milliseconds < 0 ? .min : .max) : value)
    }

    /// Whole milliseconds since 1970, rounded up: no record of this moment or before is newer.
    var millisecondsRoundedUp: Int64 {
        let (whole, rest) = nanosecondsSince1970.quotientAndRemainder(dividingBy: 1_000_000)
        return rest > 0 ? whole + 1 : whole
    }
}
