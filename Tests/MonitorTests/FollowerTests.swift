import ClusterAccess
import LagModel
import LagwardenTestKit
import Monitor
import StructuredLog
import Testing

/// Two brokers, topic `t` with two partitions that end at 100, and group `g`.
private func cluster() -> ScriptedCluster {
    var cluster = ScriptedCluster(brokers: [1, 2])
    cluster.addTopic("t", partitions: 2, highWatermark: 100)
    return cluster
}

@Suite("The offsets topic in rounds", .timeLimit(.minutes(5)))
struct FollowerTests {
    /// A bench whose group has committed 40 and 50.
    private func bench(
        _ settings: FollowerSettings = FollowerSettings(), group: GroupID = "g"
    ) -> FollowerBench {
        let bench = FollowerBench(cluster(), settings: settings)
        let leader = bench.leader(of: group)
        bench.source.withCluster { $0.groups[group] = .init(coordinator: leader, type: .classic) }
        bench.generation(group, 7)
        bench.commit(group, "t", 0, 40)
        bench.commit(group, "t", 1, 50)
        return bench
    }

    @Test func coordinatorsAreAskedUntilTheTopicIsRead() async {
        let bench = bench()
        await bench.round()
        #expect(bench.lag("g") == 110)
        #expect(bench.source.count(.offsetFetch) == 1)
        #expect(bench.group("g")?.rebalances.isExact == false)
        await bench.caughtUp()
        bench.source.resetCalls()
        bench.commit("g", "t", 0, 90)
        let view = await bench.round()
        #expect(bench.lag("g") == 60)
        #expect(bench.source.count(.offsetFetch) == 0)
        #expect(bench.source.count(.describeGroups) == 0)
        #expect(view.snapshot?.source == .hybrid)
        #expect(view.snapshot?.offsetsTopic?.partitions.allSatisfy { $0.state == .current } == true)
        #expect(bench.group("g")?.generation == 7)
        #expect(bench.group("g")?.topics.first?.commits == 1)
    }

    /// The list was read before the records that say so too.
    @Test func aGroupThatIsListedAsEmptyHasNoMembers() async {
        let bench = bench()
        await bench.caughtUp()
        #expect(bench.group("g")?.members?.members.count == 1)
        bench.source.withCluster { $0.groups["g"]?.state = .empty }
        await bench.round()
        #expect(bench.group("g")?.state == .empty)
        #expect(bench.group("g")?.members?.members.isEmpty == true)
        #expect(bench.group("g")?.members?.partitionsMax == nil)
        #expect(bench.group("g")?.unassignedPartitions == nil)
        bench.generation("g", 8, members: 0)
        await bench.round()
        #expect(bench.group("g")?.members?.members.isEmpty == true)
    }

    @Test func rebalancesBetweenTwoRoundsAreCountedOneByOne() async {
        let bench = bench()
        await bench.caughtUp()
        #expect(bench.group("g")?.rebalances == .exact(0))
        for generation in 8...30 { bench.generation("g", Int32(generation), members: generation % 3 + 1) }
        await bench.round()
        #expect(bench.group("g")?.rebalances == .exact(23))
        #expect(bench.group("g")?.generation == 30)
        let causes = bench.group("g")?.rebalanceHistory?.causes ?? [:]
        #expect(causes.values.reduce(0, +) == 23)
    }

    @Test func anOpenTransactionIsReadPastAndCountsOnce() async {
        let bench = bench()
        await bench.caughtUp()
        let partition = bench.partition(of: "g")
        bench.record("g", "t", 0, 99, isOpen: true)
        await bench.round()
        bench.generation("g", 8, members: 2)
        bench.commit("g", "t", 1, 60)
        bench.source.resetCalls()
        let view = await bench.round()
        #expect(view.snapshot?.offsetsTopic?.partitions[Int(partition.rawValue)].state == .blocked)
        #expect(bench.source.count(.offsetFetch) == 1)
        #expect(bench.group("g")?.topics.first?.committed == [40, 60])
        #expect(bench.group("g")?.rebalances == .exact(1))
        bench.topic.endTransactions(of: partition, commit: true)
        bench.source.withCluster { $0.commit("g", "t", 0, 99) }
        await bench.round()
        #expect(bench.view.snapshot?.offsetsTopic?.partitions[Int(partition.rawValue)].state == .current)
        #expect(bench.group("g")?.topics.first?.committed == [99, 60])
        #expect(bench.group("g")?.rebalances == .exact(1))
        #expect(bench.group("g")?.topics.first?.commits == 2)
    }

    /// What stands behind a transaction that was open before the start is history too.
    @Test func generationsBehindAnOldTransactionAreHistory() async {
        let bench = bench()
        bench.record("g", "t", 0, 99, isOpen: true)
        bench.generation("g", 8, members: 2)
        await bench.caughtUp()
        // The second feed, which reads past the transaction, has begun with the round before.
        await bench.round()
        #expect(bench.group("g")?.rebalances == .exact(0))
        #expect(bench.group("g")?.generation == 8)
        bench.generation("g", 9, members: 1)
        await bench.round()
        #expect(bench.group("g")?.rebalances == .exact(1))
    }

    @Test func anAbortedTransactionChangesNothing() async {
        let bench = bench()
        await bench.caughtUp()
        bench.record("g", "t", 0, 99, isOpen: true)
        bench.topic.endTransactions(of: bench.partition(of: "g"), commit: false)
        await bench.round()
        #expect(bench.group("g")?.topics.first?.committed == [40, 50])
        #expect(bench.group("g")?.topics.first?.commits == 0)
    }

    @Test func aRefusedTopicIsReadAsSoonAsItIsAllowed() async {
        let bench = bench()
        bench.topic.refuse(.topicUnauthorized)
        await bench.round()
        await Eventually.comes { !bench.log(.warn).isEmpty }
        await bench.wake(.seconds(30))
        let view = await bench.round()
        #expect(view.snapshot?.source == .admin)
        #expect(view.snapshot?.offsetsTopic?.fallback == .topicUnauthorized)
        #expect(bench.lag("g") == 110)
        #expect(bench.group("g")?.rebalances.isExact == false)
        #expect(bench.log(.warn).count == 1)
        bench.topic.refuse(nil)
        await bench.wake(.seconds(30))
        await Eventually.comes { await bench.round().snapshot?.source == .hybrid }
        await Eventually.comes {
            await bench.round()
            return bench.group("g")?.rebalances.isExact == true
        }
        #expect(bench.view.snapshot?.offsetsTopic?.fallback == nil)
        #expect(bench.log(.warn).count == 1)
    }

    @Test func aDeletedGroupIsGoneInTheNextRound() async {
        let bench = bench()
        await bench.caughtUp()
        bench.delete("g")
        await bench.round()
        #expect(bench.group("g") == nil)
        #expect(bench.view.snapshot?.offsetsTopic?.groupsRemoved == 1)
    }

    @Test func aGroupThatOnlyTheTopicKnowsIsThere() async {
        let bench = bench()
        await bench.caughtUp()
        bench.source.withCluster { $0.groups["g"] = nil }
        await bench.round()
        #expect(bench.lag("g") == 110)
        #expect(bench.group("g")?.state == .stable)
    }

    @Test func aListedGroupWithoutRecordsHasNoCommits() async {
        let bench = bench()
        let leader = bench.leader(of: "new")
        bench.source.withCluster {
            $0.groups["new"] = .init(coordinator: leader, state: .preparingRebalance)
        }
        await bench.caughtUp()
        #expect(bench.group("new")?.unavailable == .noCommits)
        #expect(bench.group("new")?.state == .preparingRebalance)
    }

    @Test func whatStaysDifferentFromTheCoordinatorIsReadAgain() async {
        let bench = bench(FollowerSettings(reconcileInterval: .seconds(10)))
        await bench.caughtUp()
        for _ in 0..<3 { await bench.round() }
        #expect((bench.view.snapshot?.offsetsTopic?.reconciled ?? 0) >= 2)
        #expect(bench.view.snapshot?.offsetsTopic?.reconciliationDifferences == 0)
        bench.source.withCluster { $0.commit("g", "t", 0, 70) }
        for _ in 0..<3 { await bench.round() }
        #expect(bench.view.snapshot?.offsetsTopic?.reconciliationDifferences == 1)
        let again = bench.topic.feeds[0].starts.dropFirst()
        #expect(again.first == [bench.partition(of: "g"): .beginning])
    }

    @Test func aLeaderlessPartitionCostsItsOwnGroups() async {
        let bench = bench()
        await bench.caughtUp()
        let partition = bench.partition(of: "g")
        bench.source.withCluster { cluster in
            cluster.update(CoordinatorPartition.topic, partition.rawValue) { $0.leader = nil }
        }
        bench.source.fail(.init(.offsetFetch, group: "g", reason: .coordinatorUnavailable))
        let view = await bench.round()
        #expect(view.snapshot?.offsetsTopic?.partitions[Int(partition.rawValue)].state == .unavailable)
        #expect(bench.group("g")?.unavailable == .coordinatorUnavailable)
        #expect(view.snapshot?.offsetsTopic?.partitions.count { $0.state == .current } == 3)
    }
}

@Suite("The offsets topic as the only source", .timeLimit(.minutes(5)))
struct OffsetsTopicOnlyTests {
    @Test func nothingIsPublishedBeforeTheTopicIsRead() async {
        let bench = FollowerBench(cluster(), settings: FollowerSettings(isHybrid: false))
        bench.record("g", "t", 0, 40)
        let view = await bench.round()
        #expect(view.snapshot == nil)
        #expect(view.lastFailure?.reason == .offsetsTopicBehind)
        await bench.caughtUp()
        #expect(bench.lag("g") == 60)
        #expect(bench.group("g")?.type == .simple)
        #expect(bench.view.snapshot?.source == .offsetsTopic)
        #expect(bench.source.count(.offsetFetch) == 0)
        #expect(bench.source.count(.describeGroups) == 0)
    }

    @Test func theFirstRoundAfterTheTopicWasReadIsNotWaitedFor() async {
        let bench = FollowerBench(cluster(), settings: FollowerSettings(isHybrid: false), runs: true)
        bench.record("g", "t", 0, 40)
        // Nobody wakes the sleep between rounds here.
        await Eventually.comes { bench.view.snapshot != nil }
        #expect(bench.lag("g") == 60)
    }

    @Test func compactedHistoryDoesNotHoldUpReadiness() async {
        let bench = FollowerBench(cluster(), settings: FollowerSettings(isHybrid: false))
        for offset in 0..<20 { bench.record("g", "t", 0, Int64(offset)) }
        bench.topic.compact(bench.partition(of: "g")) { $0 == 5 }
        await bench.caughtUp()
        #expect(bench.group("g")?.topics.first?.committed == [5])
        #expect(bench.group("g")?.topics.first?.commits == 0)
    }

    @Test func aRefusedTopicFailsRoundsWithItsReason() async {
        let bench = FollowerBench(cluster(), settings: FollowerSettings(isHybrid: false))
        bench.topic.refuse(.topicUnauthorized)
        await bench.round()
        await Eventually.comes { !bench.log(.warn).isEmpty }
        let view = await bench.round()
        #expect(view.snapshot == nil)
        #expect(view.lastFailure?.reason == .topicUnauthorized)
    }
}

extension FollowerBench {
    /// Leader of the group's partition of the offsets topic.
    func leader(of group: GroupID) -> BrokerID {
        let partition = partition(of: group)
        return source.withCluster { cluster in
            cluster.topics[CoordinatorPartition.topic]?.partitions[Int(partition.rawValue)].leader
        } ?? BrokerID(1)
    }
}
