package import ClusterAccess
package import LagModel

/// How fast the start of one partition's log moves, that is how fast its oldest records are deleted.
///
/// Kafka deletes whole segments, so the start stands still and jumps. One jump is no rate (a tool may have
/// deleted records, once); from the second on, what went between the first and the last took the time between
/// them.
package struct LogStartMovement: Sendable {
    private struct Move: Sendable {
        var time: MonotonicTime
        /// Where the log began after it.
        var start: Int64
    }

    /// Where the log was last seen to begin.
    private var start: Int64
    /// Oldest first, at most ``capacity``.
    private var moves: [Move] = []
    private static let capacity = 8
    /// Moves older than this no longer tell how fast records are deleted.
    private static let memory = Duration.seconds(24 * 3600)

    /// Starts to watch a log that begins at `start`.
    package init(start: Int64) { self.start = start }

    /// Takes in where the log begins now; a start that went back is another log, watched from there.
    package mutating func observe(_ start: Int64, at time: MonotonicTime) {
        if start < self.start { moves = [] }
        if start > self.start {
            moves.append(Move(time: time, start: start))
            if moves.count > Self.capacity { moves.removeFirst() }
        }
        self.start = start
        while let first = moves.first, time - first.time > Self.memory { moves.removeFirst() }
    }

    /// Offsets per second at which the log start advances; `nil` before its second move.
    ///
    /// While the next move is later than any before it, the time since the last one counts too, so that the
    /// rate of deletions that have ended fades.
    package func offsetsPerSecond(at now: MonotonicTime) -> Double? {
        let moves = moves.drop { now - $0.time > Self.memory }
        guard let first = moves.first, let last = moves.last, last.time > first.time else { return nil }
        let longestPause = zip(moves, moves.dropFirst()).map { $1.time - $0.time }.max() ?? .zero
        let end = now - last.time > longestPause ? now : last.time
        return Double(last.start.saturatingSubtract(first.start)) / (end - first.time).seconds
    }
}

/// Where the partitions of one topic begin, and how that moves; most of them stand still, and take no room.
package struct LogStartMovements: Sendable {
    /// Where each was last seen to begin.
    private var starts = OffsetColumn(unknownCount: 0)
    /// Of those that have moved.
    private var movements: [Int32: LogStartMovement] = [:]

    package init() {}

    /// Takes in where the logs begin now; what is unknown now is where it was.
    package mutating func observe(_ new: OffsetColumn, at time: MonotonicTime) {
        guard new != starts else { return }
        let old = starts
        starts = new
        if !movements.isEmpty { movements = movements.filter { Int($0.key) < new.count } }
        for partition in 0..<Int32(clamping: new.count) {
            guard let before = old[partition] else { continue }
            guard let start = new[partition] else {
                starts[partition] = before
                continue
            }
            guard start != before else { continue }
            var movement = movements[partition] ?? LogStartMovement(start: before)
            movement.observe(start, at: time)
            movements[partition] = movement
        }
    }

    /// Whether any of them has moved, so that they have to be looked at one by one.
    package var hasMoved: Bool { !movements.isEmpty }

    /// Offsets per second at which the start of a partition advances; `nil` before its second move.
    package func offsetsPerSecond(of partition: Int32, at now: MonotonicTime) -> Double? {
        movements[partition]?.offsetsPerSecond(at: now)
    }
}
