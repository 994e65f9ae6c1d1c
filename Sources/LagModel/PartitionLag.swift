import ClusterAccess

/// How far one group is behind on one partition, in records.
package struct PartitionLag: Hashable, Sendable {
    /// Offsets between what the group reads next and the end of the log; never negative.
    package var lag: Int64
    /// Offsets deleted from the log before the group read them; 0 when nothing was lost.
    package var lost: Int64
    /// The commit lies beyond the end: the topic was recreated or truncated, if it stays so.
    package var isBeyondEnd: Bool

    /// Applies the definitions of lag: `max(0, end - max(committed, logStart))`, `max(0, logStart -
    /// committed)`.
    ///
    /// `end` is exclusive: the high watermark for lag, the last stable offset for stable lag.
    package init(committed: Int64, logStart: Int64, end: Int64) {
        let next = max(committed, logStart)
        lag = max(0, end.saturatingSubtract(next))
        lost = max(0, logStart.saturatingSubtract(committed))
        isBeyondEnd = committed > end
    }
}
