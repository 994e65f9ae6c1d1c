import ClusterAccess
import Testing

@testable import Incidents

/// Stories of one group: what each round says, and what is told after it.
@Suite("Incidents open and close")
struct EngineTests {
    /// What a round brings for the group `g`.
    enum Round: Sendable {
        case lag(Int64)
        /// The group is there, its lag is not known.
        case unknown
        /// The group is not there.
        case absent
        /// The round made no snapshot.
        case gap
    }

    struct Story: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var rule: IncidentRule
        /// Ten seconds apart.
        var rounds: [Round]
        /// Number of the round, from 0, and what it tells; rounds that tell nothing are left out.
        var told: [Int: [String]]

        init(_ name: String, _ rule: IncidentRule, _ rounds: [Round], _ told: [Int: [String]]) {
            testDescription = name
            self.rule = rule
            self.rounds = rounds
            self.told = told
        }
    }

    static let stories = [
        Story("opens at once without a delay", lagRule(), [.lag(100), .lag(101)], [1: ["opened g"]]),
        Story(
            "opens after the delay", lagRule(opensAfter: .seconds(20)),
            [.lag(200), .lag(200), .lag(200), .lag(200)], [2: ["opened g"]]),
        Story(
            "a delay begins anew after a good round", lagRule(opensAfter: .seconds(20)),
            [.lag(200), .lag(200), .lag(100), .lag(200), .lag(200)], [:]),
        Story(
            "the time of a gap does not count", lagRule(opensAfter: .seconds(20)),
            [.lag(200), .gap, .gap, .lag(200), .lag(200), .lag(200)], [5: ["opened g"]]),
        Story(
            "neither does the time of an unknown number", lagRule(opensAfter: .seconds(20)),
            [.lag(200), .unknown, .unknown, .lag(200), .lag(200), .lag(200)], [5: ["opened g"]]),
        Story(
            "stays open between the thresholds", lagRule(),
            [.lag(200), .lag(90), .lag(51), .lag(50)], [0: ["opened g"], 3: ["resolved g recovered"]]),
        Story(
            "does not open between the thresholds", lagRule(), [.lag(90), .lag(51), .lag(100)], [:]),
        Story(
            "closes after the closing delay", lagRule(closesAfter: .seconds(20)),
            [.lag(200), .lag(10), .lag(10), .lag(10)], [0: ["opened g"], 3: ["resolved g recovered"]]),
        Story(
            "a relapse begins the closing delay anew", lagRule(closesAfter: .seconds(20)),
            [.lag(200), .lag(10), .lag(10), .lag(90), .lag(10), .lag(10), .lag(10)],
            [0: ["opened g"], 6: ["resolved g recovered"]]),
        Story(
            "a gap resolves nothing, however long", lagRule(),
            [.lag(200)] + Array(repeating: .gap, count: 50) + [.lag(200)], [0: ["opened g"]]),
        Story(
            "an unknown number resolves nothing", lagRule(),
            [.lag(200)] + Array(repeating: .unknown, count: 50), [0: ["opened g"]]),
        Story(
            "a group that stays away is gone", lagRule(),
            [.lag(200)] + Array(repeating: .absent, count: 8), [0: ["opened g"], 7: ["resolved g gone"]]),
        Story(
            "a group that comes back was not gone", lagRule(),
            [.lag(200)] + Array(repeating: .absent, count: 6) + [.lag(200)]
                + Array(repeating: .absent, count: 6), [0: ["opened g"]]),
        Story(
            "a pending group that stays away is forgotten", lagRule(opensAfter: .seconds(20)),
            [.lag(200)] + Array(repeating: .absent, count: 8) + [.lag(200), .lag(200)], [:]),
        Story(
            "is repeated", lagRule(repeatInterval: .seconds(30)),
            Array(repeating: .lag(200), count: 8),
            [0: ["opened g"], 3: ["repeated g"], 6: ["repeated g"]]),
        Story(
            "opens again after it closed", lagRule(), [.lag(200), .lag(0), .lag(200)],
            [0: ["opened g"], 1: ["resolved g recovered"], 2: ["opened g"]]),
    ]

    @Test(arguments: stories)
    func story(_ story: Story) {
        var engine = engine(story.rule)
        var told: [Int: [String]] = [:]
        for (index, round) in story.rounds.enumerated() {
            let now = moment(Double(index) * 10)
            let notices: [Notice]
            switch round {
            case .lag(let lag):
                notices = engine.observe("c", [GroupCondition(group: "g", lag: lag)], at: now)
            case .unknown: notices = engine.observe("c", [GroupCondition(group: "g")], at: now)
            case .absent: notices = engine.observe("c", [], at: now)
            case .gap:
                engine.gap(in: "c")
                notices = engine.tick(at: now)
            }
            if !notices.isEmpty { told[index] = said(notices) }
        }
        #expect(told == story.told)
    }

    @Test func oneIncidentForAClusterNamesItsGroups() {
        var engine = engine(lagRule(grouping: .cluster))
        func round(_ seconds: Double, _ lags: [String: Int64]) -> [String] {
            let conditions = lags.map { GroupCondition(group: $0.key, lag: $0.value) }
            return said(engine.observe("c", conditions, at: moment(seconds)))
        }
        #expect(round(0, ["a": 200, "b": 0]) == ["opened a"])
        // Changes are told a minute apart at least.
        #expect(round(10, ["a": 200, "b": 200]) == [])
        #expect(round(60, ["a": 200, "b": 200]) == ["changed a+b"])
        #expect(round(130, ["a": 200, "b": 200]) == [])
        #expect(round(200, ["a": 0, "b": 200]) == ["changed b"])
        #expect(round(210, ["a": 0, "b": 0]) == ["resolved b recovered"])
    }

    @Test func clustersAndGroupsAreKeptApart() throws {
        var rule = lagRule()
        rule.clusters = NameFilter(include: [try NamePattern("c")])
        rule.groups = NameFilter(exclude: [try NamePattern("/test-.*/")])
        var engine = engine(rule)
        let conditions = ["test-1", "b", "a"].map { GroupCondition(group: $0, lag: 200) }
        #expect(said(engine.observe("d", conditions, at: moment(0))) == [])
        #expect(said(engine.observe("c", conditions, at: moment(0))) == ["opened a", "opened b"])
        #expect(engine.openCount(of: "c") == 2)
        #expect(engine.openCount(of: "d") == 0)
    }

    @Test func sequenceNumbersGoUpAndTheIdentifierStays() {
        var engine = engine(lagRule(repeatInterval: .seconds(10)))
        var notices: [Notice] = []
        for round in 0..<3 {
            let condition = GroupCondition(group: "g", lag: round == 2 ? 0 : 200)
            notices += engine.observe("c", [condition], at: moment(Double(round) * 10))
        }
        #expect(notices.map(\.event) == [.opened, .repeated, .resolved])
        #expect(notices.map(\.incident.sequence) == [1, 2, 3])
        #expect(Set(notices.map(\.incident.id)) == ["lag/c/g@1700000000000"])
    }
}
