import ClusterAccess
import Incidents
import LagModel
import LagwardenTestKit
import Monitor
import Notifications
import StructuredLog
import Testing

@testable import Service

/// From rounds to incidents.
@Suite("Rounds reach the notifier")
struct NotificationFeedTests {
    private func moment(_ seconds: Int64) -> Moment {
        Moment(
            wall: WallTime(nanosecondsSince1970: seconds * 1_000_000_000),
            monotonic: MonotonicTime(sinceOrigin: .seconds(seconds)))
    }

    private func round(_ lag: Int64?, at seconds: Int64, number: Int64) -> FinishedRound {
        var totals = LagTotals()
        totals.lag = lag
        let group = GroupSnapshot(id: GroupID("g"), totals: totals)
        let snapshot = ClusterSnapshot(
            cluster: "c", round: number, endOffsetsRead: moment(seconds), groups: [group])
        return FinishedRound(
            outcome: .complete, snapshot: snapshot, finished: moment(seconds), duration: .seconds(1))
    }

    private func failed(at seconds: Int64) -> FinishedRound {
        FinishedRound(
            outcome: .failed, snapshot: nil, finished: moment(seconds), duration: .seconds(1),
            failure: ClusterError(.timedOut, operation: "list groups"))
    }

    @Test func roundsOpenAndCloseAndFailedOnesDoNeither() throws {
        let store = SnapshotStore(clusters: ["c"])
        var rule = IncidentRule(name: "lag", trigger: .lag(.init(open: 100, close: 100)))
        rule.opensAfter = .seconds(10)
        let notifier = Notifier(
            .init(incidents: .init(rules: [rule], goneAfter: .seconds(1)), sinks: []), clusters: ["c"],
            logger: .silent, now: { [self] in moment(0) })
        let feed = NotificationFeed(
            store: store, notifier: notifier,
            clock: MonitorClock(now: { [self] in moment(0) }, sleep: { _ in }))
        var seen: [String: Int64] = [:]
        func after(_ round: FinishedRound?) -> [String] {
            if let round { store.record(round, of: "c") }
            feed.look(&seen)
            return notifier.open.map { $0.key.group ?? "" }
        }
        #expect(after(nil) == [])
        #expect(after(round(200, at: 0, number: 1)) == [])
        #expect(after(failed(at: 10)) == [])
        // The ten seconds of the gap do not count.
        #expect(after(round(200, at: 15, number: 2)) == [])
        #expect(after(nil) == [])
        #expect(after(round(200, at: 25, number: 3)) == ["g"])
        #expect(after(failed(at: 1000)) == ["g"])
        #expect(after(round(nil, at: 2000, number: 4)) == ["g"])
        #expect(after(round(50, at: 2010, number: 5)) == [])
    }

    @Test func aReplicaWhoseSessionIsOverJudgesNothing() throws {
        let store = SnapshotStore(clusters: ["c"])
        var rule = IncidentRule(name: "lag", trigger: .lag(.init(open: 100, close: 100)))
        rule.opensAfter = .zero
        let notifier = Notifier(
            .init(incidents: .init(rules: [rule]), sinks: []), clusters: ["c"], logger: .silent,
            now: { [self] in moment(0) })
        let feed = NotificationFeed(
            store: store, notifier: notifier,
            clock: MonitorClock(now: { [self] in moment(100) }, sleep: { _ in }))
        var seen: [String: Int64] = [:]
        store.renewLease(of: "c", until: moment(99).monotonic)
        store.record(round(200, at: 50, number: 1), of: "c")
        feed.look(&seen)
        #expect(notifier.open.isEmpty)
    }
}
