package import ClusterAccess

/// How long records of one topic had to wait for a group's commit, as rounds see it.
///
/// A topic on which nothing is written is not committed on either; so time counts only while there is lag.
package struct CommitRhythm: Sendable {
    private var behindSince: MonotonicTime?
    private var lastConsumed: Int64?
    /// How long there was lag before the newest commit moved; `nil` before the first.
    package private(set) var wait: Duration?

    package init() {}

    /// Takes in one round's lag and the records consumed so far; an unknown lag is not judged.
    package mutating func observe(lag: Int64?, consumed: Int64, at time: MonotonicTime) {
        let moved = lastConsumed.map { consumed > $0 } ?? false
        lastConsumed = consumed
        guard let lag else {
            behindSince = nil
            return
        }
        if moved {
            wait = behindSince.map { time - $0 } ?? .zero
            behindSince = lag > 0 ? time : nil
        } else if lag == 0 {
            behindSince = nil
        } else if behindSince == nil {
            behindSince = time
        }
    }
}
