import ClusterAccess
import LagAnalysis
import LagModel
import LagwardenTestKit
import Monitor
import Testing

/// Groups are judged round by round; rounds of the bench are ten seconds apart.
@Suite struct EvaluationStageTests {
    /// Group `g` with a lag of 90 on each partition of `t`, and of 0 on `u`.
    private static func bench() -> MonitorBench {
        var cluster = ScriptedCluster(brokers: [1])
        cluster.addTopic("t", partitions: 2, highWatermark: 100)
        cluster.addTopic("u", partitions: 1, highWatermark: 5)
        cluster.commit("g", "t", 0, 10)
        cluster.commit("g", "t", 1, 10)
        cluster.commit("g", "u", 0, 5)
        return MonitorBench(cluster) {
            $0.evaluation = EvaluationSettings(window: .seconds(100), minimum: .seconds(30))
        }
    }

    private static func rounds(_ count: Int, _ bench: MonitorBench, commit: ((Int) -> Int64)? = nil) async {
        for round in 0..<count {
            if let commit {
                let offset = commit(round)
                bench.source.withCluster { cluster in
                    for partition: Int32 in 0...1 { cluster.commit("g", "t", partition, offset) }
                }
            }
            await bench.round()
        }
    }

    @Test func aReaderThatStopsIsFoundOutAndOneThatReadsOnIsOK() async throws {
        let bench = Self.bench()
        await Self.rounds(1, bench)
        let first = try #require(bench.group("g")?.evaluation)
        #expect(first.status == nil, "nothing is known of it yet")
        #expect(first.counts == [.ok: 1])
        #expect(first.unjudged == 2)
        #expect(bench.group("g")?.topics.map(\.statuses) == [[nil, nil], [.ok]])
        await Self.rounds(11, bench) { 11 + Int64($0) }
        let reading = try #require(bench.group("g")?.evaluation)
        #expect(reading.status == .ok)
        #expect(reading.complete == 1)
        #expect(reading.worst == nil)
        await Self.rounds(4, bench)
        #expect(bench.group("g")?.evaluation?.status == .err)
        #expect(bench.group("g")?.topics.map(\.statuses) == [[.stop, .stop], [.ok]])
        #expect(bench.group("g")?.evaluation?.worst == .init(topic: 0, position: 0))
    }

    @Test func whatIsKnownSurvivesRoundsInWhichCommitsCannotBeRead() async {
        let bench = Self.bench()
        await Self.rounds(12, bench) { 11 + Int64($0) }
        bench.source.fail(.init(.offsetFetch, reason: .coordinatorLoading))
        await Self.rounds(2, bench)
        #expect(bench.group("g")?.evaluation == nil, "unknown is no verdict")
        bench.source.heal()
        await Self.rounds(1, bench) { _ in 30 }
        #expect(bench.group("g")?.evaluation?.status == .ok)
        #expect(bench.group("g")?.evaluation?.complete == 1)
    }

    @Test func anUnknownLagTakesNoVerdictButHidesNoneEither() async {
        let bench = Self.bench()
        await Self.rounds(12, bench) { 11 + Int64($0) }
        bench.source.withCluster {
            $0.topics["u"]?.partitions[0].error = ClusterError(.leaderUnavailable, operation: "list offsets")
        }
        await bench.round()
        #expect(bench.group("g")?.topics.last?.statuses == [nil])
        #expect(bench.group("g")?.evaluation?.status == nil, "not every partition is OK")
        await Self.rounds(5, bench)
        #expect(bench.group("g")?.evaluation?.status == .err, "one that stopped is enough")
        #expect(bench.group("g")?.evaluation?.unjudged == 1)
    }

    @Test func aGroupThatIsGoneAndComesBackHasNoPast() async {
        let bench = Self.bench()
        await Self.rounds(12, bench) { 11 + Int64($0) }
        let group = bench.source.withCluster { cluster in
            let group = cluster.groups["g"]
            cluster.groups["g"] = nil
            return group
        }
        await Self.rounds(3, bench)
        #expect(bench.group("g") == nil)
        bench.source.withCluster { $0.groups["g"] = group }
        await bench.round()
        #expect(bench.group("g")?.evaluation?.complete == 0)
        #expect(bench.group("g")?.topics.first?.history.frames.count == 1)
    }

    @Test func aGroupWithoutCommitsIsNotFound() async {
        let bench = Self.bench()
        bench.source.withCluster { $0.groups["new"] = .init(state: .empty) }
        await bench.round()
        #expect(bench.group("new")?.evaluation?.status == .notFound)
    }
}
