package import ClusterAccess

/// One group's commits on one topic, in parallel columns, with what follows from them.
package struct GroupTopicSnapshot: Sendable {
    package var name: TopicName
    /// Position in the snapshot's topics; `nil` when the topic is not described (deleted, or not ours to
    /// see).
    package var topicIndex: Int?
    /// Ascending partition numbers with a commit.
    package var partitions: [Int32]
    /// Next offset to be read, parallel to `partitions`.
    package var committed: [Int64]
    /// Partitions whose commit was beyond the end in two successive rounds; nearly always empty.
    package var ahead: [Int32]
    /// Whether lag to the last stable offset is asked for; other groups may ask for it on the same topic.
    package var wantsStableLag: Bool
    package var totals: LagTotals
    /// Records consumed, lost and so on since the series was first seen.
    package var counters: ConsumptionCounters
    /// When the last commit was made, by the coordinator's clock; without the offsets topic the wall clock of
    /// the round that last saw a commit change, and `nil` until one did.
    package var lastCommit: WallTime?
    /// Growth of lag in records per second over the configured window; negative while catching up.
    package var lagGrowth: Double?
    /// Commits counted one by one; `nil` where the offsets topic is not read for this group.
    package var commits: Int64?
    /// Bytes of metadata stored with the commits, summed; `nil` likewise.
    package var commitMetadataBytes: Int64?
    /// Commits that expired or were deleted; `nil` likewise.
    package var commitsRemoved: Int64?
    /// Ages of the oldest unread records, parallel to `partitions`; `nil` where they are not asked for.
    package var lagAges: LagAgeColumn? = nil
    /// The greatest of them; `nil` while any is unknown.
    package var lagAge: LagAge? = nil
    /// When each commit was made, parallel to `partitions`; `nil` where the offsets topic is not read for
    /// this group.
    package var commitTimes: CommitTimeColumn?
    /// What the evaluation says of each partition, parallel to `partitions`; empty where nothing was
    /// evaluated, `nil` for a partition of which nothing can be said.
    package var statuses: [PartitionStatus?] = []
    /// The rounds that the evaluation looked back on, this one included.
    package var history = CommitHistory()
    /// Time until the oldest unread record is deleted, on the partition where that is soonest; `nil` where
    /// nothing is unread, nothing will be deleted, or nobody knows.
    package var lossMargin: Duration? = nil
    /// Partitions whose stable lag is nothing but transaction markers, which is none; ascending, nearly
    /// always empty, and so without `lag_seconds.sampling: records`.
    package var passedMarkers: [Int32] = []
    /// Ascending positions of the partitions that are exported one by one; `nil` for all of them.
    package var exportedPositions: [Int32]? = nil

    package init(
        name: TopicName, topicIndex: Int?, partitions: [Int32], committed: [Int64], ahead: [Int32] = [],
        wantsStableLag: Bool = true, totals: LagTotals, counters: ConsumptionCounters = ConsumptionCounters(),
        lastCommit: WallTime? = nil, lagGrowth: Double? = nil, commits: Int64? = nil,
        commitMetadataBytes: Int64? = nil, commitsRemoved: Int64? = nil
    ) {
        self.name = name
        self.topicIndex = topicIndex
        self.partitions = partitions
        self.committed = committed
        self.ahead = ahead
        self.wantsStableLag = wantsStableLag
        self.totals = totals
        self.counters = counters
        self.lastCommit = lastCommit
        self.lagGrowth = lagGrowth
        self.commits = commits
        self.commitMetadataBytes = commitMetadataBytes
        self.commitsRemoved = commitsRemoved
    }
}

/// Monotone counts derived from how offsets move; history read at a start never counts.
package struct ConsumptionCounters: Hashable, Sendable {
    /// Progress of commits over records that were there.
    package var consumed: Int64 = 0
    /// Records deleted before they were read.
    package var lost: Int64 = 0
    /// Times that a partition's commit went back.
    package var resetsBackward: Int64 = 0
    /// Times that a partition's commit was moved forward while the group had no members.
    package var resetsForward: Int64 = 0
    /// Offsets that commits went back, summed.
    package var rewoundRecords: Int64 = 0
    /// Offsets that commits were moved forward while the group had no members, summed.
    package var skippedRecords: Int64 = 0

    package init() {}
}

extension ClusterSnapshot {
    /// The lag of the `position`-th committed partition of a group's topic; `nil` when it is unknown.
    package func lag(of topic: GroupTopicSnapshot, at position: Int) -> PartitionLag? {
        guard let index = topic.topicIndex else { return nil }
        let partition = topic.partitions[position]
        guard let start = topics[index].logStart[partition], let end = topics[index].highWatermark[partition]
        else { return nil }
        return PartitionLag(committed: topic.committed[position], logStart: start, end: end)
    }

    /// The same to the last stable offset; `nil` where that is unknown or was not asked for.
    package func stableLag(of topic: GroupTopicSnapshot, at position: Int) -> PartitionLag? {
        guard topic.wantsStableLag, let index = topic.topicIndex else { return nil }
        let partition = topic.partitions[position]
        guard let start = topics[index].logStart[partition], let end = topics[index].lastStable?[partition]
        else { return nil }
        let committed = topic.passedMarkers.contains(partition) ? end : topic.committed[position]
        return PartitionLag(committed: committed, logStart: start, end: end)
    }

    /// Time from a topic's last commit to the reading of the end offsets, never negative; `nil` when unknown.
    package func commitAge(of topic: borrowing GroupTopicSnapshot) -> Duration? {
        topic.lastCommit.map { max(.zero, endOffsetsRead.wall - $0) }
    }
}
