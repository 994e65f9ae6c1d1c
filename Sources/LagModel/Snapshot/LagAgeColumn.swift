package import ClusterAccess

/// Lag in seconds of some partitions, parallel to their commits; any of them may be unknown.
///
/// Kept as the moments that ages count from, so that the column of readers that stand still is the same in
/// every round: an age is made when it is asked for, with the moment at which the end offsets were read.
package struct LagAgeColumn: Hashable, Sendable {
    /// Stand in ``times`` only: nobody knows, and nothing is unread.
    private static let (unknown, none) = (Int64.min, Int64.max)

    package let count: Int
    /// Microseconds since 1970, ``unknown`` or ``none``; empty while nothing is unread anywhere.
    private var times: [Int64] = []
    /// Half-widths in milliseconds, rounded up; empty while all are zero.
    private var errors: [Int32] = []

    /// A column of `count` unknown ages.
    package init(unknownCount count: Int) {
        self.count = count
        times = Array(repeating: Self.unknown, count: count)
    }

    /// A column for `count` partitions on which nothing is unread.
    package init(caughtUpCount count: Int) { self.count = count }

    /// How many ages are known.
    package var knownCount: Int { times.isEmpty ? count : times.count { $0 != Self.unknown } }

    /// The column of some of the partitions, by their positions.
    package func selecting(_ positions: some Sequence<Int>) -> LagAgeColumn {
        let kept = positions.filter { $0 >= 0 && $0 < count }
        var part = LagAgeColumn(caughtUpCount: kept.count)
        if !times.isEmpty { part.times = kept.map { times[$0] } }
        if !errors.isEmpty { part.errors = kept.map { errors[$0] } }
        return part
    }

    /// The age at a position when it is `now`, to the microsecond, and its error, to the next millisecond.
    package subscript(position: Int, at now: WallTime) -> LagAge? {
        get {
            guard let age = microseconds(at: position, at: now) else { return nil }
            return LagAge(age: .microseconds(age), error: .milliseconds(error(at: position)))
        }
        set {
            let age = newValue.map { max(0, $0.age.wholeMicroseconds) }
            set(age.map { now.wholeMicroseconds.saturatingSubtract($0) } ?? Self.unknown, at: position)
            let error = newValue.map { max(0, $0.error.wholeMicroseconds.saturatingAdd(999) / 1000) } ?? 0
            guard times.indices.contains(position), error > 0 || !errors.isEmpty else { return }
            if errors.isEmpty { errors = Array(repeating: 0, count: count) }
            errors[position] = Int32(clamping: error)
        }
    }

    /// Says that nothing is unread at a position.
    package mutating func setCaughtUp(at position: Int) {
        set(Self.none, at: position)
        if errors.indices.contains(position) { errors[position] = 0 }
    }

    private mutating func set(_ time: Int64, at position: Int) {
        guard position >= 0, position < count else { return }
        if times.isEmpty {
            if time == Self.none { return }
            times = Array(repeating: Self.none, count: count)
        }
        times[position] = time
    }

    /// The age at a position in microseconds when it is `now`; `nil` when it is unknown.
    package func microseconds(at position: Int, at now: WallTime) -> Int64? {
        guard position >= 0, position < count else { return nil }
        guard !times.isEmpty, times[position] != Self.none else { return 0 }
        if times[position] == Self.unknown { return nil }
        return max(0, now.wholeMicroseconds.saturatingSubtract(times[position]))
    }

    /// The error at a position in milliseconds, where there is an age.
    package func errorMilliseconds(at position: Int) -> Int64? {
        guard position >= 0, position < count, times.isEmpty || times[position] != Self.unknown else {
            return nil
        }
        return error(at: position)
    }

    /// Whether another column says the same of a position, now and always.
    package func isSame(as other: LagAgeColumn, at position: Int) -> Bool {
        time(at: position) == other.time(at: position) && error(at: position) == other.error(at: position)
    }

    private func time(at position: Int) -> Int64 {
        if times.isEmpty { return count > position ? Self.none : Self.unknown }
        return times.indices.contains(position) ? times[position] : Self.unknown
    }

    private func error(at position: Int) -> Int64 {
        errors.indices.contains(position) ? Int64(errors[position]) : 0
    }

    /// The greatest age with its own error when it is `now`; `nil` when any is unknown or there is none.
    package func maximum(at now: WallTime) -> LagAge? {
        guard count > 0 else { return nil }
        // What is unknown is the least number.
        guard let least = times.min() else { return LagAge(age: .zero) }
        return times.firstIndex(of: least).flatMap { self[$0, at: now] }
    }
}

extension WallTime {
    fileprivate var wholeMicroseconds: Int64 { nanosecondsSince1970 / 1000 }

    /// Time since an earlier moment, both cut to microseconds as ages are, so that an age and what has passed
    /// since then add up exactly to the later age.
    package func microseconds(since earlier: WallTime) -> Duration {
        .microseconds(wholeMicroseconds.saturatingSubtract(earlier.wholeMicroseconds))
    }
}

extension Duration {
    /// Whole microseconds, towards zero, within the range of the type.
    fileprivate var wholeMicroseconds: Int64 {
        let parts = components
        let (scaled, overflow) = parts.seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return parts.seconds < 0 ? .min : .max }
        return scaled.saturatingAdd(parts.attoseconds / 1_000_000_000_000)
    }
}
