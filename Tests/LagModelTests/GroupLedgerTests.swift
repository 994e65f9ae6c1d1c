import ClusterAccess
import LagModel
import Testing

@Suite("A group from round to round")
struct GroupLedgerTests {
    typealias Log = RoundScript.Log
    typealias Group = RoundScript.Group

    @Test func sumsAndMaximaAreAbsentWhenAPartIsUnknown() throws {
        var script = RoundScript()
        let known = try #require(
            script.round(
                Log(start: [0, 0], end: [10, 50], stable: [10, 40]), Group(commits: [0: 4, 1: 20])
            )
            .onlyGroup?.totals)
        #expect(known == LagTotals(partitions: 2, unknownPartitions: 0, lag: 36, lagMax: 30, stableLag: 26))
        #expect(known.lagMean == 18)
        let partial = try #require(
            script.round(Log(start: [0, nil], end: [10, 50]), Group(commits: [0: 4, 1: 20])).onlyGroup?.totals
        )
        #expect(partial == LagTotals(partitions: 2, unknownPartitions: 1, lag: nil, lagMax: nil))
    }

    @Test func stableLagIsOnlyForTheGroupsThatAskForIt() throws {
        var script = RoundScript()
        let snapshot = script.rounds(
            logs: ["t": Log(start: [0], end: [10], stable: [8])],
            groups: [
                "asking": Group(commits: [0: 4]),
                "other": Group(commits: [0: 4], wantsStableLag: false),
            ])
        #expect(snapshot.groups.map { $0.totals?.lag } == [6, 6])
        #expect(snapshot.groups.map { $0.totals?.stableLag } == [4, nil])
        let lags = snapshot.groups.map { snapshot.stableLag(of: $0.topics[0], at: 0)?.lag }
        #expect(lags == [4, nil])
    }

    @Test func aTopicThatIsNotDescribedIsUnknown() throws {
        var script = RoundScript()
        let group = try #require(script.round(nil, Group(commits: [0: 4])).onlyGroup)
        #expect(group.totals?.unknownPartitions == 1)
        #expect(group.totals?.lag == nil)
        #expect(group.topics.first?.topicIndex == nil)
    }

    @Test func withoutCommitsThereIsAReasonAndNoLag() throws {
        var script = RoundScript()
        let snapshot = script.round(nil, Group(commits: [:]))
        #expect(snapshot.onlyGroup?.unavailable == .noCommits)
        #expect(snapshot.onlyGroup?.totals?.lag == nil)
        #expect(snapshot.unavailable[.init(scope: .group, reason: .noCommits)] == 1)
    }

    @Test func countersStayWhileCommitsCannotBeRead() throws {
        var script = RoundScript()
        _ = script.round(Log(start: [0], end: [10]), Group(commits: [0: 4]))
        _ = script.round(Log(start: [0], end: [10]), Group(commits: [0: 6]))
        let blind = try #require(
            script.round(Log(start: [0], end: [10]), Group(commits: nil, state: nil)).onlyGroup)
        #expect(blind.unavailable == .coordinatorUnavailable)
        #expect(blind.totals == nil && blind.state == nil && blind.stateBegan == nil)
        #expect(blind.topics.first?.counters.consumed == 2)
        #expect(blind.topics.first?.partitions == [])
    }

    @Test func aheadIsSaidInTheSecondRound() throws {
        var script = RoundScript()
        let first = script.round(Log(start: [0], end: [10]), Group(commits: [0: 12]))
        #expect(first.onlyGroup?.topics.first?.ahead == [])
        let second = script.round(Log(start: [0], end: [10]), Group(commits: [0: 12]))
        #expect(second.onlyGroup?.topics.first?.ahead == [0])
        let third = script.round(Log(start: [0], end: [12]), Group(commits: [0: 12]))
        #expect(third.onlyGroup?.topics.first?.ahead == [])
    }

    @Test func growthIsMeasuredOverTheWindow() throws {
        var script = RoundScript()
        let first = script.round(Log(start: [0], end: [100]), Group(commits: [0: 100]))
        #expect(first.onlyGroup?.lagGrowth == nil)
        var last = first
        for step in 1...20 {
            last = script.round(Log(start: [0], end: [100 + Int64(step) * 50]), Group(commits: [0: 100]))
        }
        #expect(try #require(last.onlyGroup?.lagGrowth) == 5)
        #expect(last.onlyGroup?.topics.first?.lagGrowth == 5)
        for _ in 1...12 { last = script.round(Log(start: [0], end: [1100]), Group(commits: [0: 100])) }
        #expect(try #require(last.onlyGroup?.lagGrowth) == 0)
    }

    @Test func commitTimeIsTheTimeOfASeenChange() throws {
        var script = RoundScript()
        let first = script.round(Log(start: [0], end: [100]), Group(commits: [0: 10]))
        #expect(first.onlyGroup?.topics.first?.lastCommit == nil)
        let second = script.round(Log(start: [0], end: [100]), Group(commits: [0: 11]))
        #expect(second.onlyGroup?.topics.first?.lastCommit == second.endOffsetsRead.wall)
        let third = script.round(Log(start: [0], end: [100]), Group(commits: [0: 11]))
        #expect(third.onlyGroup?.topics.first?.lastCommit == second.endOffsetsRead.wall)
        let grown = script.round(Log(start: [0, 0], end: [100, 1]), Group(commits: [0: 11, 1: 0]))
        #expect(grown.onlyGroup?.topics.first?.lastCommit == grown.endOffsetsRead.wall)
    }

    @Test func timeInStateIsCountedFromTheRoundThatSawIt() throws {
        var script = RoundScript()
        let states: [GroupState] = [.stable, .stable, .empty, .empty, .stable]
        let seconds = states.map { state in
            let snapshot = script.round(nil, Group(commits: [:], state: state))
            return snapshot.onlyGroup.flatMap { snapshot.timeInState(of: $0) }
        }
        #expect(seconds == [.seconds(0), .seconds(10), .seconds(0), .seconds(10), .seconds(0)])
    }

    @Test func unassignedPartitionsAreThoseWithLagThatNobodyOwns() throws {
        var script = RoundScript()
        let owner = GroupMember(
            memberID: "m", assignment: [TopicPartitions(topic: "t", partitions: [PartitionID(0)])])
        let idle = GroupMember(memberID: "n")
        let snapshot = script.round(
            Log(start: [0, 0, 0], end: [9, 9, 9]),
            Group(commits: [0: 1, 1: 1, 2: 9], members: [owner, idle]))
        let group = try #require(snapshot.onlyGroup)
        #expect(group.unassignedPartitions == 1)
        #expect(group.members?.idleCount == 1)
        #expect(group.members?.partitionsMax == 1)
        #expect(group.members?.partitionsMin == 0)
        let empty = script.round(
            Log(start: [0], end: [9]), Group(commits: [0: 1], state: .empty, members: []))
        #expect(empty.onlyGroup?.unassignedPartitions == nil)
        #expect(empty.onlyGroup?.members?.partitionsMax == nil)
    }

    @Test func commitsInAnyOrderAndTwiceAreSorted() throws {
        var ledger = ClusterLedger(settings: .init(cluster: "c"))
        let commits = CommittedOffsets(topics: [
            .init(
                name: "t", partitions: [2, 0, 2, 1].map { PartitionID($0) }, offsets: [5, 6, 7, 8])
        ])
        let moment = Moment(
            wall: WallTime(nanosecondsSince1970: 1), monotonic: MonotonicTime(sinceOrigin: .zero))
        let snapshot = ledger.absorb(
            RoundFacts(
                round: 1, endOffsetsRead: moment, groups: [GroupFacts(id: "g", commits: .read(commits))]))
        #expect(snapshot.groups.first?.topics.first?.partitions == [0, 1, 2])
        #expect(snapshot.groups.first?.topics.first?.committed == [6, 8, 7])
    }
}
