package import ClusterAccess

/// What one round read from one cluster, before it is compared with earlier rounds.
package struct RoundFacts: Sendable {
    /// Number of the round, from 1.
    package var round: Int64
    /// When the end offsets were read; commits were read before.
    package var endOffsetsRead: Moment
    package var clusterID: String?
    package var controller: BrokerID?
    /// Ascending by id.
    package var brokers: [ClusterSnapshot.BrokerStatus]
    /// Ascending by name.
    package var topics: [TopicFacts]
    /// Ascending by id; a group that is missing here is gone, and its ledger with it.
    package var groups: [GroupFacts]
    package var unavailable: [ClusterSnapshot.Unavailable: Int]
    /// `nil` where the offsets topic is not asked for.
    package var offsetsTopic: OffsetsTopicStatus?
    /// Where commits come from as things are.
    package var source: CommitSource
    /// Which groups' coordinators were asked.
    package var requestPlan: RequestPlanStatus? = nil
    /// What is known of how these facts differ from those before them; `nil` where they have to be compared.
    package var news: FactsNews? = nil

    package init(
        round: Int64, endOffsetsRead: Moment, clusterID: String? = nil, controller: BrokerID? = nil,
        brokers: [ClusterSnapshot.BrokerStatus] = [], topics: [TopicFacts] = [], groups: [GroupFacts] = [],
        unavailable: [ClusterSnapshot.Unavailable: Int] = [:], offsetsTopic: OffsetsTopicStatus? = nil,
        source: CommitSource = .admin
    ) {
        self.round = round
        self.endOffsetsRead = endOffsetsRead
        self.clusterID = clusterID
        self.controller = controller
        self.brokers = brokers
        self.topics = topics
        self.groups = groups
        self.unavailable = unavailable
        self.offsetsTopic = offsetsTopic
        self.source = source
    }
}

/// Which facts may be others than those of the round before, as who keeps them knows without a comparison.
package struct FactsNews: Hashable, Sendable {
    /// Counts the rounds of facts; the round before is the one with the number before.
    package var round: Int64
    /// Ascending places of groups of which something may be new; `nil` where groups have come or gone.
    ///
    /// All others are as they were, in the same places.
    package var groups: [Int32]?

    package init(round: Int64, groups: [Int32]?) {
        self.round = round
        self.groups = groups
    }
}

/// One topic's log as read in one round, in columns by partition of equal length.
package struct TopicFacts: Hashable, Sendable {
    package var name: TopicName
    /// Leader of each partition, or -1 while there is none.
    package var leaders: [Int32]
    package var logStart: OffsetColumn
    package var highWatermark: OffsetColumn
    /// `nil` where it was not asked for.
    package var lastStable: OffsetColumn?

    package init(
        name: TopicName, leaders: [Int32], logStart: OffsetColumn, highWatermark: OffsetColumn,
        lastStable: OffsetColumn? = nil
    ) {
        self.name = name
        self.leaders = leaders
        self.logStart = logStart
        self.highWatermark = highWatermark
        self.lastStable = lastStable
    }
}

/// One group as read in one round.
package struct GroupFacts: Hashable, Sendable {
    package var id: GroupID
    package var granularity: Granularity
    package var type: GroupType?
    package var protocolType: String
    package var assignor: String
    package var coordinator: BrokerID?
    /// `nil` when no coordinator told it in this round.
    package var state: GroupState?
    /// `nil` when members are unknown.
    package var members: [GroupMember]?
    package var commits: Commits
    /// Whether the group's lag to the last stable offsets is asked for; others may share its topics.
    package var wantsStableLag: Bool
    /// What the offsets topic says of the group; `nil` while it is not read for this group.
    package var activity: GroupActivity?
    /// When the coordinator was asked for commits and members, where that was in an earlier round.
    package var commitsRead: Moment?

    package init(
        id: GroupID, granularity: Granularity = .partition, type: GroupType? = nil, protocolType: String = "",
        assignor: String = "", coordinator: BrokerID? = nil, state: GroupState? = nil,
        members: [GroupMember]? = nil, commits: Commits, wantsStableLag: Bool = true,
        activity: GroupActivity? = nil
    ) {
        self.id = id
        self.granularity = granularity
        self.type = type
        self.protocolType = protocolType
        self.assignor = assignor
        self.coordinator = coordinator
        self.state = state
        self.members = members
        self.commits = commits
        self.wantsStableLag = wantsStableLag
        self.activity = activity
    }

    /// The group's commits, or why there are none to be had.
    package enum Commits: Hashable, Sendable {
        case read(CommittedOffsets)
        case unavailable(ClusterError.Reason)
    }
}
