import ClusterAccess
import LagModel
import LagwardenTestKit
import Monitor
import Testing

@Suite("Groups that come, go and move")
struct GroupLifeTests {
    @Test func aGroupIsForgottenAfterTwoDenialsOfAHealthyCoordinator() async {
        let bench = MonitorBench(RoundTests.threeBrokers())
        await bench.round()
        bench.source.withCluster { $0.groups["g"] = nil }
        await bench.round()
        #expect(bench.group("g")?.unavailable == .noCommits)
        #expect(bench.group("g")?.totals?.lag == nil)
        await bench.round()
        #expect(bench.group("g") == nil)
    }

    @Test func aLoadingCoordinatorProvesNothing() async {
        let bench = MonitorBench(RoundTests.threeBrokers())
        await bench.round()
        bench.source.fail(.init(.listGroups, broker: BrokerID(1), reason: .coordinatorLoading))
        bench.source.fail(.init(.offsetFetch, reason: .coordinatorLoading))
        for _ in 0..<5 {
            await bench.round()
            #expect(bench.group("g")?.unavailable == .coordinatorLoading)
        }
        bench.source.heal()
        await bench.round()
        #expect(bench.group("g")?.totals?.lag == 180)
    }

    @Test func aListingThatLacksAGroupWithCommitsProvesNothing() async {
        let bench = MonitorBench(RoundTests.threeBrokers())
        await bench.round()
        bench.source.withCluster { $0.groups["g"]?.state = .dead }
        for _ in 0..<4 { await bench.round() }
        #expect(bench.group("g")?.totals?.lag == 180)
        #expect(bench.group("g")?.state == nil)
    }

    @Test func aGroupThatMovedIsFoundByItsNewCoordinator() async {
        let bench = MonitorBench(RoundTests.threeBrokers())
        await bench.round()
        bench.source.withCluster { $0.groups["g"]?.coordinator = BrokerID(3) }
        let view = await bench.round()
        #expect(bench.group("g")?.coordinator == BrokerID(3))
        #expect(bench.group("g")?.totals?.lag == 180)
        #expect(view.snapshot?.groups.count == 1)
    }

    @Test func describeCallsKIP848GroupsDeadAndTheListingIsBelieved() async {
        var cluster = RoundTests.threeBrokers()
        cluster.groups["g"]?.type = nil
        cluster.groups["g"]?.state = .stable
        let bench = MonitorBench(cluster)
        await bench.round()
        #expect(bench.group("g")?.state == .stable)
    }

    @Test func anEmptyGroupIsDescribedOnceForItsKind() async {
        var cluster = RoundTests.threeBrokers()
        cluster.groups["g"]?.state = .empty
        let bench = MonitorBench(cluster)
        for _ in 0..<4 { await bench.round() }
        #expect(bench.source.calls.filter { $0.kind == .describeGroups }.count == 1)
        #expect(bench.group("g")?.members?.members.isEmpty == true)
        #expect(bench.group("g")?.type == .classic)
    }

    @Test func aBrokerThatFallsSilentIsNotAskedForTheRestOfItsGroups() async {
        var cluster = ScriptedCluster(brokers: [1])
        for number in 0..<200 { cluster.groups[GroupID("g\(number)")] = .init() }
        let bench = MonitorBench(cluster) { $0.groupsInFlight = 8 }
        bench.source.fail(.init(.offsetFetch, reason: .timedOut))
        let view = await bench.round()
        #expect(bench.source.count(.offsetFetch) <= 8)
        #expect(view.unavailable(.group, .timedOut) == 200)
    }
}

@Suite("When rounds start")
struct RoundScheduleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var elapsed: Duration
        var random: Double
        var delay: Duration
        var testDescription: String { "\(elapsed) elapsed, random \(random)" }
    }

    @Test(arguments: [
        Case(elapsed: .seconds(0), random: 0.5, delay: .seconds(10)),
        Case(elapsed: .seconds(4), random: 0.5, delay: .seconds(6)),
        Case(elapsed: .seconds(0), random: 0, delay: .seconds(9)),
        Case(elapsed: .seconds(0), random: 1, delay: .seconds(11)),
        Case(elapsed: .seconds(30), random: 0.5, delay: .seconds(1)),
    ])
    func startsAreAnIntervalApart(_ row: Case) {
        let delay = RoundSchedule.delay(
            interval: .seconds(10), jitter: 0.1, elapsed: row.elapsed, random: row.random)
        #expect(abs(delay.seconds - row.delay.seconds) < 1e-9)
    }
}
