import ClusterAccess

/// Lag in seconds of some partitions, parallel to their commits; any of them may be unknown.
package struct LagAgeColumn: Hashable, Sendable {
    /// Stands for "unknown" in ``ages`` only.
    private static let unknown = Int64.min

    /// Microseconds, or ``unknown``.
    private var ages: [Int64]
    /// Half-widths in milliseconds, rounded up; empty while all are zero.
    private var errors: [Int32] = []

    /// A column of `count` unknown ages.
    package init(unknownCount count: Int) { ages = Array(repeating: Self.unknown, count: count) }

    package var count: Int { ages.count }

    /// How many ages are known.
    package var knownCount: Int { ages.count { $0 != Self.unknown } }

    /// The column of some of the partitions, by their positions.
    package func selecting(_ positions: some Sequence<Int>) -> LagAgeColumn {
        var part = LagAgeColumn(unknownCount: 0)
        for position in positions where ages.indices.contains(position) {
            part.ages.append(ages[position])
            if !errors.isEmpty { part.errors.append(errors[position]) }
        }
        return part
    }

    /// The age at a position, to the microsecond, and its error, to the next millisecond.
    package subscript(position: Int) -> LagAge? {
        get {
            guard ages.indices.contains(position), ages[position] != Self.unknown else { return nil }
            let error = errors.indices.contains(position) ? errors[position] : 0
            return LagAge(age: .microseconds(ages[position]), error: .milliseconds(Int64(error)))
        }
        set {
            guard ages.indices.contains(position) else { return }
            guard let newValue else {
                ages[position] = Self.unknown
                return
            }
            ages[position] = max(0, newValue.age.wholeMicroseconds)
            let error = newValue.error.wholeMicroseconds.saturatingAdd(999) / 1000
            if errors.isEmpty {
                guard error > 0 else { return }
                errors = Array(repeating: 0, count: ages.count)
            }
            errors[position] = Int32(clamping: max(0, error))
        }
    }

    /// The age at a position in microseconds; `nil` when it is unknown.
    package func microseconds(at position: Int) -> Int64? {
        ages.indices.contains(position) && ages[position] != Self.unknown ? ages[position] : nil
    }

    /// The error at a position in milliseconds, where there is an age.
    package func errorMilliseconds(at position: Int) -> Int64? {
        guard microseconds(at: position) != nil else { return nil }
        return errors.isEmpty ? 0 : Int64(errors[position])
    }

    /// The greatest age with its own error; `nil` when any is unknown or there is none.
    package var maximum: LagAge? {
        guard !ages.contains(Self.unknown), let largest = ages.max(),
            let position = ages.firstIndex(of: largest)
        else { return nil }
        return self[position]
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
