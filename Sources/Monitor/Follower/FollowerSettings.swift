package import ClusterAccess

/// How one cluster's offsets topic is followed.
package struct FollowerSettings: Sendable {
    /// Whether coordinators stand in where the topic is not read.
    package var isHybrid: Bool
    /// Time within which every group's commits are compared with its coordinator once; hybrid only.
    package var reconcileInterval: Duration
    /// Most such comparisons that one broker is asked for in a round.
    package var reconcileRequests: Int
    /// How long a topic that was refused is left alone before it is tried again.
    package var retryInterval: Duration
    /// Longest time that a round waits for records that were there when it began.
    package var catchUpLimit: Duration
    /// The group that replicas share the partitions in; `nil` where this exporter reads all of them.
    package var shardGroup: FeedOptions.ShardGroup?

    package init(
        isHybrid: Bool = true, reconcileInterval: Duration = .seconds(300), reconcileRequests: Int = 10,
        retryInterval: Duration = .seconds(30), catchUpLimit: Duration = .seconds(2),
        shardGroup: FeedOptions.ShardGroup? = nil
    ) {
        self.isHybrid = isHybrid
        self.reconcileInterval = reconcileInterval
        self.reconcileRequests = reconcileRequests
        self.retryInterval = retryInterval
        self.catchUpLimit = catchUpLimit
        self.shardGroup = shardGroup
    }

    /// Where commits come from while all is well.
    package var source: CommitSource { isHybrid ? .hybrid : .offsetsTopic }
}
