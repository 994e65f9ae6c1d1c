package import ClusterAccess

/// How far `__consumer_offsets` is read, and what that means for the groups in it.
package struct OffsetsTopicStatus: Hashable, Sendable {
    /// Partitions of the topic in ascending order; all of them, also those that another replica reads.
    package var partitions: [Partition]
    /// Why the topic cannot be used as a whole, while it cannot.
    package var fallback: ClusterError.Reason?
    /// Records read since the exporter started, by kind of record, each kind from the start with 0.
    package var recordsByKind: [String: Int64]
    /// Records that could not be read, by reason.
    package var recordsSkipped: [String: Int64]
    /// Groups that were deleted or expired while the topic was followed.
    package var groupsRemoved: Int64
    /// Groups whose commits were compared with what their coordinator says.
    package var reconciled: Int64
    /// Groups for which the two disagreed twice in a row.
    package var reconciliationDifferences: Int64
    /// The group that replicas share the partitions in; `nil` without sharding.
    package var shard: Shard?

    package init(
        partitions: [Partition] = [], fallback: ClusterError.Reason? = nil,
        recordsByKind: [String: Int64] = [:], recordsSkipped: [String: Int64] = [:],
        groupsRemoved: Int64 = 0, reconciled: Int64 = 0, reconciliationDifferences: Int64 = 0,
        shard: Shard? = nil
    ) {
        self.partitions = partitions
        self.fallback = fallback
        self.recordsByKind = recordsByKind
        self.recordsSkipped = recordsSkipped
        self.groupsRemoved = groupsRemoved
        self.reconciled = reconciled
        self.reconciliationDifferences = reconciliationDifferences
        self.shard = shard
    }

    /// One partition of the topic and the groups whose coordinator partition it is.
    package struct Partition: Hashable, Sendable {
        package var id: PartitionID
        package var state: State
        /// Next offset to be read; `nil` before the first record or end was reached.
        package var position: Int64?
        package var highWatermark: Int64?
        package var lastStable: Int64?
        /// Groups in this partition that this replica watches.
        package var groups: Int
        /// What keeps an unavailable partition from being read.
        package var reason: ClusterError.Reason?

        package init(
            id: PartitionID, state: State, position: Int64? = nil, highWatermark: Int64? = nil,
            lastStable: Int64? = nil, groups: Int = 0, reason: ClusterError.Reason? = nil
        ) {
            self.id = id
            self.state = state
            self.position = position
            self.highWatermark = highWatermark
            self.lastStable = lastStable
            self.groups = groups
            self.reason = reason
        }

        /// Whether this replica is the one that watches its groups.
        package var isHeld: Bool { state != .elsewhere }
    }

    /// What to do about ``fallback``; `nil` while there is none.
    package var fallbackRemedy: String? { fallback.map(remedy) }

    /// What to do about something that keeps the topic, or a partition of it, from being read.
    ///
    /// Here the right that is missing is Read rather than the Describe that all else needs.
    package func remedy(for reason: ClusterError.Reason) -> String {
        switch reason {
        case .topicUnauthorized: "Grant Read on the topic __consumer_offsets to this user."
        case .unknownTopicOrPartition:
            "The topic appears with the first consumer group; if there are groups, grant Read on the topic "
                + "__consumer_offsets to this user."
        case .groupUnauthorized:
            "Grant Read on the group \(shard?.group.rawValue ?? "of the client") to this user."
        case .timedOut, .brokerUnavailable, .authenticationFailed, .tlsFailed, .nameNotResolved,
            .clusterUnauthorized, .notCoordinator, .coordinatorLoading, .coordinatorUnavailable,
            .leaderUnavailable, .notLeader, .unstableOffset, .offsetOutOfRange, .instanceFenced,
            .notAConsumerGroup, .unsupported, .closed, .cancelled, .invalidRequest, .noCommits,
            .offsetsTopicBehind, .requestBudget, .other:
            reason.remedy
        }
    }

    /// Offsets between what was read and the end, over the partitions that this replica reads.
    ///
    /// `nil` when one of them is unknown or the partitions are.
    package var unreadRecords: Int64? {
        guard !partitions.isEmpty else { return nil }
        var sum: Int64 = 0
        for partition in partitions where partition.isHeld {
            guard let position = partition.position, let end = partition.highWatermark else { return nil }
            sum = sum.saturatingAdd(max(0, end.saturatingSubtract(position)))
        }
        return sum
    }

    /// How a partition is used; raw values are the `state` label.
    package enum State: String, CaseIterable, Hashable, Sendable {
        /// Read up to where it ended when the round began: its groups' numbers come from the topic.
        case current
        /// History is being read, or reading is behind; its groups are asked of their coordinator.
        case loading
        /// A transaction that does not end holds the last stable offset back: commits are asked of the
        /// coordinator, generations are read on uncommitted.
        case blocked
        /// It has no leader, may not be read, or fails.
        case unavailable
        /// Another replica watches it.
        case elsewhere
    }

    /// This replica in the group that shares the partitions.
    package struct Shard: Hashable, Sendable {
        package var group: GroupID
        package var instanceID: String?
        /// Whether this replica is a member with a valid session.
        package var isMember: Bool
        /// Times that partitions were assigned, revoked or lost.
        package var changes: Int64

        package init(group: GroupID, instanceID: String? = nil, isMember: Bool = false, changes: Int64 = 0) {
            self.group = group
            self.instanceID = instanceID
            self.isMember = isMember
            self.changes = changes
        }
    }
}
