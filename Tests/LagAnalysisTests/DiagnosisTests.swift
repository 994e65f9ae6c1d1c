import ClusterAccess
import LagAnalysis
import LagModel
import Testing

/// Rules about lag, by what each of them says of a group.
@Suite struct LagRuleTests {
    @Test func `nothing is said of a healthy group`() {
        let topic = Script.topic(committed: [98, 99], end: [100, 100])
        let members = [Script.member("a", 0), Script.member("b", 1)]
        let context = Script.context(Script.group([topic], members: members), ends: [100, 100]) {
            $0.group.outlook = GroupOutlook(catchUp: .seconds(1), isCatchUpImpossible: false)
            $0.lagAge = .seconds(3)
            $0.cluster.offsetsRetention = .seconds(604_800)
            $0.commitWaits = ["t": .seconds(5)]
            $0.recentRebalances = 2
        }
        #expect(context.verdicts == [])
    }

    @Test func `nothing is said where nothing is known`() {
        var group = GroupSnapshot(id: "g", unavailable: .groupUnauthorized)
        #expect(Script.context(group).verdicts == [])
        group.unavailable = .noCommits
        #expect(Script.context(group).verdicts == [])
    }

    @Test(
        arguments: [
            (10_000, nil, nil, nil), (10_001, nil, nil, "high_lag/warning"),
            (10_001, nil, true, "high_lag/critical"), (5, 600, nil, nil), (5, 601, nil, "high_lag/warning"),
            (0, 601, nil, nil),
        ] as [(Int64, Int?, Bool?, String?)])
    func `high lag`(lag: Int64, age: Int?, isImpossible: Bool?, verdict: String?) {
        let topic = Script.topic(committed: [0, 0], end: [lag / 2, lag - lag / 2])
        let context = Script.context(Script.group([topic]), ends: [lag / 2, lag - lag / 2]) {
            $0.lagAge = age.map { .seconds($0) }
            $0.group.outlook = GroupOutlook(isCatchUpImpossible: isImpossible)
        }
        #expect(context.verdicts.first { $0.hasPrefix("high_lag") } == verdict)
    }

    @Test(
        arguments: [
            (1_000, 5.0, true, true), (999, 5.0, true, false), (1_000, 0.0, true, true),
            (1_000, 5.0, false, false), (1_000, 5.0, nil, false), (1_000, nil, true, false),
        ] as [(Int64, Double?, Bool?, Bool)])
    func `growing lag`(lag: Int64, growth: Double?, isImpossible: Bool?, isFound: Bool) {
        var group = Script.group([Script.topic(committed: [0], end: [lag])])
        group.lagGrowth = growth
        group.outlook = GroupOutlook(isCatchUpImpossible: isImpossible)
        let context = Script.context(group, ends: [lag])
        #expect(context.verdicts.contains("growing_lag/warning") == isFound)
    }

    @Test(
        arguments: [
            ([1_000, 250], 0), ([1_000, 251], nil), ([999, 0], nil), ([3, 5_000, 7], 1), ([5_000], nil),
        ] as [([Int64], Int32?)])
    func `a hot partition`(lags: [Int64], partition: Int32?) {
        let topic = Script.topic(committed: lags.map { _ in 0 }, end: lags)
        let members = [Script.member("a", 0), Script.member("b", 1, 2)]
        let found = Script.context(Script.group([topic], members: members), ends: lags).finding(.hotPartition)
        #expect(found?.partition == partition)
        #expect(found?.topic == partition.map { _ in "t" })
        #expect(found?.member == partition.map { $0 == 0 ? "a" : "b" })
    }

    @Test func `standing partitions, the worst named`() throws {
        let topic = Script.topic(committed: [0, 0, 0], end: [5, 9, 7])
        let context = Script.context(Script.group([topic]), ends: [5, 9, 7]) {
            $0.standing = ["t": .init(stopped: [0, 1], stalled: [2])]
        }
        #expect(context.verdicts == ["stopped_partition/critical", "stalled_partition/critical"])
        let stopped = try #require(context.finding(.stoppedPartition))
        #expect(stopped.partition == 1)
        #expect(
            stopped.summary
                == "Partition 1 and 1 more of t is not committed on any more, with 9 records to read.")
        #expect(context.finding(.stalledPartition)?.partition == 2)
        #expect(Script.context(Script.group([topic]), ends: [5, 9, 7]).verdicts == [])
        let empty = Script.context(Script.group([topic], state: .empty, members: []), ends: [5, 9, 7]) {
            $0.standing = context.standing
        }
        #expect(empty.verdicts == ["no_active_members/info"], "nobody is there to commit")
        let simple = Script.context(Script.group([topic], type: .simple, state: .empty), ends: [5, 9, 7]) {
            $0.standing = context.standing
        }
        #expect(simple.verdicts.count == 2)
    }
}

/// Rules about members and rebalances.
@Suite struct MemberRuleTests {
    @Test(arguments: [(5, false), (6, true)] as [(Int64, Bool)])
    func `frequent rebalances`(count: Int64, isFound: Bool) {
        let topic = Script.topic(committed: [1], end: [1])
        let context = Script.context(Script.group([topic])) { $0.recentRebalances = count }
        #expect(context.verdicts == (isFound ? ["frequent_rebalances/warning"] : []))
    }

    @Test func `frequent rebalances name their cause and how well they are counted`() throws {
        var group = Script.group([])
        group.rebalances = .exact(40)
        group.rebalanceHistory = RebalanceHistory(
            causes: [.memberJoined: 3, .memberLeft: 30],
            durations: DurationHistogram(bounds: DurationHistogram.rebalanceBounds))
        let exact = try #require(
            Script.context(group) { $0.recentRebalances = 12 }.finding(.frequentRebalances))
        #expect(
            exact.summary
                == "12 rebalances in 10 min; the most frequent cause since the exporter started is "
                + "member_left."
        )
        let observed = try #require(
            Script.context(Script.group([])) { $0.recentRebalances = 12 }.finding(.frequentRebalances))
        #expect(observed.summary == "At least 12 rebalances in 10 min.")
    }

    @Test(
        arguments: [
            (nil, nil, false), (300, nil, false), (301, nil, true), (301, 400, false), (401, 400, true),
            (31, 30, true),
        ] as [(Int?, Int?, Bool)])
    func `a rebalance that does not end`(lasting: Int?, allowed: Int?, isFound: Bool) {
        var member = Script.member("a", 0)
        member.rebalanceTimeout = allowed.map { .seconds($0) }
        let group = Script.group([], state: .preparingRebalance, members: [member])
        let context = Script.context(group) { $0.rebalancingFor = lasting.map { .seconds($0) } }
        #expect(context.verdicts == (isFound ? ["endless_rebalance/critical"] : []))
    }

    @Test(
        arguments: [
            (GroupType.classic, GroupState.empty, 10, 60, "info"), (.classic, .empty, 10, 61, "warning"),
            (.consumer, .empty, 10_001, 61, "critical"), (.classic, .empty, 0, 61, nil),
            (.simple, .empty, 10, 61, nil), (.classic, .stable, 10, 61, nil),
        ] as [(GroupType, GroupState, Int64, Int, String?)])
    func `no active members`(type: GroupType, state: GroupState, lag: Int64, seconds: Int, severity: String?)
    {
        var group = Script.group(
            [Script.topic(committed: [0], end: [lag])], type: type, state: state, members: [])
        group.stateBegan = .told(Script.ago(Int64(seconds)))
        let verdicts = Script.context(group, ends: [lag]).verdicts.filter { $0.hasPrefix("no_active") }
        #expect(verdicts == (severity.map { ["no_active_members/\($0)"] } ?? []))
    }

    @Test func `members that own nothing`() throws {
        let topic = Script.topic(committed: [1], end: [1])
        let members = [Script.member("a", 0), Script.member("b"), Script.member("c")]
        let context = Script.context(Script.group([topic], members: members), ends: [1])
        #expect(context.verdicts == ["idle_members/info"])
        let finding = try #require(context.finding(.idleMembers))
        #expect(finding.member == "b")
        #expect(finding.summary == "2 of 3 members without a partition, with 1 partition to share.")
        var rebalancing = Script.group([topic], state: .completingRebalance, members: members)
        rebalancing.isRebalancing = true
        #expect(Script.context(rebalancing, ends: [1]).verdicts == [])
        let nobody = Script.group([topic], members: [Script.member("a"), Script.member("b")])
        #expect(Script.context(nobody, ends: [1]).verdicts == [], "nothing was handed out yet")
    }

    @Test func `enough partitions and a member without one is another matter`() throws {
        let members = [Script.member("a", 0, 1, 2), Script.member("b")]
        let finding = try #require(Script.context(Script.group([], members: members)).finding(.idleMembers))
        #expect(finding.suggestions.first?.tradeOff.contains("subscribe") == true)
    }

    @Test(
        arguments: [
            ([2, 4], true), ([1, 3], true), ([1, 2], false), ([3, 4], false), ([3, 5], false),
            ([0, 4], false),
        ] as [([Int32], Bool)])
    func `uneven assignment`(counts: [Int32], isFound: Bool) {
        let members = counts.enumerated().map { index, count in
            GroupMember(
                memberID: "\(index)",
                assignment: [
                    TopicPartitions(topic: "t", partitions: (0..<count).map { PartitionID($0) })
                ])
        }
        let context = Script.context(Script.group([], members: members))
        #expect((context.finding(.unevenAssignment) != nil) == isFound)
    }
}

/// Rules about commits and what becomes of them.
@Suite struct CommitRuleTests {
    @Test(arguments: [(59, false), (60, true)])
    func `rare commits`(wait: Int, isFound: Bool) {
        let context = Script.context(Script.group([Script.topic(committed: [1], end: [1])])) {
            $0.commitWaits = ["t": .seconds(wait)]
        }
        #expect(context.verdicts == (isFound ? ["rare_commits/info"] : []))
    }

    /// Kind, state, seconds in that state, seconds since the commit, whether a member reads the topic.
    @Test(
        arguments: [
            (GroupType.classic, GroupState.empty, 600_000, 1, false, "critical"),
            (.classic, .empty, 530_000, 1, false, "warning"),
            (.classic, .empty, 518_400, 1, false, "warning"),
            (.classic, .empty, 518_399, 604_799, false, nil), (.classic, .empty, nil, 600_000, false, nil),
            (.simple, .empty, 1, 600_000, false, "critical"), (.simple, .empty, 600_000, nil, false, nil),
            (.consumer, .empty, 1, 600_000, false, "critical"),
            (.consumer, .stable, 600_000, 600_000, true, nil),
            (.consumer, .stable, 1, 600_000, false, "critical"),
            (.classic, .stable, 1, 600_000, false, "critical"),
            (.classic, .stable, 1, 600_000, true, nil),
            (.classic, .preparingRebalance, 1, 600_000, false, nil),
            (.streams, .stable, 1, 600_000, false, nil),
        ] as [(GroupType, GroupState, Int?, Int64?, Bool, String?)])
    func `offsets about to expire`(
        type: GroupType, state: GroupState, inState: Int?, sinceCommit: Int64?, isRead: Bool,
        severity: String?
    ) {
        var topic = Script.topic(committed: [1], end: [1])
        topic.lastCommit = sinceCommit.map(Script.ago)
        let isEmpty = state == .empty
        let member = isRead ? Script.member("a", 0) : GroupMember(memberID: "a")
        var group = Script.group([topic], type: type, state: state, members: isEmpty ? [] : [member])
        group.stateBegan = inState.map { .told(Script.ago(Int64($0))) }
        let context = Script.context(group, ends: [1]) { $0.cluster.offsetsRetention = .seconds(604_800) }
        let found = context.finding(.offsetsExpiring)
        #expect(found?.severity.rawValue == severity)
        #expect(Script.context(group, ends: [1]).finding(.offsetsExpiring) == nil, "retention unknown")
    }

    @Test func `records lost, standing and recent`() throws {
        let topic = Script.topic(committed: [3, 20], end: [100, 100], start: 10)
        let standing = Script.context(Script.group([topic]), ends: [100, 100], start: 10)
        let finding = try #require(standing.finding(.recordsLost))
        #expect(finding.severity == .critical && finding.partition == 0)
        #expect(finding.summary == "7 records of t were deleted before the group had read that far.")
        let over = Script.topic(committed: [20], end: [100], start: 10)
        let recent = Script.context(Script.group([over]), ends: [100], start: 10) {
            $0.recentlyLost = ["t": 1]
        }
        #expect(
            recent.finding(.recordsLost)?.summary
                == "1 record of t was deleted before the group had read that far.")
        #expect(Script.context(Script.group([over]), ends: [100], start: 10).finding(.recordsLost) == nil)
    }

    @Test(
        arguments: [
            (3_600, nil, "warning"), (3_601, nil, nil), (900, nil, "critical"), (0, nil, "critical"),
            (3_600, 1_800, nil), (3_600, 1_801, "warning"), (nil, nil, nil),
        ] as [(Int?, Int?, String?)])
    func `loss is near`(margin: Int?, catchUp: Int?, severity: String?) {
        var topic = Script.topic(committed: [0], end: [100])
        topic.lossMargin = margin.map { .seconds($0) }
        var group = Script.group([topic])
        group.outlook = GroupOutlook(catchUp: catchUp.map { .seconds($0) })
        #expect(Script.context(group, ends: [100]).finding(.lossImminent)?.severity.rawValue == severity)
    }

    @Test func `advice on loss follows what limits the topic`() {
        var topic = Script.topic(committed: [0], end: [100])
        topic.lossMargin = .zero
        func settings(_ retention: TopicRetention?) -> [String?] {
            let context = Script.context(Script.group([topic]), ends: [100]) {
                $0.cluster.topics[0].retention = retention
            }
            return context.finding(.lossImminent)?.suggestions.map(\.setting).filter {
                $0?.hasPrefix("retention") == true
            } ?? []
        }
        #expect(settings(TopicRetention(time: .seconds(1))) == ["retention.ms"])
        #expect(settings(TopicRetention(bytes: 1)) == ["retention.bytes"])
        #expect(settings(nil) == ["retention.ms", "retention.bytes"])
    }

    @Test func `a commit ahead of the log`() {
        var topic = Script.topic(committed: [5, 9], end: [5, 7])
        #expect(Script.context(Script.group([topic]), ends: [5, 7]).verdicts == [])
        topic.ahead = [1]
        let context = Script.context(Script.group([topic]), ends: [5, 7])
        #expect(context.verdicts == ["commit_ahead/warning"])
        #expect(context.finding(.commitAhead)?.partition == 1)
    }
}

/// Rules about the cluster.
@Suite struct ClusterRuleTests {
    @Test(arguments: ClusterError.Reason.allCases)
    func `the coordinator is away`(reason: ClusterError.Reason) {
        let expected: Set<ClusterError.Reason> = [
            .timedOut, .brokerUnavailable, .notCoordinator, .coordinatorLoading, .coordinatorUnavailable,
        ]
        let context = Script.context(GroupSnapshot(id: "g", unavailable: reason))
        #expect(
            context.verdicts == (expected.contains(reason) ? ["coordinator_unavailable/critical"] : []))
    }

    @Test func `the group's own partition of the offsets topic counts`() throws {
        let partition = try #require(CoordinatorPartition.of("g", count: 50)).rawValue
        let group = Script.group([Script.topic(committed: [1], end: [1])])
        func verdicts(_ partitions: [Int32]) -> [String] {
            Script.context(group, ends: [1]) {
                $0.cluster.offsetsTopicReplication = OffsetsTopicReplication(
                    partitionCount: 50, underReplicated: partitions)
            }.verdicts
        }
        #expect(verdicts([partition]) == ["offsets_topic_under_replicated/warning"])
        #expect(verdicts([(partition + 1) % 50]) == [])
    }

    @Test func `a topic is missing`() {
        let here = Script.topic(committed: [1], end: [1])
        let gone = Script.topic("gone", index: nil, committed: [1], end: [1])
        #expect(Script.context(Script.group([here]), ends: [1]).verdicts == [])
        let context = Script.context(Script.group([gone, here]), ends: [1])
        #expect(context.verdicts == ["topic_missing/warning"])
        #expect(context.finding(.topicMissing)?.topic == "gone")
    }
}
