import ClusterAccess
import LagwardenTestKit
import Testing

@testable import Monitor

/// Who is asked when: tables and properties, with the clock in the test's hands.
@Suite("Which groups are asked in a round")
struct RequestPlannerTests {
    private static let broker = BrokerID(1)
    private static let interval = Duration.seconds(10)

    private static func at(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(sinceOrigin: .seconds(seconds))
    }

    private static func planner(idleInterval: Duration = .seconds(60)) -> RequestPlanner {
        RequestPlanner(interval: interval, settings: RequestPlanSettings(idleInterval: idleInterval))
    }

    private static func candidates(
        _ count: Int, state: GroupState? = .empty, broker: BrokerID = broker, requests: Int = 1
    ) -> [RequestPlanner.Candidate] {
        (0..<count).map { number in
            .init(id: GroupID("group-\(broker)-\(number)"), broker: broker, state: state, requests: requests)
        }
    }

    /// One round in which all that is planned is read; returns the plan.
    @discardableResult
    private static func round(
        _ planner: inout RequestPlanner, _ candidates: [RequestPlanner.Candidate], at now: MonotonicTime,
        budget: Int? = nil, moving: (GroupID) -> Bool = { _ in false }
    ) -> RequestPlanner.Plan {
        let plan = planner.plan(candidates, at: now) { _ in budget }
        for id in plan.asked { planner.noteReading(id, hasMoved: moving(id), at: now) }
        return plan
    }

    @Test("groups with members, those whose commits move and those that are not listed are asked every time")
    func hot() {
        var planner = Self.planner()
        let groups: [RequestPlanner.Candidate] = [
            .init(id: "members", broker: Self.broker, state: .stable, requests: 2),
            .init(id: "rebalancing", broker: Self.broker, state: .preparingRebalance, requests: 2),
            .init(id: "moving", broker: Self.broker, state: .empty, requests: 1),
            .init(id: "unlisted", broker: Self.broker, state: nil, requests: 1),
            .init(id: "odd", broker: Self.broker, state: .unknown, requests: 1),
        ]
        // Rounds begin a little early or late.
        for number in 0..<50 {
            let jitter = number.isMultiple(of: 3) ? -0.9 : 0.8
            let plan = Self.round(&planner, groups, at: Self.at(Double(number) * 10 + jitter)) {
                $0 == "moving"
            }
            #expect(plan.asked.count == 5 && plan.debt == 0 && plan.idle == 0, "round \(number)")
        }
    }

    @Test("a group that stands still is asked once in its interval, and at once when its state changes")
    func idle() {
        var planner = Self.planner()
        let empty = Self.candidates(1)
        let id = empty[0].id
        var asked: [Int] = []
        for number in 0..<600 {
            let plan = Self.round(&planner, empty, at: Self.at(Double(number) * 10)) { _ in number == 0 }
            if !plan.asked.isEmpty { asked.append(number) }
        }
        #expect(asked.prefix(4) == [0, 1, 2, 3], "first it is watched")
        #expect(zip(asked.dropFirst(3), asked.dropFirst(4)).allSatisfy { (1...7).contains($1 - $0) })
        #expect((95...105).contains(asked.count), "once a minute: \(asked.count)")
        #expect(planner.isIdle(id))
        // Not due by itself in at least one of two successive rounds.
        let next = Double(asked.last ?? 0) * 10 + 10
        var woken = empty
        woken[0].state = .stable
        let plan = planner.plan(woken, at: Self.at(next)) { _ in nil }
        #expect(plan.asked == [id] && plan.idle == 0)
        // Not read this time: it stays due, also when it is empty again.
        #expect(planner.plan(empty, at: Self.at(next + 1)) { _ in nil }.asked == [id])
        planner.noteReading(id, hasMoved: false, at: Self.at(next + 1))
        #expect(!planner.isIdle(id), "it has to stand still anew")
    }

    @Test("idle groups have their turns at times that are spread over the interval")
    func jitter() {
        var planner = Self.planner(idleInterval: .seconds(600))
        let groups = Self.candidates(3_000)
        for number in 0..<5 { Self.round(&planner, groups, at: Self.at(Double(number) * 10)) }
        var asked: [Int] = []
        var gaps: [GroupID: Int] = [:]
        for number in 5..<185 {
            let plan = Self.round(&planner, groups, at: Self.at(Double(number) * 10))
            asked.append(plan.asked.count)
            #expect(plan.idle == plan.asked.count)
            for id in plan.asked {
                if let last = gaps[id] { #expect((59...61).contains(number - last)) }
                gaps[id] = number
            }
        }
        #expect(gaps.count == 3_000, "nobody is forgotten")
        // 50 a round on average.
        #expect(asked.allSatisfy { (20...90).contains($0) }, "\(asked.min() ?? 0)...\(asked.max() ?? 0)")
    }

    @Test("the budget of a broker is kept, others are not touched by it, and what is left out is counted")
    func budget() {
        var planner = Self.planner()
        let (one, two) = (
            Self.candidates(30, state: .stable, requests: 2), Self.candidates(5, broker: BrokerID(2))
        )
        let plan = planner.plan(one + two, at: Self.at(0)) { $0 == Self.broker ? 21 : nil }
        #expect(plan.asked.count == 11 + 5, "the last one may cost a request more")
        #expect(plan.debt == 19)
        #expect(planner.plan(one, at: Self.at(0)) { _ in 0 } == .init(asked: [], idle: 0, debt: 30))
    }

    @Test(
        "when the budget does not suffice everybody is asked in turn, the longest waiting first",
        arguments: [1, 3, 7, 24, 25, 26, 99, 100])
    func fairness(budget: Int) {
        var planner = Self.planner()
        let groups = Self.candidates(100, state: .stable)
        let bound = (100 + budget - 1) / budget
        var last = Dictionary(uniqueKeysWithValues: groups.map { ($0.id, -1) })
        for number in 0..<(bound * 3 + 3) {
            let plan = Self.round(&planner, groups, at: Self.at(Double(number) * 10), budget: budget)
            #expect(plan.asked.count == min(100, budget) && plan.debt == 100 - plan.asked.count)
            for id in plan.asked { last[id] = number }
            let longest = last.values.map { number - $0 }.max() ?? 0
            #expect(longest <= bound, "round \(number): somebody waits for \(longest) rounds")
        }
    }

    @Test("nobody starves in any mixture of hot and idle groups that come, go and fail", arguments: 1...10)
    func starvation(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var planner = Self.planner()
        let all = Self.candidates(200).shuffled(using: &random)
        var states: [GroupID: GroupState] = [:]
        var last: [GroupID: Int] = [:]
        let budget = Int.random(in: 20...60, using: &random)
        for number in 0..<300 {
            for _ in 0..<5 {
                if let group = all.randomElement(using: &random) {
                    states[group.id] = Bool.random(using: &random) ? .stable : .empty
                }
            }
            let present = all.filter { _ in Int.random(in: 0..<200, using: &random) > 0 }
            let absent = Set(all.map(\.id)).subtracting(present.map(\.id))
            // Who comes back is new, and takes its place behind those who wait already.
            for id in absent { last[id] = number }
            let candidates = present.map { candidate in
                var candidate = candidate
                candidate.state = states[candidate.id] ?? .empty
                return candidate
            }
            let now = Self.at(Double(number) * 10)
            let plan = planner.plan(candidates, at: now) { _ in budget }
            #expect(plan.asked.count <= budget && Set(plan.asked).count == plan.asked.count)
            for id in plan.asked {
                last[id] = number
                if Int.random(in: 0..<10, using: &random) == 0 {
                    planner.noteFailure(id, at: now)
                } else {
                    planner.noteReading(id, hasMoved: Bool.random(using: &random), at: now)
                }
            }
            guard number > 60 else { continue }
            // All are due again after an idle interval at the latest, and then wait for one turn of everybody.
            let bound = 7 + (200 + budget - 1) / budget + 2
            for candidate in candidates {
                let waited = number - (last[candidate.id] ?? 0)
                if waited > bound { Issue.record("\(candidate.id) waits for \(waited) rounds") }
            }
        }
    }

    @Test("what was read is used until it is too old for the group's pace")
    func staleness() {
        var planner = Self.planner()
        let (hot, idle) = (Self.candidates(1, state: .stable, broker: BrokerID(2)), Self.candidates(1))
        #expect(planner.isStale(hot[0].id, at: Self.at(0)), "never read")
        for number in 0..<4 {
            Self.round(&planner, hot + idle, at: Self.at(Double(number) * 10)) { _ in number == 0 }
        }
        #expect(!planner.isStale(hot[0].id, at: Self.at(60)) && planner.isStale(hot[0].id, at: Self.at(61)))
        #expect(
            !planner.isStale(idle[0].id, at: Self.at(120)) && planner.isStale(idle[0].id, at: Self.at(121)))
    }

    @Test("where idle groups are not asked more rarely than others, none is idle")
    func alike() {
        var planner = Self.planner(idleInterval: Self.interval)
        let groups = Self.candidates(20)
        for number in 0..<20 {
            let plan = Self.round(&planner, groups, at: Self.at(Double(number) * 10))
            #expect(plan.asked.count == 20)
        }
    }

    @Test("a group that could not be read is tried again in the next round, behind those that wait longer")
    func failure() {
        var planner = Self.planner()
        let groups = Self.candidates(10, state: .stable)
        let first = planner.plan(groups, at: Self.at(0)) { _ in 5 }
        for id in first.asked { planner.noteFailure(id, at: Self.at(0)) }
        let second = planner.plan(groups, at: Self.at(10)) { _ in 5 }
        #expect(Set(second.asked).isDisjoint(with: first.asked))
        for id in second.asked { planner.noteReading(id, hasMoved: true, at: Self.at(10)) }
        #expect(Set(planner.plan(groups, at: Self.at(20)) { _ in 5 }.asked) == Set(first.asked))
    }
}
