import ClusterAccess
import LagAnalysis
import LagModel
import LagwardenTestKit
import Monitor
import Testing

/// Rounds that may not ask about every group; rounds of the bench are ten seconds apart.
@Suite("Rounds within a budget of requests")
struct RequestBudgetTests {
    private static let names = (0..<20).map { GroupID("g\($0)") }

    /// Twenty groups on a topic of one partition with 100 records, at 40.
    private static func bench(
        state: GroupState = .stable, perSecond: Double? = nil, idleInterval: Duration = .seconds(60)
    ) -> MonitorBench {
        var cluster = ScriptedCluster(brokers: [1])
        cluster.addTopic("t", partitions: 1, highWatermark: 100)
        for name in names {
            cluster.groups[name] = .init(state: state)
            cluster.commit(name, "t", 0, 40)
        }
        let bench = MonitorBench(cluster) {
            $0.describesMembers = false
            $0.requestPlan = RequestPlanSettings(idleInterval: idleInterval)
            $0.evaluation = EvaluationSettings(window: .seconds(100), minimum: .seconds(30))
        }
        if let perSecond {
            bench.source.allow(BrokerID(1), RequestAllowance(requestsPerSecond: perSecond, inFlight: 32))
        }
        return bench
    }

    private static func asked(_ bench: MonitorBench) -> [GroupID] {
        let asked = bench.source.calls.filter { $0.kind == .offsetFetch }.flatMap(\.groups)
        bench.source.resetCalls()
        return asked
    }

    @Test("idle groups are asked once a minute; the others are told with the age of their commits")
    func idle() async throws {
        let bench = Self.bench(state: .empty)
        for _ in 0..<4 {
            await bench.round()
            #expect(Self.asked(bench).count == 20)
        }
        var counts: [GroupID: Int] = [:]
        for _ in 0..<12 {
            bench.source.withCluster { $0.update("t", 0) { $0.highWatermark += 1 } }
            let view = await bench.round()
            let asked = Set(Self.asked(bench))
            for id in asked { counts[id, default: 0] += 1 }
            let snapshot = try #require(view.snapshot)
            #expect(snapshot.requestPlan == RequestPlanStatus(hot: 0, idle: asked.count, debt: 0))
            #expect(view.rounds[.partial] == nil)
            let end = snapshot.topics[0].highWatermark[0] ?? 0
            for group in snapshot.groups {
                #expect(group.totals?.lag == end - 40 && group.unavailable == nil && group.state == .empty)
                #expect(asked.contains(group.id) == (group.commitsRead == nil))
                let age = group.commitsRead.map { snapshot.endOffsetsRead.monotonic - $0.monotonic }
                #expect(age ?? .zero <= .seconds(70))
            }
        }
        #expect(counts.count == 20 && counts.values.allSatisfy { (1...3).contains($0) })
        #expect(counts.values.reduce(0, +) == 40, "each of 20 twice in two minutes")
    }

    @Test("members bring a group back at once, and what it did meanwhile is counted once")
    func awakening() async throws {
        let bench = Self.bench(state: .empty, idleInterval: .seconds(3_600))
        for _ in 0..<5 { await bench.round() }
        _ = Self.asked(bench)
        bench.source.withCluster {
            $0.groups["g7"]?.state = .stable
            $0.commit("g7", "t", 0, 90)
        }
        await bench.round()
        #expect(Self.asked(bench).contains("g7"))
        let group = try #require(bench.group("g7"))
        #expect(group.totals?.lag == 10 && group.commitsRead == nil)
        #expect(group.topics[0].counters.consumed == 50)
        for _ in 0..<3 {
            await bench.round()
            #expect(Self.asked(bench).contains("g7"))
        }
    }

    @Test("where the budget does not suffice all are asked in turn, and who waits too long has no numbers")
    func debt() async throws {
        // 0.8 x 1 a second x 10 s, less the ListGroups, ListOffsets and DescribeConfigs of the round before.
        let bench = Self.bench(perSecond: 1)
        var view = await bench.round()
        #expect(Self.asked(bench).count == 7, "one request was for the list")
        var snapshot = try #require(view.snapshot)
        #expect(snapshot.requestPlan == RequestPlanStatus(hot: 7, idle: 0, debt: 13))
        #expect(snapshot.unavailable[.init(scope: .group, reason: .requestBudget)] == 13)
        #expect(snapshot.groups.allSatisfy { ($0.totals == nil) == ($0.unavailable == .requestBudget) })
        #expect(snapshot.groups.allSatisfy { $0.state == .stable }, "the list tells it")
        var last: [GroupID: Int] = [:]
        for number in 0..<20 {
            view = await bench.round()
            for id in Self.asked(bench) { last[id] = number }
            snapshot = try #require(view.snapshot)
            let plan = try #require(snapshot.requestPlan)
            #expect(plan.hot + plan.debt == 20 && (3...5).contains(plan.hot))
            guard number >= 6 else { continue }
            #expect(Self.names.allSatisfy { number - (last[$0] ?? -9) <= 6 }, "everybody in turn")
            // They are read every 40 to 60 s, and good for 30.
            let withheld = snapshot.unavailable[.init(scope: .group, reason: .requestBudget)] ?? 0
            #expect(withheld <= 12, "round \(number)")
        }
        bench.source.allow(BrokerID(1), RequestAllowance(requestsPerSecond: 100, inFlight: 32))
        view = await bench.round()
        #expect(view.snapshot?.requestPlan == RequestPlanStatus(hot: 20, idle: 0, debt: 0))
        #expect(view.snapshot?.unavailable.isEmpty == true)
    }

    @Test("a reader that nobody looked at has not stopped")
    func verdicts() async throws {
        let bench = Self.bench(perSecond: 1)
        for round in 0..<24 {
            bench.source.withCluster { cluster in
                cluster.update("t", 0) { $0.highWatermark += 100 }
                for name in Self.names { cluster.commit(name, "t", 0, 41 + 100 * Int64(round)) }
            }
            await bench.round()
            let statuses = Self.names.compactMap { bench.group($0)?.evaluation?.status }
            #expect(statuses.allSatisfy { $0 == .ok }, "round \(round): \(statuses)")
        }
        #expect(bench.group("g0")?.topics.first?.counters.resetsForward == 0)
    }

    @Test("a broker that rests until the next round is not asked about groups at all")
    func rest() async throws {
        let bench = Self.bench()
        await bench.round()
        _ = Self.asked(bench)
        bench.source.allow(
            BrokerID(1), RequestAllowance(requestsPerSecond: 100, inFlight: 1, rest: .seconds(20)))
        let view = await bench.round()
        #expect(Self.asked(bench).isEmpty)
        let snapshot = try #require(view.snapshot)
        #expect(snapshot.requestPlan?.debt == 20)
        #expect(snapshot.groups.allSatisfy { $0.totals?.lag == 60 && $0.commitsRead != nil })
    }

    @Test("groups that are gone are forgotten although they are asked rarely; the unlisted are asked at once")
    func gone() async throws {
        let bench = Self.bench(state: .empty, idleInterval: .seconds(3_600))
        for _ in 0..<6 { await bench.round() }
        _ = Self.asked(bench)
        bench.source.withCluster { $0.groups["g3"] = nil }
        await bench.round()
        #expect(Self.asked(bench).contains("g3"))
        await bench.round()
        #expect(Self.asked(bench).contains("g3"))
        #expect(bench.group("g3") == nil)
        await bench.round()
        #expect(!Self.asked(bench).contains("g3"))
    }

    @Test("a coordinator that refuses is told with its reason, also in rounds that do not ask it")
    func refusal() async throws {
        let bench = Self.bench(perSecond: 1)
        bench.source.fail(.init(.offsetFetch, reason: .groupUnauthorized))
        for _ in 0..<6 { await bench.round() }
        let snapshot = try #require(bench.store.view()[0].snapshot)
        let reasons = Dictionary(grouping: snapshot.groups, by: \.unavailable).mapValues(\.count)
        #expect(reasons[.groupUnauthorized] == 20, "\(reasons)")
    }
}
