import ClusterAccess
import LagwardenTestKit
import Testing

@testable import Incidents

/// Whatever rounds bring, what is told of an incident is a sentence with a beginning and an end.
@Suite("Incidents in random stories")
struct PropertyTests {
    @Test(arguments: 0..<40)
    func everyIncidentOpensOnceAndClosesOnce(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let rules = [
            lagRule("a", repeatInterval: .seconds(70)),
            lagRule("b", opensAfter: .seconds(20), closesAfter: .seconds(10), grouping: .cluster),
        ]
        let settings = IncidentEngine.Settings(rules: rules, goneAfter: .seconds(40))
        var engine = IncidentEngine(settings)
        var open: [String: Int64] = [:]
        for round in 0..<300 {
            let now = moment(Double(round) * 10)
            var notices: [Notice] = []
            switch Int.random(in: 0..<10, using: &random) {
            case 0: engine.gap(in: "c")
            case 1:
                // A restart: nothing is lost and nothing is told.
                let remembered = engine.remembered(at: now.monotonic)
                engine = IncidentEngine(settings)
                #expect(engine.restore(remembered, clusters: ["c"], at: now, sinks: []).isEmpty)
            default:
                var conditions: [GroupCondition] = []
                for group in ["x", "y", "z"] where Int.random(in: 0..<6, using: &random) > 0 {
                    let lag: Int64? = [nil, 0, 60, 200, 200].randomElement(using: &random) ?? nil
                    conditions.append(GroupCondition(group: group, lag: lag))
                }
                notices = engine.observe("c", conditions, at: now)
            }
            for notice in notices {
                let incident = notice.incident
                switch notice.event {
                case .opened:
                    #expect(open[incident.id] == nil)
                    #expect(incident.sequence == 1)
                case .changed, .repeated, .resolved:
                    #expect(open[incident.id] == incident.sequence - 1)
                case .test: Issue.record("nobody asked for a test")
                }
                #expect(!incident.groups.isEmpty)
                #expect((incident.closing != nil) == (notice.event == .resolved))
                open[incident.id] = notice.event == .resolved ? nil : incident.sequence
            }
            #expect(Set(open.keys) == Set(engine.open.map(\.id)))
        }
    }
}
