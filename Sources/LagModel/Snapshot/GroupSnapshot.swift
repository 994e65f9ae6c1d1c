package import ClusterAccess

/// One consumer group in one snapshot.
///
/// What could not be read is `nil`, and ``unavailable`` says why; counters keep what was counted so far.
package struct GroupSnapshot: Sendable {
    package var granularity: Granularity
    /// Why this group has no lag in this snapshot: its commits could not be read, or there are none.
    package var unavailable: ClusterError.Reason?
    package var type: GroupType?
    package var coordinator: BrokerID?
    /// `nil` when no coordinator told it in this round.
    package var state: GroupState?
    /// When that state began, as far as it was watched; ``ClusterSnapshot/timeInState(of:)`` follows from it.
    package var stateBegan: StateBeginning?
    /// Committed partitions with lag that no member owns, while the group has members.
    package var unassignedPartitions: Int?
    /// Rebalances counted since the group was first seen.
    package var rebalances: RebalanceCount
    /// Generation id or epoch; `nil` where the offsets topic is not read for this group.
    package var generation: Int32?
    /// Whether members are on their way from one assignment to the next; `nil` where the state is unknown.
    package var isRebalancing: Bool?
    /// When the coordinator was asked for commits and members, where that was in an earlier round.
    ///
    /// Lag then errs high by what was read since; counters, growth and verdicts are as of that reading.
    package var commitsRead: Moment? = nil
    /// Topics with commits, ascending by name; while commits are unavailable those seen before, with their
    /// counters and no partitions.
    package var topics: [GroupTopicSnapshot]
    /// Sums over all topics; `nil` while commits are unavailable.
    package var totals: LagTotals?
    /// Growth of the whole group's lag in records per second over the configured window.
    package var lagGrowth: Double?
    /// Age of the oldest unread record of all topics; `nil` while it is unknown for any partition.
    ///
    /// As of ``agesTold``, as are the ages and loss margins of topics and ``findings``.
    package var lagAge: LagAge? = nil
    /// When what depends on time was told; `nil` where there is neither lag nor a finding.
    ///
    /// While nothing happens to the group it is not told anew: ``aged(to:)`` brings it to another moment.
    package var agesTold: WallTime? = nil
    /// What happens if everything goes on like this; `nil` before the outlook was taken.
    package var outlook: GroupOutlook? = nil
    /// What a person should know of the group, the most severe first; empty for a healthy one.
    package var findings: [Finding] = []
    /// Nothing finer is exported, because of the limit of series; `partition` where that takes nothing away.
    package var fold = ExportLevel.partition
    /// Series that this leaves out.
    package var foldedSeries = SeriesCounts()

    private var lasting: Shared<Lasting>

    package init(
        id: GroupID, granularity: Granularity = .partition, unavailable: ClusterError.Reason? = nil,
        type: GroupType? = nil, protocolType: String = "", assignor: String = "",
        coordinator: BrokerID? = nil,
        state: GroupState? = nil, stateBegan: StateBeginning? = nil, members: MemberSummary? = nil,
        unassignedPartitions: Int? = nil, rebalances: RebalanceCount = .observed(0),
        generation: Int32? = nil, rebalanceHistory: RebalanceHistory? = nil, isRebalancing: Bool? = nil,
        topics: [GroupTopicSnapshot] = [],
        totals: LagTotals? = nil, lagGrowth: Double? = nil
    ) {
        self.granularity = granularity
        self.unavailable = unavailable
        self.type = type
        self.coordinator = coordinator
        self.state = state
        self.stateBegan = stateBegan
        self.unassignedPartitions = unassignedPartitions
        self.rebalances = rebalances
        self.generation = generation
        self.isRebalancing = isRebalancing
        self.topics = topics
        self.totals = totals
        self.lagGrowth = lagGrowth
        lasting = Shared(
            Lasting(
                id: id, protocolType: protocolType, assignor: assignor, members: members,
                rebalanceHistory: rebalanceHistory))
    }
}

extension GroupSnapshot {
    /// What stays from round to round in most groups, in storage of its own.
    ///
    /// Every round makes a snapshot anew of each group to which something happened; they share it as a whole.
    private struct Lasting: Hashable, Sendable {
        var id: GroupID
        var protocolType: String
        var assignor: String
        var members: MemberSummary?
        var rebalanceHistory: RebalanceHistory?
        var evaluation: GroupEvaluation?
    }

    package var id: GroupID {
        get { lasting.value.id }
        set { lasting.value.id = newValue }
    }

    /// As Kafka spells it: `consumer`, or empty for a simple group.
    package var protocolType: String {
        get { lasting.value.protocolType }
        set { lasting.value.protocolType = newValue }
    }

    package var assignor: String {
        get { lasting.value.assignor }
        set { lasting.value.assignor = newValue }
    }

    package var members: MemberSummary? {
        get { lasting.value.members }
        set { lasting.value.members = newValue }
    }

    /// Why there were rebalances and how long they took; `nil` where the offsets topic is not read for this
    /// group.
    package var rebalanceHistory: RebalanceHistory? {
        get { lasting.value.rebalanceHistory }
        set { lasting.value.rebalanceHistory = newValue }
    }

    /// What Burrow's rules say of the group; `nil` while its commits are unavailable.
    package var evaluation: GroupEvaluation? {
        get { lasting.value.evaluation }
        set { lasting.value.evaluation = newValue }
    }
}

/// A group's rebalances and how well they are known.
package enum RebalanceCount: Hashable, Sendable {
    /// From generations and epochs in the offsets topic.
    case exact(Int64)
    /// Those that rounds came across: a lower bound.
    case observed(Int64)

    package var count: Int64 {
        switch self {
        case .exact(let count), .observed(let count): count
        }
    }

    /// The `source` label: where the count comes from.
    package var source: String { isExact ? "offsets" : "observed" }

    package var isExact: Bool {
        switch self {
        case .exact: true
        case .observed: false
        }
    }
}

/// What the offsets topic says of a group's rebalances.
package struct RebalanceHistory: Hashable, Sendable {
    package var causes: [RebalanceCause: Int64]
    package var durations: DurationHistogram

    package init(causes: [RebalanceCause: Int64], durations: DurationHistogram) {
        self.causes = causes
        self.durations = durations
    }
}

/// Members of a group and how its partitions are spread over them.
package struct MemberSummary: Hashable, Sendable {
    /// Ascending by member id.
    package var members: [GroupMember]
    /// Members without a partition; `nil` where it is not known what some member owns.
    package var idleCount: Int?
    /// Most partitions on one member; `nil` without members, and where it is not known what some member owns.
    package var partitionsMax: Int?
    package var partitionsMin: Int?

    package init(members: [GroupMember]) {
        // As they are where they are in order, so that they are kept once.
        let isSorted = zip(members, members.dropFirst()).allSatisfy { $0.memberID <= $1.memberID }
        self.members = isSorted ? members : members.sorted { $0.memberID < $1.memberID }
        let spread = members.compactMap(\.partitionCount)
        guard spread.count == members.count else { return }
        idleCount = spread.count { $0 == 0 }
        partitionsMax = spread.max()
        partitionsMin = spread.min()
    }
}

/// Sums and maxima of lag over some partitions with commits.
package struct LagTotals: Hashable, Sendable {
    /// Partitions with a commit.
    package var partitions = 0
    /// Those of them without a lag in this snapshot; sums and maxima are absent unless it is 0.
    package var unknownPartitions = 0
    /// `nil` when any partition is unknown or there is none.
    package var lag: Int64?
    package var lagMax: Int64?
    /// `nil` also where last stable offsets were not asked for.
    package var stableLag: Int64?

    package init() {}

    package init(
        partitions: Int, unknownPartitions: Int, lag: Int64?, lagMax: Int64?, stableLag: Int64? = nil
    ) {
        self.partitions = partitions
        self.unknownPartitions = unknownPartitions
        self.lag = lag
        self.lagMax = lagMax
        self.stableLag = stableLag
    }

    /// Mean lag of a partition in records; for people, not for arithmetic.
    package var lagMean: Double? {
        guard let lag, partitions > 0 else { return nil }
        return Double(lag) / Double(partitions)
    }

    /// Counts partitions that have a commit which could not be read.
    package mutating func addUnknown(_ count: Int) {
        guard count > 0 else { return }
        self = LagTotals(
            partitions: partitions + count, unknownPartitions: unknownPartitions + count, lag: nil,
            lagMax: nil)
    }

    /// Totals of totals: known only where both are known.
    package init(summing parts: some Sequence<LagTotals>) {
        var sum: Int64 = 0
        var stableSum: Int64? = 0
        var maximum: Int64?
        for part in parts {
            partitions += part.partitions
            unknownPartitions += part.unknownPartitions
            if let lag = part.lag { sum = sum.saturatingAdd(lag) }
            if let lagMax = part.lagMax { maximum = max(maximum ?? lagMax, lagMax) }
            stableSum = part.stableLag.flatMap { lag in stableSum?.saturatingAdd(lag) }
        }
        guard partitions > 0, unknownPartitions == 0 else { return }
        lag = sum
        lagMax = maximum
        stableLag = stableSum
    }
}
