package import ClusterAccess
package import LagModel

/// Within which bounds a cluster is exported.
package struct SeriesSettings: Sendable {
    /// Most series that follow from a snapshot; `nil` where there is no limit.
    package var limit: Int?
    /// Counts series; what does not count folds nothing.
    package var counter: SeriesCounter?
    /// Longest label value in bytes.
    package var labelBytes: Int
    /// How many partitions of a group, the worst, are exported one by one; `nil` for all.
    ///
    /// The function itself is `nil` where that holds for every group.
    package var topPartitions: (@Sendable (GroupID) -> Int?)?
    /// How long a group's lag must be low before the group counts as less lagging than before.
    package var settling: Duration

    package init(
        limit: Int? = nil, counter: SeriesCounter? = nil, labelBytes: Int = Int.max,
        topPartitions: (@Sendable (GroupID) -> Int?)? = nil, settling: Duration = .seconds(300)
    ) {
        self.counter = counter
        self.limit = limit
        self.labelBytes = labelBytes
        self.topPartitions = topPartitions
        self.settling = settling
    }
}
