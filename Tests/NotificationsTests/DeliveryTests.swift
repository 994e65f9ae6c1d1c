import ClusterAccess
import Incidents
import Testing

@testable import Notifications

/// What follows from answers, how long pauses are, and what a full queue drops.
@Suite("Deliveries")
struct DeliveryTests {
    @Test(arguments: [
        (200, "delivered"), (204, "delivered"), (301, "refused"), (400, "refused"), (401, "refused"),
        (404, "refused"), (408, "failed"), (410, "refused"), (429, "failed"), (500, "failed"),
        (503, "failed"), (100, "failed"),
    ])
    func statusDecides(status: Int, verdict: String) {
        let words: String =
            switch DeliveryVerdict(.answered(HTTPAnswer(status: status))) {
            case .delivered: "delivered"
            case .refused: "refused"
            case .failed: "failed"
            }
        #expect(words == verdict)
    }

    @Test func pausesDoubleUpToALimitAndServersMayAskForLonger() {
        let backOff = BackOff(first: .seconds(1), most: .seconds(60), retryAfterMost: .seconds(300))
        func pause(_ failures: Int, _ retryAfter: Duration? = nil, _ random: Double = 1) -> Duration {
            backOff.pause(after: failures, retryAfter: retryAfter, random: random)
        }
        #expect([1, 2, 3, 4].map { pause($0) } == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(pause(7) == .seconds(60))
        #expect(pause(1_000_000) == .seconds(60))
        #expect(pause(3, nil, 0) == .seconds(2))
        #expect(pause(1, .seconds(20)) == .seconds(20))
        #expect(pause(7, .seconds(20)) == .seconds(60))
        #expect(pause(1, .seconds(86_400)) == .seconds(300))
    }

    private func notice(_ event: Notice.Event, _ group: String, _ sequence: Int64) -> DeliveryTask {
        .notice(testNotice(event, group, sequence))
    }

    private func said(_ tasks: [DeliveryTask]) -> [String] {
        tasks.map { task in
            switch task {
            case .refresh: "refresh"
            case .notice(let notice):
                "\(notice.event.rawValue) \(notice.incident.key.group ?? "") \(notice.incident.sequence)"
            }
        }
    }

    @Test func newerNoticesReplaceOlderOnesThatSayLess() {
        var queue = DeliveryQueue(limit: 10)
        #expect(queue.add(notice(.opened, "a", 1)).isEmpty)
        #expect(queue.add(notice(.repeated, "a", 2)).isEmpty)
        #expect(queue.add(notice(.repeated, "b", 2)).isEmpty)
        let dropped = queue.add(notice(.repeated, "a", 3))
        #expect(said(dropped.map(\.0)) == ["repeated a 2"])
        #expect(dropped.map(\.1) == [.superseded])
        #expect(queue.add(.refresh([])).isEmpty)
        #expect(queue.add(.refresh([])).map(\.1) == [.superseded])
        #expect(
            said(queue.entries.map(\.task)) == ["opened a 1", "repeated b 2", "repeated a 3", "refresh"])
    }

    @Test func whatIsBeingSentIsNotReplaced() throws {
        var queue = DeliveryQueue(limit: 10)
        _ = queue.add(notice(.repeated, "a", 2))
        let begun = queue.begin()
        let first = try #require(begun)
        #expect(queue.add(notice(.repeated, "a", 3)).isEmpty)
        queue.finish(first.number)
        #expect(said(queue.entries.map(\.task)) == ["repeated a 3"])
    }

    @Test func aFullQueueDropsWhatIsSaidAgainAnyway() {
        var queue = DeliveryQueue(limit: 2)
        _ = queue.add(notice(.opened, "a", 1))
        _ = queue.add(notice(.repeated, "b", 2))
        let full = queue.add(notice(.repeated, "c", 2))
        #expect(said(full.map(\.0)) == ["repeated c 2"])
        #expect(full.map(\.1) == [.queueFull])
        #expect(said(queue.add(notice(.resolved, "a", 2)).map(\.0)) == ["repeated b 2"])
        #expect(said(queue.add(notice(.opened, "d", 1)).map(\.0)) == ["opened d 1"])
        #expect(said(queue.entries.map(\.task)) == ["opened a 1", "resolved a 2"])
    }
}

/// A notice about lag of a group on the cluster `c`.
func testNotice(_ event: Notice.Event, _ group: String, _ sequence: Int64) -> Notice {
    let time = WallTime(nanosecondsSince1970: 1_700_000_000_000_000_000)
    var incident = Incident(
        key: .init(rule: "lag", cluster: "c", group: group), severity: "critical", quantity: .lag,
        labels: ["team": "pay"], openedAt: time, sequence: sequence)
    incident.groups = [.init(since: time, condition: GroupCondition(group: group, lag: 12_000))]
    if event == .resolved { incident.closing = .init(at: time, reason: .recovered) }
    return Notice(event: event, incident: incident, at: time, sinks: ["hook"])
}
