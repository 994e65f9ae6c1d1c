import ClusterAccess
import LagModel
import LagwardenTestKit
import Monitor
import Testing

@Suite("Replicas that share the offsets topic", .timeLimit(.minutes(5)))
struct ShardingTests {
    private static let shard = FeedOptions.ShardGroup(group: "shards", sessionTimeout: .seconds(10))

    /// Twenty groups that have committed 40 of 100, on a replica that has been given nothing yet.
    private func bench() async -> FollowerBench {
        var cluster = ScriptedCluster(brokers: [1, 2])
        cluster.addTopic("t", partitions: 1, highWatermark: 100)
        let bench = FollowerBench(cluster, settings: FollowerSettings(shardGroup: Self.shard))
        for number in 0..<20 {
            let group = GroupID("g\(number)")
            let leader = bench.leader(of: group)
            bench.source.withCluster { $0.groups[group] = .init(coordinator: leader, isSimple: true) }
            bench.commit(group, "t", 0, 40)
        }
        await bench.round()
        await Eventually.comes { !bench.topic.feeds.isEmpty }
        return bench
    }

    private func give(_ change: FeedChange, to bench: FollowerBench) async {
        bench.topic.feeds.first?.change(change)
        await bench.topic.feeds.first?.waitUntilIdle()
    }

    private func groups(of bench: FollowerBench) -> Set<GroupID> {
        Set(bench.view.snapshot?.groups.map(\.id) ?? [])
    }

    private func expected(_ partitions: Set<Int32>, of bench: FollowerBench) -> Set<GroupID> {
        Set(
            (0..<20).map { GroupID("g\($0)") }
                .filter { partitions.contains(bench.partition(of: $0).rawValue) })
    }

    @Test func nothingIsServedBeforeTheGroupHasGivenAnything() async {
        let bench = await bench()
        #expect(groups(of: bench).isEmpty)
        #expect(bench.source.count(.offsetFetch) == 0)
        #expect(bench.view.snapshot?.offsetsTopic?.partitions.allSatisfy { $0.state == .elsewhere } == true)
    }

    @Test func exactlyTheGroupsOfItsPartitionsAreServed() async {
        let bench = await bench()
        await give(.assigned([PartitionID(0), PartitionID(2)]), to: bench)
        await bench.round()
        #expect(groups(of: bench) == expected([0, 2], of: bench))
        #expect(!groups(of: bench).isEmpty)
        await give(.assigned([PartitionID(1)]), to: bench)
        await give(.revoked([PartitionID(0)]), to: bench)
        await bench.round()
        #expect(groups(of: bench) == expected([1, 2], of: bench))
    }

    @Test func whatIsTakenAwayIsWithheldAtOnce() async {
        let bench = await bench()
        await give(.assigned([PartitionID(0), PartitionID(1)]), to: bench)
        await bench.round()
        #expect(groups(of: bench) == expected([0, 1], of: bench))
        await give(.lost([PartitionID(0)]), to: bench)
        #expect(groups(of: bench) == expected([1], of: bench))
    }

    @Test func aReplicaThatWasAwayServesNothingUntilTheGroupHasSpoken() async {
        let bench = await bench()
        await give(.assigned([PartitionID(0)]), to: bench)
        await bench.round()
        #expect(bench.view.lease.isValid(at: bench.now.monotonic))
        bench.pause(for: .seconds(60))
        #expect(!bench.view.lease.isValid(at: bench.now.monotonic))
        bench.record("g0", "t", 0, 41)
        for number in 0..<20 { bench.record(GroupID("g\(number)"), "t", 0, 41) }
        await bench.topic.feeds.first?.waitUntilIdle()
        #expect(!bench.view.lease.isValid(at: bench.now.monotonic))
        await bench.round()
        #expect(bench.view.lastFailure != nil)
        await give(.lost([PartitionID(0)]), to: bench)
        await give(.assigned([PartitionID(3)]), to: bench)
        await bench.round()
        #expect(bench.view.lease.isValid(at: bench.now.monotonic))
        #expect(groups(of: bench) == expected([3], of: bench))
    }

    @Test func theShardGroupItselfIsNotExported() async {
        let bench = await bench()
        let partition = bench.partition(of: "shards")
        let leader = bench.leader(of: "shards")
        bench.source.withCluster { $0.groups["shards"] = .init(coordinator: leader, type: .classic) }
        bench.generation("shards", 3)
        await give(.assigned([partition]), to: bench)
        await bench.round()
        #expect(!groups(of: bench).contains("shards"))
        #expect(groups(of: bench) == expected([partition.rawValue], of: bench))
    }
}
