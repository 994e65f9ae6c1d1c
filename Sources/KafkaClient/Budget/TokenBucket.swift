import ClusterAccess

/// A bucket of tokens that fills at a steady rate; a pure value, time passed in.
///
/// Kept as one moment, at which the bucket is full again. It holds what flows in during ``depth``, so in any
/// span of time no more is taken than flows in during that span and ``depth`` together. When the rate changes, a
/// bucket that was half full stays half full.
struct TokenBucket: Hashable, Sendable {
    /// Time in which an empty bucket fills.
    let depth: Duration
    private var fullAt: MonotonicTime

    /// A full bucket.
    init(depth: Duration, at now: MonotonicTime) {
        self.depth = depth
        fullAt = now
    }

    /// Takes `count` tokens, or says when they will be there if nobody else takes any.
    ///
    /// One flows in during each `interval`. More than the bucket holds are given when it is full, and what is
    /// missing is owed.
    mutating func take(_ count: Int, each interval: Duration, at now: MonotonicTime) -> MonotonicTime? {
        let start = max(fullAt, now)
        let cost = interval * max(1, count)
        let latest = now + max(.zero, depth - cost)
        guard start <= latest else { return now + (start - latest) }
        fullAt = start + cost
        return nil
    }
}
