import ClusterAccess
import LagAnalysis
import LagModel
import LagwardenTestKit
import Monitor
import Testing

@Suite("Lag in seconds over a scripted cluster")
struct LagAgeTests {
    /// When the first round of a bench reads end offsets, in milliseconds since 1970.
    static let firstRound: Int64 = 10_000_000

    /// Topic `t`: records one second apart, the last one second before the first round.
    static func cluster(
        partitions: Int = 1, records: Int64 = 5_000, brokers: [Int32] = [1]
    ) -> ScriptedCluster {
        var cluster = ScriptedCluster(brokers: brokers)
        cluster.addTopic("t", partitions: partitions, highWatermark: records)
        for partition in 0..<Int32(partitions) {
            cluster.update("t", partition) { log in
                log.records = (0..<records).map { ($0, firstRound - (records - $0) * 1000) }
            }
        }
        cluster.groups["g"] = .init(coordinator: BrokerID(brokers[0]))
        return cluster
    }

    static func bench(
        _ cluster: ScriptedCluster, _ time: TimeSettings = TimeSettings(),
        change: @escaping (inout RoundSettings) -> Void = { _ in }
    ) -> MonitorBench {
        MonitorBench(cluster, secondsBefore: firstRound / 1000 - 10) {
            $0.time = time
            change(&$0)
        }
    }

    static func lookUps(_ bench: MonitorBench) -> Int { bench.source.calls.count { $0.isByTime } }

    static func lies(_ age: LagAge?, at truth: Duration) -> Bool {
        guard let age else { return false }
        return age.age - age.error <= truth && truth <= age.age + age.error
    }

    @Test("the first snapshot is right, and a stopped group costs nothing later", arguments: [false, true])
    func firstSnapshot(tellsTimestamps: Bool) async throws {
        var cluster = Self.cluster(partitions: 3)
        cluster.tellsTimestamps = tellsTimestamps
        for (partition, lag) in [(0, 4_321), (1, 5), (2, 0)] as [(Int32, Int64)] {
            cluster.commit("g", "t", partition, 5_000 - lag)
        }
        let bench = Self.bench(cluster)
        await bench.round()
        let group = try #require(bench.group("g"))
        let ages = try #require(bench.ages(of: "g"))
        #expect(Self.lies(ages[0], at: .seconds(4_321)) && Self.lies(ages[1], at: .seconds(5)))
        #expect(ages[0].map { $0.error <= .seconds(44) } == true)
        #expect(ages[1].map { $0.error <= .milliseconds(500) } == true)
        #expect(ages[2] == LagAge(age: .zero))
        #expect(group.lagAge == ages[0] && group.topics[0].lagAge == ages[0])
        #expect(Self.lookUps(bench) <= 12)
        let status = try #require(bench.store.view()[0].snapshot?.timeLookups)
        #expect(status.requests == Int64(Self.lookUps(bench)) && status.pending == 0 && status.absent == [:])
        bench.source.resetCalls()
        await bench.round()
        #expect(Self.lookUps(bench) == 0)
        #expect(Self.lies(bench.group("g")?.lagAge, at: .seconds(4_331)))
    }

    @Test("without lag nothing is asked, and switched off there is nothing")
    func nothingToAsk() async throws {
        var cluster = Self.cluster()
        cluster.commit("g", "t", 0, 5_000)
        let bench = Self.bench(cluster)
        await bench.round()
        #expect(bench.group("g")?.lagAge == LagAge(age: .zero) && Self.lookUps(bench) == 0)
        let off = Self.bench(cluster) { $0.time = nil }
        await off.round()
        #expect(off.group("g")?.lagAge == nil && off.group("g")?.topics[0].lagAges == nil)
        #expect(off.store.view()[0].snapshot?.timeLookups == nil)
    }

    @Test("each broker is sent its budget at most, and what is left over is pending or absent")
    func budget() async throws {
        var cluster = Self.cluster(partitions: 40, records: 2_000, brokers: [1, 2])
        for partition in 0..<40 as Range<Int32> {
            cluster.commit("g", "t", partition, Int64(partition) * 40)
        }
        // In the first round ten times one request, each for five of twenty partitions.
        let bench = Self.bench(cluster, TimeSettings(requestsPerRound: 1, partitionsPerRequest: 5))
        await bench.round()
        for broker in [1, 2] as [Int32] {
            let calls = bench.source.calls.filter { $0.isByTime && $0.broker == BrokerID(broker) }
            #expect(calls.count <= 10 && calls.allSatisfy { $0.partitionCount <= 50 })
        }
        bench.source.resetCalls()
        bench.source.withCluster { cluster in
            for partition in 0..<40 as Range<Int32> { cluster.commit("g", "t", partition, 1_999) }
        }
        await bench.round()
        #expect(Self.lookUps(bench) == 2)
        #expect(bench.source.calls.filter(\.isByTime).allSatisfy { $0.partitionCount == 5 })
        let status = try #require(bench.store.view()[0].snapshot?.timeLookups)
        #expect(status.pending > 0)
        for _ in 0..<40 { await bench.round() }
        #expect(bench.store.view()[0].snapshot?.timeLookups?.pending == 0)
        #expect(Self.lies(bench.group("g")?.lagAge, at: .seconds(411)))
    }

    @Test("a failing look-up costs its partition only, and what is known is still told")
    func failures() async throws {
        var cluster = Self.cluster(partitions: 2)
        for partition in 0..<2 as Range<Int32> { cluster.commit("g", "t", partition, 4_000) }
        let bench = Self.bench(cluster)
        await bench.round()
        bench.source.withCluster { cluster in
            for partition in 0..<2 as Range<Int32> { cluster.commit("g", "t", partition, 4_500) }
            cluster.update("t", 1) {
                $0.timeError = ClusterError(.notLeader, operation: "list offsets by time")
            }
        }
        let view = await bench.round()
        #expect(view.isUp)
        let topic = try #require(bench.group("g")?.topics[0])
        let ages = try #require(bench.ages(of: "g"))
        #expect(Self.lies(ages[0], at: .seconds(510)))
        // Between 4,000, which was asked about, and the end nothing is known of the other.
        #expect(ages[1] == nil && topic.lagAge == nil && bench.group("g")?.lagAge == nil)
        #expect(view.snapshot?.timeLookups?.absent == [.failed(.notLeader): 1])
        #expect(bench.group("g")?.totals?.lag == 1_000)
        bench.source.withCluster { $0.update("t", 1) { $0.timeError = nil } }
        await bench.round()
        #expect(Self.lies(bench.group("g")?.lagAge, at: .seconds(520)))
        // A stopped group keeps its age while its look-ups fail.
        bench.source.fail(.init(.listOffsets, reason: .timedOut, isByTime: true))
        bench.source.resetCalls()
        await bench.round()
        #expect(Self.lies(bench.group("g")?.lagAge, at: .seconds(530)) && Self.lookUps(bench) == 0)
    }

    @Test("a leader that times out is not asked twice in a round")
    func silence() async throws {
        var cluster = Self.cluster(partitions: 30)
        for partition in 0..<30 as Range<Int32> { cluster.commit("g", "t", partition, 4_000) }
        let bench = Self.bench(cluster)
        bench.source.fail(.init(.listOffsets, reason: .timedOut, isByTime: true))
        let view = await bench.round()
        #expect(Self.lookUps(bench) == 1)
        #expect(view.snapshot?.timeLookups?.absent == [.failed(.timedOut): 30])
        #expect(view.isUp && bench.group("g")?.lagAge == nil)
    }

    @Test("a log that cannot be asked by time is left alone for ten minutes")
    func refusal() async throws {
        var cluster = Self.cluster()
        cluster.commit("g", "t", 0, 4_000)
        cluster.update("t", 0) {
            $0.timeError = ClusterError(.unsupported, operation: "list offsets by time")
        }
        let bench = Self.bench(cluster)
        for _ in 0..<5 { await bench.round() }
        #expect(Self.lookUps(bench) == 1)
        #expect(
            bench.store.view()[0].snapshot?.timeLookups?.absent == [.failed(.unsupported): 1])
        for _ in 0..<60 { await bench.round() }
        #expect(Self.lookUps(bench) == 2)
    }

    @Test("a topic made anew is looked up anew")
    func recreated() async throws {
        var cluster = Self.cluster()
        cluster.commit("g", "t", 0, 1_000)
        let bench = Self.bench(cluster)
        await bench.round()
        #expect(Self.lies(bench.group("g")?.lagAge, at: .seconds(4_000)))
        bench.source.withCluster { cluster in
            cluster.addTopic("t", partitions: 1, highWatermark: 2_000)
            cluster.update("t", 0) { log in
                log.records = (0..<2_000).map { ($0, Self.firstRound + 10_000 - (2_000 - $0) * 10) }
            }
        }
        await bench.round()
        #expect(Self.lies(bench.group("g")?.lagAge, at: .seconds(10)))
    }

    @Test("deleted records, future clocks and logs without timestamps")
    func edges() async throws {
        var cluster = Self.cluster(partitions: 4)
        // Deleted up to 3,000: the first record that is left counts.
        cluster.update("t", 0) { $0.logStart = 3_000 }
        cluster.commit("g", "t", 0, 100)
        // The producer's clock is an hour ahead of ours.
        cluster.update("t", 1) { log in
            log.records = log.records.map { ($0.offset, $0.timestamp + 3_600_000) }
        }
        cluster.commit("g", "t", 1, 4_990)
        cluster.update("t", 2) { log in log.records = log.records.map { ($0.offset, -1) } }
        cluster.commit("g", "t", 2, 10)
        // Nothing is left between the commit and 4,950.
        cluster.update("t", 3) { log in log.records.removeFirst(4_950) }
        cluster.commit("g", "t", 3, 2_000)
        let bench = Self.bench(cluster)
        let view = await bench.round()
        let ages = try #require(bench.ages(of: "g"))
        #expect(Self.lies(ages[0], at: .seconds(2_000)))
        #expect(Self.lies(ages[1], at: .zero) && ages[1].map { $0.error <= .milliseconds(500) } == true)
        #expect(ages[2] == nil)
        #expect(Self.lies(ages[3], at: .seconds(50)))
        #expect(view.snapshot?.timeLookups?.absent == [.noTimestamps: 1])
        #expect(bench.group("g")?.lagAge == nil)
    }
}

extension MonitorBench {
    /// Ages of a group's partitions of its first topic, in the newest snapshot.
    fileprivate func ages(of id: GroupID) -> [LagAge?]? {
        guard let snapshot = store.view()[0].snapshot, let topic = group(id)?.topics.first,
            let ages = topic.lagAges
        else { return nil }
        return topic.partitions.indices.map { ages[$0, at: snapshot.endOffsetsRead.wall] }
    }
}
