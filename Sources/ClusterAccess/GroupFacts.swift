/// State of a group as its coordinator calls it; raw values are Kafka's own spelling.
package enum GroupState: String, CaseIterable, Hashable, Sendable {
    case stable = "Stable"
    case empty = "Empty"
    case preparingRebalance = "PreparingRebalance"
    case completingRebalance = "CompletingRebalance"
    case assigning = "Assigning"
    case reconciling = "Reconciling"
    case notReady = "NotReady"
    case dead = "Dead"
    case unknown = "Unknown"

    /// Whether the group is on its way from one assignment to the next.
    package var isRebalancing: Bool {
        switch self {
        case .preparingRebalance, .completingRebalance, .assigning, .reconciling: true
        case .stable, .empty, .notReady, .dead, .unknown: false
        }
    }
}

/// Kind of a group; raw values are the `type` label of `kafka_consumer_group_info`.
package enum GroupType: String, Hashable, Sendable {
    case classic, consumer, share, streams, simple
}

/// One line of a ListGroups answer.
package struct GroupListing: Hashable, Sendable {
    package var group: GroupID
    package var state: GroupState
    /// Nothing but commits: no protocol type, no members known to the coordinator.
    package var isSimple: Bool
    /// Known from librdkafka 2.6 on; `nil` before.
    package var type: GroupType?

    package init(group: GroupID, state: GroupState, isSimple: Bool = false, type: GroupType? = nil) {
        self.group = group
        self.state = state
        self.isSimple = isSimple
        self.type = type
    }
}

/// What one broker answers to ListGroups; a group that is missing here is not thereby gone.
package struct GroupListingReply: Hashable, Sendable {
    package var groups: [GroupListing]
    /// Set when the broker cannot list all of its groups now, for instance while it loads them.
    package var partialError: ClusterError?

    package init(groups: [GroupListing], partialError: ClusterError? = nil) {
        self.groups = groups
        self.partialError = partialError
    }
}

/// What the coordinator knows of one group's members.
package struct GroupDescription: Hashable, Sendable {
    package var group: GroupID
    /// Meaningless for KIP-848, share and streams groups on librdkafka before 2.10, which says Dead: the
    /// listing's state wins.
    package var state: GroupState
    package var assignor: String
    package var members: [GroupMember]
    package var type: GroupType?
    /// Set when this group could not be described; the other fields are then empty.
    package var error: ClusterError?

    package init(
        group: GroupID, state: GroupState, assignor: String = "", members: [GroupMember] = [],
        type: GroupType? = nil, error: ClusterError? = nil
    ) {
        self.group = group
        self.state = state
        self.assignor = assignor
        self.members = members
        self.type = type
        self.error = error
    }
}

/// One member of a group and what it was given.
package struct GroupMember: Hashable, Sendable {
    /// Given by the coordinator; changes when the client restarts.
    package var memberID: String
    package var clientID: String
    package var host: String
    /// `group.instance.id` of a static member.
    package var instanceID: String?
    package var assignment: [TopicPartitions]
    /// Whether anybody tells what the member owns; not so for Kafka Connect's and share groups' members.
    package var isAssignmentKnown: Bool
    /// Partitions owned beside ``assignment`` of topics known by their id only, not by name.
    package var unnamedPartitions: Int
    /// KIP-848 only: what the member is to own when reconciled.
    package var targetAssignment: [TopicPartitions]?
    /// The same beside ``targetAssignment``.
    package var unnamedTargetPartitions: Int
    /// KIP-848 only: the epoch that the member has reached.
    package var epoch: Int32?
    /// What the member owns is not yet its target (KIP-848).
    package var isReconciling: Bool
    /// After so long without a heartbeat the member is thrown out; from the offsets topic only.
    package var sessionTimeout: Duration?
    /// So long the member may take to rejoin or to give partitions back; from the offsets topic only.
    package var rebalanceTimeout: Duration?

    package init(
        memberID: String, clientID: String = "", host: String = "", instanceID: String? = nil,
        assignment: [TopicPartitions] = [], isAssignmentKnown: Bool = true, unnamedPartitions: Int = 0,
        targetAssignment: [TopicPartitions]? = nil, unnamedTargetPartitions: Int = 0, epoch: Int32? = nil,
        isReconciling: Bool = false, sessionTimeout: Duration? = nil, rebalanceTimeout: Duration? = nil
    ) {
        self.memberID = memberID
        self.clientID = clientID
        self.host = host
        self.instanceID = instanceID
        self.assignment = assignment
        self.isAssignmentKnown = isAssignmentKnown
        self.unnamedPartitions = unnamedPartitions
        self.targetAssignment = targetAssignment
        self.unnamedTargetPartitions = unnamedTargetPartitions
        self.epoch = epoch
        self.isReconciling = isReconciling
        self.sessionTimeout = sessionTimeout
        self.rebalanceTimeout = rebalanceTimeout
    }

    /// Partitions that the member owns; `nil` where nobody tells.
    package var partitionCount: Int? {
        isAssignmentKnown ? assignment.reduce(unnamedPartitions) { $0 + $1.partitions.count } : nil
    }

    /// Whether the member has a target apart from what it owns, so that it can be on its way to it (KIP-848).
    package var hasTarget: Bool { targetAssignment != nil || epoch != nil }

    /// Partitions that the member is to own; `nil` where there is no target apart from what it owns.
    package var targetPartitionCount: Int? {
        targetAssignment?.reduce(unnamedTargetPartitions) { $0 + $1.partitions.count }
    }
}
