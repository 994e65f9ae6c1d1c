import ClusterAccess
import Testing

@testable import Incidents

/// Incidents that were open before a restart.
@Suite("Incidents survive a restart")
struct RestoringTests {
    private func opened(_ rule: IncidentRule) -> [IncidentEngine.Remembered] {
        var before = engine(rule)
        let notices = before.observe("c", [GroupCondition(group: "g", lag: 200)], at: moment(0))
        #expect(said(notices) == ["opened g"])
        return before.remembered(at: moment(20).monotonic)
    }

    @Test func whatWasToldIsNotToldAgain() {
        let rule = lagRule(repeatInterval: .seconds(30))
        let remembered = opened(rule)
        var after = engine(rule)
        let start = Moment(wall: moment(100).wall, monotonic: MonotonicTime(sinceOrigin: .zero))
        #expect(after.restore(remembered, clusters: ["c"], at: start, sinks: []).isEmpty)
        func round(_ seconds: Double, _ lag: Int64?) -> [String] {
            let now = Moment(
                wall: moment(100 + seconds).wall,
                monotonic: MonotonicTime(sinceOrigin: .milliseconds(Int64(seconds * 1000))))
            return said(after.observe("c", [GroupCondition(group: "g", lag: lag)], at: now))
        }
        #expect(round(1, nil) == [])
        #expect(round(5, 200) == [])
        // Twenty seconds of the interval had passed before.
        #expect(round(10, 200) == ["repeated g"])
        #expect(round(20, 0) == ["resolved g recovered"])
        #expect(remembered[0].incident.sequence == 1)
    }

    @Test func aGroupThatIsNotThereIsGoneOnlyAfterItsTime() {
        let rule = lagRule()
        var after = engine(rule)
        #expect(after.restore(opened(rule), clusters: ["c"], at: moment(1000), sinks: []).isEmpty)
        #expect(said(after.observe("c", [], at: moment(1001))) == [])
        #expect(said(after.observe("c", [], at: moment(1060))) == [])
        #expect(said(after.observe("c", [], at: moment(1061))) == ["resolved g gone"])
    }

    @Test func whatIsNoLongerWatchedIsClosed() {
        let remembered = opened(lagRule())
        func restored(_ rule: IncidentRule, clusters: Set<String> = ["c"]) -> [Notice] {
            var after = engine(rule)
            return after.restore(remembered, clusters: clusters, at: moment(50), sinks: ["every"])
        }
        let renamed = restored(lagRule("other"))
        #expect(said(renamed) == ["resolved g not_watched"])
        #expect(renamed.map(\.sinks) == [["every"]])
        #expect(renamed.map(\.incident.sequence) == [2])
        #expect(said(restored(lagRule(), clusters: ["d"])) == ["resolved g not_watched"])
        #expect(said(restored(lagRule(grouping: .cluster))) == ["resolved g not_watched"])
        var elsewhere = lagRule()
        elsewhere.groups = NameFilter(include: [.everything], exclude: [.everything])
        #expect(said(restored(elsewhere)) == ["resolved g not_watched"])
        #expect(restored(lagRule()).isEmpty)
    }
}
