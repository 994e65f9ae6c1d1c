import ClusterAccess
import GroupJournal
import LagModel

/// How far one held partition of the offsets topic is read; a pure value.
///
/// Positions come from the feeds, ends from the partition's leader at the beginning of each round.
struct PartitionProgress: Sendable {
    /// Ends of the partition at the beginning of a round.
    struct Ends: Hashable, Sendable {
        var lastStable: Int64
        var highWatermark: Int64
    }

    /// Next offset for the feed of finished records; `nil` before it has delivered anything.
    private(set) var position: Int64?
    /// Next offset for the feed that also shows open transactions, while the partition is blocked.
    private(set) var openPosition: Int64?
    /// `nil` where the leader did not tell them in this round.
    private(set) var ends: Ends?
    private(set) var isBlocked = false
    /// Whether it was read up to its end in some round.
    private(set) var hasCaughtUp = false
    /// What the feed, or the leader, said last instead of delivering.
    private(set) var failure: ClusterError.Reason?
    private var lastStableBefore: Int64?

    /// Takes in that everything below `offset` was delivered.
    mutating func read(to offset: Int64, isolation: GroupJournal.Isolation) {
        switch isolation {
        case .committed:
            position = max(position ?? offset, offset)
            failure = nil
        case .uncommitted:
            openPosition = max(openPosition ?? offset, offset)
        }
    }

    mutating func fail(_ reason: ClusterError.Reason) { failure = reason }

    /// Takes in the ends at the beginning of a round.
    ///
    /// A transaction that stays open from one round to the next holds the last stable offset where it was,
    /// below the high watermark. In the first round nobody knows how long it has been open, so it counts.
    mutating func observe(_ ends: Ends) {
        self.ends = ends
        let stands = lastStableBefore.map { $0 == ends.lastStable } ?? true
        isBlocked = ends.lastStable < ends.highWatermark && stands
        lastStableBefore = ends.lastStable
        if !isBlocked { openPosition = nil }
    }

    /// Takes in that the leader did not tell the ends.
    mutating func observe(failure reason: ClusterError.Reason) {
        ends = nil
        failure = reason
    }

    /// Nothing more is to be waited for in this round.
    var isRead: Bool {
        hasReachedEnd && (!isBlocked || hasReachedOpenEnd)
    }

    /// Everything is delivered that stood before the last stable offset when it was last asked for.
    var hasReachedEnd: Bool {
        guard let ends, let position else { return false }
        return position >= ends.lastStable
    }

    /// The feed that shows open transactions has delivered everything before the high watermark likewise.
    private var hasReachedOpenEnd: Bool {
        guard let ends, let openPosition else { return false }
        return openPosition >= ends.highWatermark
    }

    /// Closes the books of a round.
    mutating func settle() { if isRead { hasCaughtUp = true } }

    /// How the partition is to be used in this round.
    var state: OffsetsTopicStatus.State {
        guard ends != nil else { return .unavailable }
        guard hasReachedEnd else { return failure == nil ? .loading : .unavailable }
        guard isBlocked else { return .current }
        return hasReachedOpenEnd ? .blocked : .loading
    }

    /// Whether its groups are shown in this round.
    var isUsed: Bool {
        switch state {
        case .current, .blocked: true
        case .loading, .unavailable, .elsewhere: false
        }
    }

    /// Where the feed that shows open transactions begins.
    var openStart: Int64 { openPosition ?? position ?? 0 }
}
