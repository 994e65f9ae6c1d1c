package import ClusterAccess

/// What the records of `__consumer_offsets` say of one group beyond its commits: exact where polling guesses.
///
/// Counts begin with the first record that was read live; history never counts.
package struct GroupActivity: Hashable, Sendable {
    /// Generation id of a classic group, epoch of a KIP-848 group; `nil` for a group of commits only.
    package var generation: Int32?
    /// Steps of the generation or epoch.
    package var rebalances: Int64
    /// The same steps by cause, as far as the records tell; together they are ``rebalances``, but for
    /// ``RebalanceCause/staticMemberReturned``, which is no step.
    package var causes: [RebalanceCause: Int64]
    /// Durations of finished rebalances, each at least as long as it says.
    package var rebalanceDurations: DurationHistogram
    /// State as it follows from the records; `nil` where they do not tell (a group of commits only is Empty).
    package var state: GroupState?
    /// When the group entered that state, by the coordinator's clock.
    package var stateSince: WallTime?
    /// Some member's target differs from what it owns (KIP-848), or a generation is not yet handed out.
    package var isRebalancing: Bool
    /// Ascending by name; topics whose commits were all removed stay while the group does.
    package var topics: [TopicActivity]

    package init(
        generation: Int32? = nil, rebalances: Int64 = 0, causes: [RebalanceCause: Int64] = [:],
        rebalanceDurations: DurationHistogram = DurationHistogram(bounds: DurationHistogram.rebalanceBounds),
        state: GroupState? = nil, stateSince: WallTime? = nil, isRebalancing: Bool = false,
        topics: [TopicActivity] = []
    ) {
        self.generation = generation
        self.rebalances = rebalances
        self.causes = causes
        self.rebalanceDurations = rebalanceDurations
        self.state = state
        self.stateSince = stateSince
        self.isRebalancing = isRebalancing
        self.topics = topics
    }
}

/// What one group's commits on one topic did, record by record.
package struct TopicActivity: Hashable, Sendable {
    package var name: TopicName
    /// Commits of single partitions seen live.
    package var commits: Int64
    /// Newest commit, by the coordinator's clock (by the client's in commits of clients before 0.9); history
    /// included.
    package var lastCommit: WallTime?
    /// Metadata strings stored with the present commits, in bytes of UTF-8, summed.
    package var metadataBytes: Int64
    /// Commits that went back, and by how many offsets in total.
    package var resetsBackward: Int64
    package var rewoundRecords: Int64
    /// Commits that were moved forward while the group had no members, and by how many offsets in total.
    package var resetsForward: Int64
    package var skippedRecords: Int64
    /// Commits that were removed: expired or deleted.
    package var removals: Int64

    package init(
        name: TopicName, commits: Int64 = 0, lastCommit: WallTime? = nil, metadataBytes: Int64 = 0,
        resetsBackward: Int64 = 0, rewoundRecords: Int64 = 0, resetsForward: Int64 = 0,
        skippedRecords: Int64 = 0, removals: Int64 = 0
    ) {
        self.name = name
        self.commits = commits
        self.lastCommit = lastCommit
        self.metadataBytes = metadataBytes
        self.resetsBackward = resetsBackward
        self.rewoundRecords = rewoundRecords
        self.resetsForward = resetsForward
        self.skippedRecords = skippedRecords
        self.removals = removals
    }
}

/// Why a generation or epoch was begun, as far as records tell; raw values are the `cause` label.
package enum RebalanceCause: String, CaseIterable, Hashable, Sendable {
    case memberJoined = "member_joined"
    /// A member left, or its session ended: for dynamic members records do not tell these apart.
    case memberLeft = "member_left"
    /// A static member is gone; a consumer with `group.instance.id` never leaves, so its session ended.
    case memberTimedOut = "member_timed_out"
    /// Some joined and some left within one step.
    case membersReplaced = "members_replaced"
    /// The same members want other topics than before.
    case subscriptionChanged = "subscription_changed"
    /// The same members and topics, and other partitions: some were added, or a topic came or went.
    case topicChanged = "topic_changed"
    /// The second step of a cooperative rebalance: what was given up in the first is handed out.
    case cooperativeFollowUp = "cooperative_follow_up"
    /// A static member came back within its session under a new member id: no step, counted for itself.
    case staticMemberReturned = "static_member_returned"
    /// Enforced by a client, steps that left no record, or nothing that shows.
    case unknown
}
