import ClusterAccess
import Demo
import LagModel
import Testing

/// The table and its words.
@Suite struct FirstLookTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var group: GroupSnapshot
        var pace: Double = 100
        var expected: String { testDescription }
    }

    private static func group(
        lag: Int64? = 50, lagMax: Int64? = nil, growth: Double? = 0, lost: Int64 = 0, members: Int = 2,
        idle: Bool = false, rebalances: Int64 = 0, unavailable: ClusterError.Reason? = nil
    ) -> GroupSnapshot {
        var counters = ConsumptionCounters()
        counters.lost = lost
        let totals = LagTotals(
            partitions: 4, unknownPartitions: lag == nil ? 1 : 0, lag: lag,
            lagMax: lagMax ?? lag.map { $0 / 4 })
        let assignment = [TopicPartitions(topic: "t", partitions: [PartitionID(0)])]
        return GroupSnapshot(
            id: "g", unavailable: unavailable, state: .stable,
            members: MemberSummary(
                members: (0..<members).map {
                    GroupMember(memberID: "m\($0)", assignment: idle && $0 == 0 ? [] : assignment)
                }),
            rebalances: .observed(rebalances),
            topics: [
                GroupTopicSnapshot(
                    name: "t", topicIndex: nil, partitions: [], committed: [], totals: totals,
                    counters: counters)
            ], totals: totals, lagGrowth: growth)
    }

    static let cases = [
        Case(testDescription: "keeps up", group: group()),
        Case(testDescription: "keeps up", group: group(growth: 14)),
        Case(testDescription: "falls behind", group: group(growth: 16)),
        Case(testDescription: "catches up", group: group(growth: -80)),
        Case(testDescription: "falls behind", group: group(growth: 2), pace: 0),
        Case(
            testDescription: "one partition is stuck, the others keep up",
            group: group(lag: 100, lagMax: 90, growth: 25)),
        Case(testDescription: "loses records: deleted before it read them", group: group(lost: 1)),
        Case(testDescription: "stopped: nobody reads what waits", group: group(members: 0)),
        Case(testDescription: "stopped", group: group(lag: 0, members: 0)),
        Case(testDescription: "keeps up, 1 of 2 members idle", group: group(idle: true)),
        Case(testDescription: "rebalances: 3 times since the start", group: group(rebalances: 3)),
        Case(testDescription: "has committed nothing yet", group: group(unavailable: .noCommits)),
        Case(
            testDescription: "unreadable: group_unauthorized", group: group(unavailable: .groupUnauthorized)),
        Case(testDescription: "some partitions are unknown", group: group(lag: nil)),
    ]

    @Test(arguments: cases) func storiesFollowFromNumbers(_ testCase: Case) {
        #expect(FirstLook.story(of: testCase.group, pace: testCase.pace) == testCase.expected)
    }

    @Test func columnsAreAligned() {
        let moment = Moment(
            wall: WallTime(nanosecondsSince1970: 0), monotonic: MonotonicTime(sinceOrigin: .zero))
        let snapshot = ClusterSnapshot(
            cluster: "c", round: 1, endOffsetsRead: moment, groups: [Self.group(lag: 1_234, growth: -2.25)])
        let expected = """
            GROUP  STATE   MEMBERS   LAG  GROWTH/S  LOST  WHAT IS GOING ON
            g      Stable        2  1234      -2.3     0  catches up
            """
        #expect(FirstLook.table(of: snapshot, since: snapshot) == expected)
    }
}
