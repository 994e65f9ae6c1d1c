/// When each of some commits was made, by the clock of the group's coordinator; parallel to the commits.
///
/// Eight bytes a commit, shared with whoever keeps it: rounds pass these on without copying them.
package struct CommitTimeColumn: Hashable, Sendable {
    /// Stands for "unknown" in ``milliseconds`` only; it never leaves as a time.
    package static let unknown = Int64.min

    /// Milliseconds since 1970, or ``unknown``.
    package private(set) var milliseconds: [Int64]

    package init(milliseconds: [Int64] = []) { self.milliseconds = milliseconds }

    /// The time of the commit at `position`; `nil` when it is unknown or there is no such commit.
    package subscript(position: Int) -> WallTime? { Self.time(milliseconds(at: position)) }

    /// A time in milliseconds since 1970 as the columns have it; `nil` for ``unknown``.
    package static func time(_ milliseconds: Int64) -> WallTime? {
        guard milliseconds != unknown else { return nil }
        let (value, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? nil : WallTime(nanosecondsSince1970: value)
    }

    /// The same in milliseconds since 1970, or ``unknown``.
    package func milliseconds(at position: Int) -> Int64 {
        milliseconds.indices.contains(position) ? milliseconds[position] : Self.unknown
    }

    /// Sets the time of a commit; a negative one is no time.
    package mutating func set(_ time: Int64, at position: Int) {
        guard milliseconds.indices.contains(position) else { return }
        let new = time < 0 ? Self.unknown : time
        // Not written without need: rounds share the array, and writing would copy it.
        if milliseconds[position] != new { milliseconds[position] = new }
    }

    /// Gives room back that growing has left over.
    package mutating func trim() { milliseconds = milliseconds.trimmed() }

    /// Makes room for a commit at `position`, which lies in the column or at its end.
    package mutating func insert(_ time: Int64, at position: Int) {
        guard position >= 0, position <= milliseconds.count else { return }
        milliseconds.insert(time < 0 ? Self.unknown : time, at: position)
    }

    /// Takes a commit out.
    package mutating func remove(at position: Int) {
        guard milliseconds.indices.contains(position) else { return }
        milliseconds.remove(at: position)
    }
}
