import ClusterAccess
import Testing

@testable import Incidents

/// What each kind of trigger says of a condition.
@Suite("Verdicts")
struct VerdictTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var trigger: Trigger
        var condition: GroupCondition
        var verdict: Verdict

        var testDescription: String { "\(trigger) \(condition) is \(verdict)" }

        init(_ trigger: Trigger, _ verdict: Verdict, _ change: (inout GroupCondition) -> Void) {
            self.trigger = trigger
            self.verdict = verdict
            condition = GroupCondition(group: "g")
            change(&condition)
        }
    }

    static let lag = Trigger.lag(.init(open: 10_000, close: 8_000))
    static let age = Trigger.lagAge(.init(open: .seconds(300), close: .seconds(60)))
    static let margin = Trigger.lossMargin(.init(open: .seconds(3600), close: .seconds(7200)))
    static let rate = Trigger.rebalancesPerMinute(.init(open: 0.5, close: 0.25))

    static let cases = [
        Case(lag, .bad) { $0.lag = 10_001 }, Case(lag, .between) { $0.lag = 10_000 },
        Case(lag, .good) { $0.lag = 8_000 }, Case(lag, .unknown) { $0.lag = nil },
        Case(lag, .bad) { $0.lag = .max },
        Case(age, .bad) { $0.lagAge = .seconds(301) }, Case(age, .between) { $0.lagAge = .seconds(61) },
        Case(age, .good) { $0.lagAge = .zero }, Case(age, .unknown) { $0.lag = 20_000 },
        Case(margin, .bad) { $0.lossMargin = .seconds(10) },
        Case(margin, .between) { $0.lossMargin = .seconds(3600) },
        Case(margin, .good) { $0.lossMargin = .seconds(7200) },
        Case(margin, .unknown) { $0.lag = 1 },
        Case(margin, .good) { $0.lag = 0 },
        Case(rate, .bad) { $0.rebalancesPerMinute = 0.6 },
        Case(rate, .good) { $0.rebalancesPerMinute = 0 },
        Case(rate, .unknown) { $0.rebalances = .init(7, isExact: true) },
        Case(.status(.err), .bad) { $0.status = .err }, Case(.status(.err), .good) { $0.status = .warn },
        Case(.status(.warn), .bad) { $0.status = .warn }, Case(.status(.warn), .bad) { $0.status = .err },
        Case(.status(.warn), .good) { $0.status = .ok },
        Case(.status(.warn), .unknown) { $0.status = .notFound },
        Case(.status(.warn), .unknown) { $0.status = nil },
    ]

    @Test(arguments: cases)
    func verdict(_ example: Case) {
        #expect(example.trigger.verdict(of: example.condition) == example.verdict)
    }

    @Test func ratesAreTakenOverAWholeWindow() {
        func count(_ number: Int64, exact: Bool = true) -> GroupCondition.Count {
            .init(number, isExact: exact)
        }
        var rate = RebalanceRate(count(5), at: moment(0).monotonic)
        func at(_ seconds: Double, _ number: Int64, exact: Bool = true) -> Double? {
            rate.rate(with: count(number, exact: exact), at: moment(seconds).monotonic, over: .seconds(120))
        }
        #expect(at(60, 8) == nil)
        #expect(at(120, 9) == 2)
        // The first three have left the window.
        #expect(at(190, 9) == 0.5)
        #expect(at(300, 9) == 0)
        // Counted in another way, it begins anew, and so it does when it falls.
        #expect(at(310, 20, exact: false) == nil)
        #expect(at(430, 21, exact: false) == 0.5)
        #expect(at(440, 3, exact: false) == nil)
    }
}
