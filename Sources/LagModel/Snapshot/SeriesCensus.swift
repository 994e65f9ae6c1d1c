/// The series that a snapshot would have if nothing were folded.
package struct SeriesCensus: Hashable, Sendable {
    /// Series that belong to no group or topic.
    package var fixed: Int
    /// In the order of the snapshot's topics, without what their configured granularity leaves out.
    package var topics: [SeriesCounts]
    /// In the order of the snapshot's groups, likewise; with those partitions only that are to be exported.
    package var groups: [SeriesCounts]

    package init(fixed: Int = 0, topics: [SeriesCounts] = [], groups: [SeriesCounts] = []) {
        self.fixed = fixed
        self.topics = topics
        self.groups = groups
    }

    package var total: Int {
        let ofTopics = topics.reduce(0) { $0 + $1.total }
        return groups.reduce(fixed + ofTopics) { $0 + $1.total }
    }
}

/// Counts series without writing them, as those who write them say.
package struct SeriesCounter: Sendable {
    /// What a snapshot would have; `known` tells it of groups, by their places, whose counts are known.
    package var census: @Sendable (ClusterSnapshot, _ known: (Int) -> SeriesCounts?) -> SeriesCensus
    /// A number that this does not exceed, found from sizes alone.
    package var upperBound: @Sendable (ClusterSnapshot) -> Int
    /// Series by partition of a group's topic, with all the partitions that it is given with.
    package var partitionSeries: @Sendable (GroupTopicSnapshot, ClusterSnapshot) -> Int

    package init(
        census: @escaping @Sendable (ClusterSnapshot, (Int) -> SeriesCounts?) -> SeriesCensus,
        upperBound: @escaping @Sendable (ClusterSnapshot) -> Int,
        partitionSeries: @escaping @Sendable (GroupTopicSnapshot, ClusterSnapshot) -> Int
    ) {
        self.census = census
        self.upperBound = upperBound
        self.partitionSeries = partitionSeries
    }
}
