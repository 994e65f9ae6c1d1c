/// Records of `__consumer_offsets` as they come; librdkafka and a scripted test double conform.
///
/// One task at a time asks for batches. Nothing is ever committed. ``close()`` must be called.
package protocol OffsetsFeed: Sendable {
    /// Waits for records or news, at most `timeout`, and returns up to `limit` records of those that are
    /// there.
    ///
    /// An empty batch is no error. A partition that may not be read, or cannot be now, is in the batch's
    /// failures. Throws ``ClusterError/Reason/closed`` after ``close()``.
    func nextBatch(limit: Int, within timeout: Duration) async throws(ClusterError) -> FeedBatch

    /// Reads these partitions from now on, each from the given place, beside those that are read already.
    ///
    /// A partition that is read already goes on from the given place. Refused by a feed that belongs to a
    /// group, which is given its partitions.
    func follow(_ starts: [PartitionID: FeedStart]) async throws(ClusterError)

    /// Reads these partitions no more; nothing of them is in a batch that is asked for afterwards.
    func unfollow(_ partitions: Set<PartitionID>) async throws(ClusterError)

    /// Ends a waiting call with ``ClusterError/Reason/closed``, leaves the group and frees everything.
    func close() async
}

/// Records, and before them what has changed about which partitions this feed reads.
package struct FeedBatch: Sendable {
    /// In the order in which they happened, all before the first record of the batch.
    package var changes: [FeedChange] = []
    package var records = RecordBatch()

    package init(changes: [FeedChange] = [], records: RecordBatch = RecordBatch()) {
        self.changes = changes
        self.records = records
    }
}

/// A change in what the group has given to this feed; never seen on a feed without a group.
package enum FeedChange: Hashable, Sendable {
    /// Ours from now on, read from the beginning.
    case assigned(Set<PartitionID>)
    /// Given back in good order: nobody else has had them until now.
    case revoked(Set<PartitionID>)
    /// Taken away; others may have had them for some time.
    case lost(Set<PartitionID>)

    package var partitions: Set<PartitionID> {
        switch self {
        case .assigned(let partitions), .revoked(let partitions), .lost(let partitions): partitions
        }
    }
}

/// Where reading of a partition begins.
package enum FeedStart: Hashable, Sendable {
    case beginning
    /// At an offset; where it is no longer there, at the beginning of what is.
    case offset(Int64)
}

/// How a feed reads.
package struct FeedOptions: Hashable, Sendable {
    /// Whether records of open and aborted transactions are left out (`isolation.level=read_committed`).
    package var readsCommitted: Bool
    /// The group that hands out the partitions; `nil` for a feed that is told with
    /// ``OffsetsFeed/follow(_:)``.
    package var shardGroup: ShardGroup?

    package init(readsCommitted: Bool = true, shardGroup: ShardGroup? = nil) {
        self.readsCommitted = readsCommitted
        self.shardGroup = shardGroup
    }

    /// The consumer group that replicas of the exporter form over `__consumer_offsets`.
    package struct ShardGroup: Hashable, Sendable {
        package var group: GroupID
        /// `group.instance.id`, so that a restart within the session keeps the partitions; `nil` for none.
        package var instanceID: String?
        package var sessionTimeout: Duration

        package init(group: GroupID, instanceID: String? = nil, sessionTimeout: Duration = .seconds(10)) {
            self.group = group
            self.instanceID = instanceID
            self.sessionTimeout = sessionTimeout
        }
    }
}

/// Makes feeds of one cluster's `__consumer_offsets`.
package protocol OffsetsFeedProvider: Sendable {
    /// A feed that reads nothing yet, or one that has begun to join its group.
    ///
    /// Brokers are dialled when needed, so a dead cluster is no error here. Feeds end with their own
    /// ``OffsetsFeed/close()``, not with the provider.
    func makeFeed(_ options: FeedOptions) throws(ClusterError) -> any OffsetsFeed
}
