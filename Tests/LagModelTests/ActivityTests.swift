import ClusterAccess
import LagModel
import Testing

@Suite("What the offsets topic adds to a group")
struct ActivityTests {
    typealias Log = RoundScript.Log
    typealias Group = RoundScript.Group

    private static let log = Log(start: [0], end: [1_000])

    private static func activity(
        commits: Int64 = 0, back: (count: Int64, records: Int64) = (0, 0),
        forth: (count: Int64, records: Int64) = (0, 0), rebalances: Int64 = 0
    ) -> GroupActivity {
        GroupActivity(
            generation: 5, rebalances: rebalances, causes: [.memberJoined: rebalances], state: .stable,
            stateSince: WallTime(nanosecondsSince1970: 3_000_000_000),
            topics: [
                TopicActivity(
                    name: "t", commits: commits, lastCommit: WallTime(nanosecondsSince1970: 42),
                    metadataBytes: 7, resetsBackward: back.count, rewoundRecords: back.records,
                    resetsForward: forth.count, skippedRecords: forth.records, removals: 2)
            ])
    }

    @Test func countsAreTakenOverAsTheyAre() throws {
        var script = RoundScript()
        let snapshot = script.round(
            Self.log, Group(commits: [0: 10], activity: Self.activity(commits: 3, rebalances: 4)))
        let group = try #require(snapshot.onlyGroup)
        #expect(group.rebalances == .exact(4))
        #expect(group.generation == 5)
        #expect(group.rebalanceHistory?.causes == [.memberJoined: 4])
        #expect(group.topics.first?.commits == 3)
        #expect(group.topics.first?.commitMetadataBytes == 7)
        #expect(group.topics.first?.commitsRemoved == 2)
        #expect(group.topics.first?.lastCommit == WallTime(nanosecondsSince1970: 42))
        #expect(snapshot.timeInState(of: group) == .seconds(7))
    }

    @Test func withoutTheTopicExactNumbersAreAbsent() throws {
        var script = RoundScript()
        _ = script.round(Self.log, Group(commits: [0: 10], activity: Self.activity(commits: 3)))
        let group = try #require(script.round(Self.log, Group(commits: [0: 11])).onlyGroup)
        #expect(group.rebalances == .observed(0))
        #expect(group.generation == nil)
        #expect(group.rebalanceHistory == nil)
        #expect(group.topics.first?.commits == nil)
        #expect(group.topics.first?.commitMetadataBytes == nil)
    }

    @Test func aStateThatTheTopicDoesNotKnowIsTimedByRounds() throws {
        var script = RoundScript()
        let snapshot = script.round(
            Self.log, Group(commits: [0: 10], state: .preparingRebalance, activity: Self.activity()))
        let group = try #require(snapshot.onlyGroup)
        #expect(snapshot.timeInState(of: group) == .zero)
        #expect(group.isRebalancing == true)
    }

    @Test func resetsBetweenTwoRoundsAreCountedOneByOne() throws {
        var script = RoundScript()
        _ = script.round(Self.log, Group(commits: [0: 100], activity: Self.activity()))
        let snapshot = script.round(
            Self.log,
            Group(commits: [0: 150], activity: Self.activity(back: (3, 60), forth: (2, 30))))
        let counters = try #require(snapshot.onlyCounters)
        #expect(counters.resetsBackward == 3)
        #expect(counters.rewoundRecords == 60)
        #expect(counters.resetsForward == 2)
        #expect(counters.skippedRecords == 30)
        #expect(counters.consumed == 20)
    }

    @Test func aMoveThatTheTopicExplainsIsNotGuessedAtToo() throws {
        var script = RoundScript()
        let empty = Group(commits: [0: 100], state: .empty, members: [], activity: Self.activity())
        _ = script.round(Self.log, empty)
        _ = script.round(Self.log, empty)
        var moved = empty
        moved.commits = [0: 400]
        moved.activity = Self.activity(forth: (1, 300))
        let counters = try #require(script.round(Self.log, moved).onlyCounters)
        #expect(counters.resetsForward == 1)
        #expect(counters.skippedRecords == 300)
        #expect(counters.consumed == 0)
    }

    @Test func whatWasCountedBeforeTheTopicTookOverIsNotCountedAgain() throws {
        var script = RoundScript()
        _ = script.round(Self.log, Group(commits: [0: 100]))
        _ = script.round(Self.log, Group(commits: [0: 50]))
        _ = script.round(Self.log, Group(commits: [0: 50], activity: Self.activity(back: (1, 50))))
        let counters = try #require(
            script.round(Self.log, Group(commits: [0: 40], activity: Self.activity(back: (2, 60))))
                .onlyCounters)
        #expect(counters.resetsBackward == 2)
        #expect(counters.rewoundRecords == 60)
    }

    @Test func countersOfAGroupThatCameBackStartAnew() throws {
        var script = RoundScript()
        _ = script.round(Self.log, Group(commits: [0: 100], activity: Self.activity(back: (5, 50))))
        let counters = try #require(
            script.round(Self.log, Group(commits: [0: 100], activity: Self.activity(back: (1, 2))))
                .onlyCounters)
        #expect(counters.resetsBackward == 6)
        #expect(counters.rewoundRecords == 52)
    }

    @Test func membersWhoseShareNobodyTellsAreNotIdle() throws {
        var script = RoundScript()
        let known = GroupMember(memberID: "a", unnamedPartitions: 3)
        let silent = GroupMember(memberID: "b", isAssignmentKnown: false)
        let group = try #require(
            script.round(Self.log, Group(commits: [0: 1], members: [known, silent])).onlyGroup)
        #expect(group.members?.members.count == 2)
        #expect(group.members?.idleCount == nil)
        #expect(group.members?.partitionsMax == nil)
        #expect(group.unassignedPartitions == nil)
        let counted = try #require(
            script.round(Self.log, Group(commits: [0: 1], members: [known])).onlyGroup)
        #expect(counted.members?.idleCount == 0)
        #expect(counted.members?.partitionsMax == 3)
        #expect(counted.unassignedPartitions == nil)
    }
}
