import ClusterAccess
import LagwardenTestKit

/// A log of records with timestamps, and what a broker would answer about it.
struct ImaginedLog {
    var records: [(offset: Int64, time: Int64)] = []
    var start: Int64 = 0
    var end: Int64 = 0

    /// The first record in the log that is not older than `time`.
    func first(atLeast time: Int64) -> (offset: Int64, time: Int64)? {
        records.first { $0.time >= time && $0.offset >= start && $0.offset < end }
    }

    /// The newest timestamp from the log start to `offset`, or of the first record that has one.
    func newest(upTo offset: Int64) -> Int64? {
        let next = max(start, offset)
        let before = records.filter { $0.offset >= start && $0.offset <= next && $0.time >= 0 }
        return before.map(\.time).max() ?? first(atLeast: 0)?.time
    }

    /// Kinds of logs whose timestamps behave differently.
    enum Manner: CaseIterable, Sendable {
        /// Even pace, times ascend strictly.
        case even
        /// Bursts in which all records have one time, and long pauses.
        case bursts
        /// Times that lie up to 90 s beside the true ones.
        case shuffled
        /// Every other batch was made six hours before it was appended.
        case backdated
        /// Compaction has left one record in twenty.
        case compacted
        /// A few records from the far future, a few without a time.
        case wild
    }

    /// Appends `count` offsets between two moments.
    mutating func append(
        _ count: Int, from: Int64, to: Int64, _ manner: Manner, _ random: inout SeededRandom
    ) {
        let firstOffset = end
        for number in 0..<Int64(count) {
            var time = from + (to - from) * number / Int64(max(1, count))
            var exists = true
            switch manner {
            case .even: break
            case .bursts: time = from + (to - from) * (number / 40) * 40 / Int64(max(1, count))
            case .shuffled: time += Int64.random(in: -90_000...90_000, using: &random)
            case .backdated: if (number / 25) % 2 == 1 { time -= 6 * 3_600_000 }
            case .compacted: exists = Int.random(in: 0..<20, using: &random) == 0
            case .wild:
                switch Int.random(in: 0..<200, using: &random) {
                case 0: time = Int64.max - 5
                case 1...40: time = -1
                default: break
                }
            }
            if exists { records.append((firstOffset + number, time)) }
        }
        end = firstOffset + Int64(count)
    }
}
