import ClusterAccess

/// One round's commits on some partitions, told by those of another round in a few bytes each.
///
/// Commits and the times of commits are each kept as what goes beyond the smallest difference, in 0, 1, 2 or
/// 4 bytes for all; times by themselves instead of their differences where that takes less. Sums wrap, so
/// that any numbers come out as they went in.
struct PackedCommits: Sendable {
    /// A column's width in bytes, whether it is told by itself, and the number that all begin from.
    private struct Shape {
        var width: UInt8
        var isAbsolute = false
        var base: Int64

        /// What numbers from `least` to `most` take; `nil` where four bytes do not suffice.
        init?(least: Int64, most: Int64) {
            base = least
            switch UInt64(bitPattern: most &- least) {
            case 0: width = 0
            case ...0xff: width = 1
            case ...0xffff: width = 2
            case ...0xffff_ffff: width = 4
            default: return nil
            }
        }
    }

    /// Two heads of ten bytes, then the columns.
    private var bytes: [UInt8]
    /// Whether there is a time to each commit.
    var hasTimes: Bool { bytes[Self.head + 1] != 2 }
    private static let head = 10

    /// `nil` where the numbers are too far apart, or only one of the rounds has times.
    init?(
        committed: [Int64], times: CommitTimeColumn?, after old: [Int64], _ oldTimes: CommitTimeColumn?
    ) {
        guard committed.count == old.count, (times == nil) == (oldTimes == nil),
            times.map({ $0.milliseconds.count == old.count }) ?? true,
            oldTimes.map({ $0.milliseconds.count == old.count }) ?? true,
            let shape = Self.shape(of: committed, after: old)
        else { return nil }
        bytes = Array(repeating: 0, count: 2 * Self.head + Int(shape.width) * old.count)
        Self.write(shape, at: 0, in: &bytes)
        Self.write(committed, after: old, shape, at: 2 * Self.head, in: &bytes)
        guard let times = times?.milliseconds, let oldTimes = oldTimes?.milliseconds else {
            bytes[Self.head + 1] = 2
            return
        }
        var relative = Self.shape(of: times, after: oldTimes)
        if var absolute = Self.shape(of: times, after: nil), absolute.width < relative?.width ?? 8 {
            absolute.isAbsolute = true
            relative = absolute
        }
        guard let timeShape = relative else { return nil }
        let start = bytes.count
        bytes += Array(repeating: 0, count: Int(timeShape.width) * old.count)
        Self.write(timeShape, at: Self.head, in: &bytes)
        Self.write(times, after: timeShape.isAbsolute ? nil : oldTimes, timeShape, at: start, in: &bytes)
    }

    /// The commit at a position, by that of the other round.
    func committed(at position: Int, after old: Int64) -> Int64 {
        old &+ base(at: 0) &+ number(at: position, width: Int(bytes[0]), from: 2 * Self.head)
    }

    /// The time of the commit at a position, by that of the other round; `count` is that of all commits.
    func time(at position: Int, of count: Int, after old: Int64) -> Int64 {
        let (head, isAbsolute) = (bytes[Self.head], bytes[Self.head + 1] == 1)
        let start = 2 * Self.head + Int(bytes[0]) * count
        let beyond = base(at: Self.head) &+ number(at: position, width: Int(head), from: start)
        return isAbsolute ? beyond : old &+ beyond
    }

    private static func shape(of new: [Int64], after old: [Int64]?) -> Shape? {
        guard let first = new.first else { return Shape(least: 0, most: 0) }
        var (least, most) = (Int64.max, Int64.min)
        if let old {
            for (new, old) in zip(new, old) {
                let difference = new &- old
                least = min(least, difference)
                most = max(most, difference)
            }
        } else {
            (least, most) = (new.min() ?? first, new.max() ?? first)
        }
        return Shape(least: least, most: most)
    }

    private static func write(_ shape: Shape, at place: Int, in bytes: inout [UInt8]) {
        bytes[place] = shape.width
        bytes[place + 1] = shape.isAbsolute ? 1 : 0
        for byte in 0..<8 { bytes[place + 2 + byte] = UInt8(truncatingIfNeeded: shape.base >> (8 * byte)) }
    }

    private static func write(
        _ new: [Int64], after old: [Int64]?, _ shape: Shape, at start: Int, in bytes: inout [UInt8]
    ) {
        guard shape.width > 0 else { return }
        var place = start
        for position in new.indices {
            let beyond = new[position] &- (old.map { $0[position] } ?? 0) &- shape.base
            for byte in 0..<Int(shape.width) {
                bytes[place + byte] = UInt8(truncatingIfNeeded: beyond >> (8 * byte))
            }
            place += Int(shape.width)
        }
    }

    private func base(at place: Int) -> Int64 {
        var value: UInt64 = 0
        for byte in 0..<8 { value |= UInt64(bytes[place + 2 + byte]) << (8 * UInt64(byte)) }
        return Int64(bitPattern: value)
    }

    private func number(at position: Int, width: Int, from start: Int) -> Int64 {
        var value: Int64 = 0
        for byte in 0..<width { value |= Int64(bytes[start + position * width + byte]) << (8 * Int64(byte)) }
        return value
    }
}
