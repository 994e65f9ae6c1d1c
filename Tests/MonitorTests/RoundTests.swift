import ClusterAccess
import LagModel
import LagwardenTestKit
import Monitor
import Testing

@Suite("Rounds over a scripted cluster")
struct RoundTests {
    /// Three brokers; topic `t` with three partitions, 100 records each; group `g` at 40 on all of them.
    static func threeBrokers() -> ScriptedCluster {
        var cluster = ScriptedCluster(brokers: [1, 2, 3])
        cluster.addTopic("t", partitions: 3, highWatermark: 100)
        cluster.groups["g"] = .init(coordinator: BrokerID(1))
        for partition in 0..<3 { cluster.commit("g", "t", Int32(partition), 40) }
        return cluster
    }

    @Test func aRoundReadsEverythingAndSaysSo() async throws {
        let bench = MonitorBench(Self.threeBrokers())
        let view = await bench.round()
        #expect(view.isUp && view.rounds == [.complete: 1])
        let group = try #require(bench.group("g"))
        #expect(group.totals == LagTotals(partitions: 3, unknownPartitions: 0, lag: 180, lagMax: 60))
        #expect(group.state == .stable && group.coordinator == BrokerID(1) && group.type == .classic)
        #expect(view.snapshot?.brokers.allSatisfy(\.isUp) == true)
    }

    @Test func commitsAreReadBeforeEndOffsets() async throws {
        let bench = MonitorBench(Self.threeBrokers())
        await bench.round()
        let kinds = bench.source.calls.map(\.kind)
        let lastFetch = try #require(kinds.lastIndex(of: .offsetFetch))
        let firstOffsets = try #require(kinds.firstIndex(of: .listOffsets))
        #expect(lastFetch < firstOffsets)
        let asked = bench.source.calls.compactMap(\.offsets)
        #expect(Set(asked) == [.logStart, .highWatermark])
    }

    @Test func aRoundSpendsItsBudgetAndNoMore() async {
        var cluster = ScriptedCluster(brokers: [1, 2, 3])
        cluster.addTopic("t", partitions: 30, highWatermark: 10)
        for number in 0..<50 {
            cluster.groups[GroupID("g\(number)")] = .init(coordinator: BrokerID(Int32(number % 3 + 1)))
            cluster.commit(GroupID("g\(number)"), "t", Int32(number % 30), 1)
        }
        let bench = MonitorBench(cluster)
        await bench.round()
        bench.source.resetCalls()
        await bench.round()
        #expect(bench.source.count(.metadata) == 0)
        #expect(bench.source.count(.listGroups) == 3)
        #expect(bench.source.count(.offsetFetch) == 50)
        #expect(bench.source.calls.filter { $0.kind == .describeGroups }.flatMap(\.groups).count == 50)
        #expect(bench.source.count(.listOffsets) == 6)
    }

    @Test func metadataIsReadOnItsOwnClockAndWhenATopicIsNew() async {
        let bench = MonitorBench(Self.threeBrokers()) { $0.metadataInterval = .seconds(60) }
        for _ in 0..<7 { await bench.round() }
        #expect(bench.source.count(.metadata) == 2)
        bench.source.withCluster { cluster in
            cluster.addTopic("new", partitions: 1, highWatermark: 7)
            cluster.commit("g", "new", 0, 2)
        }
        await bench.round()
        #expect(bench.source.count(.metadata) == 3)
        #expect(bench.group("g")?.totals?.lag == 185)
    }

    @Test func aDeadBrokerCostsItsOwnSliceOnly() async throws {
        let bench = MonitorBench(Self.threeBrokers())
        bench.source.withCluster { $0.groups["h"] = .init(coordinator: BrokerID(2)) }
        bench.source.withCluster { $0.commit("h", "t", 0, 90) }
        await bench.round()
        bench.source.withCluster { $0.brokers[BrokerID(2)]?.isUp = false }
        let view = await bench.round()
        #expect(view.isUp && view.rounds[.partial] == 1)
        let group = try #require(bench.group("g"))
        #expect(group.totals?.unknownPartitions == 1 && group.totals?.lag == nil)
        let blind = try #require(bench.group("h"))
        #expect(blind.unavailable != nil && blind.totals == nil && blind.state == nil)
        #expect(view.snapshot?.brokers.map(\.isUp) == [true, false, true])
        #expect(view.snapshot?.groups.count == 2)
    }

    @Test func aSilentBrokerIsAskedBesideTheRoundsUntilItAnswers() async {
        let bench = MonitorBench(Self.threeBrokers())
        bench.source.withCluster { cluster in
            cluster.brokers[BrokerID(3)]?.isUp = false
            cluster.brokers[BrokerID(3)]?.isListed = true
        }
        await bench.round()
        #expect(bench.log.filter { $0 == "broker does not answer" }.count == 1)
        bench.source.withCluster { $0.brokers[BrokerID(3)]?.isUp = true }
        let recovered = await Eventually.holds(within: .seconds(10)) {
            await bench.round().snapshot?.brokers.allSatisfy(\.isUp) == true
        }
        #expect(recovered)
        #expect(bench.group("g")?.totals?.lag == 180)
        #expect(bench.log.contains("broker answers again"))
    }

    @Test func leaderlessPartitionsHaveAReasonAndOthersTheirNumbers() async throws {
        var cluster = Self.threeBrokers()
        cluster.update("t", 1) { $0.leader = nil }
        let bench = MonitorBench(cluster)
        let view = await bench.round()
        #expect(view.unavailable(.partition, .leaderUnavailable) == 1)
        #expect(view.snapshot?.topics.first?.leaders[1] == -1)
        let topic = try #require(bench.group("g")?.topics.first)
        let snapshot = try #require(view.snapshot)
        #expect(topic.partitions.indices.map { snapshot.lag(of: topic, at: $0)?.lag } == [60, nil, 60])
    }

    @Test func aForbiddenGroupHasAReasonAndOthersTheirNumbers() async throws {
        let bench = MonitorBench(Self.threeBrokers())
        bench.source.withCluster { $0.groups["secret"] = .init() }
        bench.source.fail(.init(.offsetFetch, group: "secret", reason: .groupUnauthorized))
        let view = await bench.round()
        #expect(bench.group("secret")?.unavailable == .groupUnauthorized)
        #expect(view.unavailable(.group, .groupUnauthorized) == 1)
        #expect(bench.group("g")?.totals?.lag == 180)
    }

    @Test func aDeletedTopicIsUnknownWithItsReason() async throws {
        let bench = MonitorBench(Self.threeBrokers())
        await bench.round()
        bench.source.withCluster { $0.commit("g", "gone", 0, 5) }
        let view = await bench.round()
        #expect(view.unavailable(.topic, .unknownTopicOrPartition) == 1)
        let group = try #require(bench.group("g"))
        #expect(group.totals?.unknownPartitions == 1 && group.totals?.lag == nil)
        #expect(group.topics.first { $0.name == "t" }?.totals.lag == 180)
        let askedAgain = bench.source.count(.metadata)
        await bench.round()
        #expect(bench.source.count(.metadata) - askedAgain <= 1)
    }

    @Test func partitionsThatACoordinatorNamesWithAnErrorMakeSumsUnknown() async {
        var cluster = Self.threeBrokers()
        cluster.groups["g"]?.commitFailures = [
            PartitionFailure(
                topic: "t", partition: PartitionID(9),
                error: ClusterError(.unstableOffset, operation: "list committed offsets"))
        ]
        let bench = MonitorBench(cluster)
        let view = await bench.round()
        #expect(bench.group("g")?.totals?.unknownPartitions == 1)
        #expect(bench.group("g")?.totals?.lag == nil)
        #expect(view.unavailable(.partition, .unstableOffset) == 1)
    }

    @Test func stableLagIsReadForGroupsThatAskForIt() async throws {
        var cluster = Self.threeBrokers()
        cluster.addTopic("plain", partitions: 1, highWatermark: 9)
        cluster.commit("other", "plain", 0, 1)
        cluster.commit("neighbour", "t", 0, 1)
        cluster.update("t", 0) { $0.lastStable = 50 }
        let bench = MonitorBench(cluster) { $0.wantsStableLag = { $0 == "g" } }
        let view = await bench.round()
        #expect(bench.group("g")?.totals?.stableLag == 130)
        #expect(bench.group("g")?.totals?.lag == 180)
        #expect(bench.group("other")?.totals?.stableLag == nil)
        #expect(bench.group("neighbour")?.totals?.stableLag == nil)
        #expect(bench.group("neighbour")?.topics.map(\.wantsStableLag) == [false])
        #expect(view.snapshot?.topics.map { $0.lastStable != nil } == [false, true])
    }

    @Test func filtersActBeforeRequests() async {
        var cluster = Self.threeBrokers()
        cluster.addTopic("noise", partitions: 3, highWatermark: 5)
        cluster.commit("g", "noise", 0, 1)
        cluster.groups["skipped"] = .init()
        let bench = MonitorBench(cluster) {
            $0.admitsGroup = { $0 != "skipped" }
            $0.admitsTopic = { $0 != "noise" }
        }
        let view = await bench.round()
        #expect(view.snapshot?.groups.map(\.id) == ["g"])
        #expect(view.snapshot?.topics.map(\.name) == ["t"])
        #expect(bench.source.count(.offsetFetch) == 1)
        #expect(bench.source.calls.filter { $0.offsets == .logStart }.map(\.partitionCount).reduce(0, +) == 3)
    }

    @Test func allTopicsAreReadWhenAskedFor() async {
        var cluster = Self.threeBrokers()
        cluster.addTopic("unread", partitions: 1, highWatermark: 5)
        let bench = MonitorBench(cluster) { $0.readsAllTopics = true }
        let view = await bench.round()
        #expect(view.snapshot?.topics.map(\.name) == ["t", "unread"])
    }

    @Test func aClusterThatCannotBeReachedFailsTheRoundAndRecovers() async {
        let bench = MonitorBench(Self.threeBrokers())
        bench.source.fail(.init(.metadata, reason: .brokerUnavailable))
        let down = await bench.round()
        #expect(!down.isUp && down.snapshot == nil && down.rounds == [.failed: 1])
        #expect(down.lastFailure?.reason == .brokerUnavailable)
        await bench.round()
        #expect(bench.log.filter { $0 == "round failed" }.count == 1)
        bench.source.heal()
        let up = await bench.round()
        #expect(up.isUp && up.lastFailure == nil && up.snapshot?.groups.count == 1)
        #expect(bench.log.contains("rounds succeed"))
    }

    @Test func emptyClustersMakeEmptySnapshots() async {
        let bench = MonitorBench(ScriptedCluster(brokers: [1]))
        let view = await bench.round()
        #expect(view.isUp && view.rounds == [.complete: 1])
        #expect(view.snapshot?.groups.isEmpty == true && view.snapshot?.topics.isEmpty == true)
    }
}
