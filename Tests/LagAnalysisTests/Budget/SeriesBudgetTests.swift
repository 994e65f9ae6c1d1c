import LagAnalysis
import LagModel
import LagwardenTestKit
import Testing

/// Which groups and topics are folded, how deep, and when they come back.
@Suite struct SeriesBudgetTests {
    /// What a budget is asked, with a name for each item.
    private struct Item {
        var name: String
        var lag: Int64
        var counts: SeriesCounts
    }

    private struct Demand {
        var fixed: Int
        var topics: [Item]
        var groups: [Item]
    }

    /// A budget that is asked so.
    private struct Budget {
        private var budget: SeriesBudget

        init(limit: Int) { budget = SeriesBudget(limit: limit) }

        var isFolding: Bool { budget.isFolding }

        mutating func plan(_ demand: Demand) -> SeriesBudget.Plan {
            func bare(_ items: [Item]) -> [SeriesBudget.Item] {
                items.map { SeriesBudget.Item(lag: $0.lag, counts: $0.counts) }
            }
            let bareDemand = SeriesBudget.Demand(
                fixed: demand.fixed, topics: bare(demand.topics), groups: bare(demand.groups))
            return budget.plan(bareDemand) { kind, position in
                kind == .topic ? demand.topics[position].name : demand.groups[position].name
            }
        }
    }

    /// 100 series by partition, 10 by topic, 5 by group and 2 in the summary.
    private static let counts = SeriesCounts(partition: 100, topic: 10, group: 5, summary: 2)

    private static func groups(_ lags: [(String, Int64)]) -> [Item] {
        lags.map { Item(name: $0.0, lag: $0.1, counts: counts) }
    }

    private static func demand(
        _ groups: [(String, Int64)], topics: [Item] = [], fixed: Int = 0
    ) -> Demand {
        Demand(fixed: fixed, topics: topics, groups: Self.groups(groups))
    }

    /// Number of series that a group with these counts has at `level`: with one for each level that it lost,
    /// which says how much that was.
    private static func series(of counts: SeriesCounts, at level: ExportLevel) -> Int {
        let lost = ExportLevel.allCases.count { $0 < level && counts[$0] > 0 }
        return counts.exported(at: level).total + lost
    }

    /// Limits at which a group is just exported at each level, and what is exported of it.
    @Test(arguments: [
        (SeriesCounts(partition: 100, topic: 10, group: 5, summary: 2), [117, 18, 9, 5]),
        // A group that is configured to be shown by topic loses nothing by partition.
        (SeriesCounts(topic: 10, group: 5), [15, 15, 6, 2]),
    ])
    func `a level that is lost costs the series that says so`(counts: SeriesCounts, exported: [Int]) {
        #expect(ExportLevel.allCases.map { Self.series(of: counts, at: $0) } == exported)
        for limit in exported {
            var budget = Budget(limit: limit)
            let group = Item(name: "g", lag: 1, counts: counts)
            #expect(budget.plan(Demand(fixed: 0, topics: [], groups: [group])).exported == limit)
        }
    }

    struct Case: CustomTestStringConvertible {
        var limit: Int
        /// Of groups with lags 50, 0, 50 and 7.
        var levels: [ExportLevel]
        var testDescription: String { "limit \(limit)" }
    }

    /// The whole is 468; a group by topic is 99 less, by group 9 less, its summary 4 less.
    @Test(arguments: [
        Case(limit: 468, levels: [.partition, .partition, .partition, .partition]),
        Case(limit: 467, levels: [.partition, .topic, .partition, .partition]),
        Case(limit: 369, levels: [.partition, .topic, .partition, .partition]),
        Case(limit: 368, levels: [.partition, .topic, .partition, .topic]),
        Case(limit: 269, levels: [.partition, .topic, .topic, .topic]),
        Case(limit: 72, levels: [.topic, .topic, .topic, .topic]),
        Case(limit: 71, levels: [.topic, .group, .topic, .topic]),
        Case(limit: 36, levels: [.group, .group, .group, .group]),
        Case(limit: 35, levels: [.group, .summary, .group, .group]),
        Case(limit: 20, levels: [.summary, .summary, .summary, .summary]),
        Case(limit: 1, levels: [.summary, .summary, .summary, .summary]),
    ])
    func `the least lagging is folded first, of equals the last by name`(_ test: Case) {
        var budget = Budget(limit: test.limit)
        let plan = budget.plan(Self.demand([("a", 50), ("b", 0), ("c", 50), ("d", 7)]))
        #expect(plan.groups == test.levels)
        let exported = test.levels.reduce(0) { $0 + Self.series(of: Self.counts, at: $1) }
        #expect(plan.exported == exported)
        #expect(budget.isFolding == (test.limit < 468))
    }

    @Test func `topics go before groups at each level, and tell nothing of it`() {
        let topics = [
            Item(name: "t", lag: 9, counts: SeriesCounts(partition: 20, topic: 1, group: 3, summary: 1)),
            Item(name: "u", lag: -1, counts: SeriesCounts(partition: 20, topic: 1, group: 3, summary: 1)),
        ]
        var levels: [[ExportLevel]] = []
        for limit in [167, 166, 146, 126, 27, 26, 25, 16] {
            var budget = Budget(limit: limit)
            let plan = budget.plan(Self.demand([("g", 9)], topics: topics))
            levels.append(plan.topics + plan.groups)
            #expect(plan.exported <= limit)
        }
        #expect(
            levels == [
                [.partition, .partition, .partition], [.partition, .topic, .partition],
                [.topic, .topic, .partition], [.topic, .topic, .topic], [.topic, .group, .topic],
                [.group, .group, .topic], [.group, .group, .group], [.group, .summary, .group],
            ])
    }

    @Test func `what was folded comes back only when a tenth of the limit stays free`() {
        var budget = Budget(limit: 300)
        let names = [("a", 9 as Int64), ("b", 8), ("c", 7)]
        // 351 series: one group by topic leaves 252.
        #expect(budget.plan(Self.demand(names)).groups == [.partition, .partition, .topic])
        // 350 - 61 would fit as a whole into 300, but not into 270.
        func smaller(by fewer: Int) -> Demand {
            var demand = Self.demand(names)
            demand.groups[0].counts.partition -= fewer
            return demand
        }
        #expect(budget.plan(smaller(by: 61)).groups == [.partition, .partition, .topic])
        #expect(budget.plan(smaller(by: 80)).groups == [.partition, .partition, .topic])
        #expect(budget.plan(smaller(by: 81)).groups == [.partition, .partition, .partition])
        #expect(!budget.isFolding)
        // Once back, it stays until the limit is reached again.
        #expect(budget.plan(smaller(by: 51)).groups == [.partition, .partition, .partition])
        #expect(budget.plan(smaller(by: 50)).groups == [.partition, .partition, .topic])
    }

    @Test func `groups that come and go move nobody else`() {
        var budget = Budget(limit: 400)
        let before = budget.plan(Self.demand([("a", 9), ("b", 8), ("c", 7), ("d", 6), ("e", 5)]))
        #expect(before.groups == [.partition, .partition, .partition, .topic, .topic])
        let less = budget.plan(Self.demand([("a", 9), ("b", 8), ("d", 6), ("e", 5), ("f", 1)]))
        #expect(less.groups == [.partition, .partition, .topic, .topic, .topic])
        // The boundary is where d was, though d is gone.
        let without = budget.plan(Self.demand([("a", 9), ("b", 8), ("bb", 7), ("e", 5), ("f", 1)]))
        #expect(without.groups == [.partition, .partition, .partition, .topic, .topic])
    }

    @Test func `a group whose lag rises takes the place of the least lagging`() {
        var budget = Budget(limit: 260)
        #expect(
            budget.plan(Self.demand([("a", 9), ("b", 8), ("c", 7)])).groups == [
                .partition, .partition, .topic,
            ])
        #expect(
            budget.plan(Self.demand([("a", 9), ("b", 8), ("c", 90)])).groups == [
                .partition, .topic, .partition,
            ])
    }

    private static func random(using generator: inout SeededRandom) -> Demand {
        func items(_ count: Int) -> [Item] {
            (0..<count).map { number in
                let counts = SeriesCounts(
                    partition: Int.random(in: 0...40, using: &generator),
                    topic: Int.random(in: 0...9, using: &generator),
                    group: Int.random(in: 0...9, using: &generator),
                    summary: Int.random(in: 0...4, using: &generator))
                return Item(
                    name: String(1_000 + number), lag: Int64.random(in: -1...8, using: &generator),
                    counts: counts)
            }
        }
        return Demand(
            fixed: Int.random(in: 0...10, using: &generator),
            topics: items(Int.random(in: 0...9, using: &generator)),
            groups: items(Int.random(in: 0...30, using: &generator)))
    }

    private static func exported(_ plan: SeriesBudget.Plan, _ demand: Demand) -> Int {
        var sum = demand.fixed
        for (item, level) in zip(demand.topics, plan.topics) { sum += item.counts.exported(at: level).total }
        for (item, level) in zip(demand.groups, plan.groups) {
            sum += Self.series(of: item.counts, at: level)
        }
        return sum
    }

    @Test(arguments: 0..<80 as Range<UInt64>)
    func `plans keep to the limit, to the order of lag, and to their word`(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        let limit = Int.random(in: 1...1_500, using: &generator)
        var budget = Budget(limit: limit)
        for _ in 0..<6 {
            let demand = Self.random(using: &generator)
            let plan = budget.plan(demand)
            #expect(plan.exported == Self.exported(plan, demand))
            let isReduced = (plan.topics + plan.groups).allSatisfy { $0 == .summary }
            #expect(plan.exported <= limit || isReduced)
            for (items, levels) in [(demand.topics, plan.topics), (demand.groups, plan.groups)] {
                for (one, level) in zip(items, levels) {
                    for (other, otherLevel) in zip(items, levels) where one.lag > other.lag {
                        #expect(level <= otherLevel)
                    }
                }
            }
            // The same again changes nothing.
            #expect(budget.plan(demand) == plan)
        }
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `small changes of size do not make groups come and go`(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        var demand = Self.random(using: &generator)
        let whole =
            demand.fixed + demand.topics.reduce(0) { $0 + $1.counts.total }
            + demand.groups.reduce(0) { $0 + $1.counts.total }
        var budget = Budget(limit: max(1, whole * 2 / 3))
        var plan = budget.plan(demand)
        let base = demand.fixed
        for _ in 0..<30 {
            demand.fixed = base + Int.random(in: 0...max(0, whole / 40), using: &generator)
            let next = budget.plan(demand)
            // Under a wave that is smaller than the room, levels only ever get coarser.
            for (was, now) in zip(plan.groups + plan.topics, next.groups + next.topics) {
                #expect(was <= now)
            }
            plan = next
        }
    }
}
