import ClusterAccess
import LagModel
import LagwardenTestKit
import Locking
import Monitor
import StructuredLog

/// A monitor on a scripted cluster with clocks that stand still between rounds.
final class MonitorBench: Sendable {
    let source: ScriptedSource
    let store = SnapshotStore(clusters: ["c"])
    let monitor: ClusterMonitor
    private let seconds = Mutex<Int>(0)
    /// Messages of the log lines written so far.
    private let lines = Mutex<[String]>([])

    init(
        _ cluster: ScriptedCluster = ScriptedCluster(), secondsBefore: Int64 = 0,
        sampler: (any RecordSampler)? = nil,
        change: (inout RoundSettings) -> Void = { _ in }
    ) {
        source = ScriptedSource(cluster)
        seconds.withLock { $0 = Int(secondsBefore) }
        var settings = RoundSettings(ledger: .init(cluster: "c"))
        change(&settings)
        let box = WeakBox()
        monitor = ClusterMonitor(
            source: source, sampler: sampler, settings: settings, store: store,
            clock: MonitorClock(now: { box.now() }, sleep: { _ in throw CancellationError() }),
            logger: Logger(level: .debug) { record in box.log(record.message) })
        box.bench.withLock { $0 = Weak(self) }
    }

    /// One round, ten seconds after the last one, and what the store then shows.
    @discardableResult
    func round() async -> ClusterView {
        seconds.withLock { $0 += 10 }
        await monitor.performRound()
        return store.view()[0]
    }

    func group(_ id: GroupID) -> GroupSnapshot? {
        store.view()[0].snapshot?.group(id)
    }

    var log: [String] { lines.withLock { $0 } }

    private struct Weak: Sendable {
        weak let bench: MonitorBench?

        init(_ bench: MonitorBench) { self.bench = bench }
    }

    /// Breaks the circle between the bench and the closures that its monitor holds.
    private final class WeakBox: Sendable {
        let bench = Mutex<Weak?>(nil)

        func now() -> Moment {
            let seconds = bench.withLock { $0?.bench?.seconds.withLock { $0 } } ?? 0
            return Moment(
                wall: WallTime(nanosecondsSince1970: Int64(seconds) * 1_000_000_000),
                monotonic: MonotonicTime(sinceOrigin: .seconds(seconds)))
        }

        func log(_ message: String) {
            let bench = bench.withLock { $0?.bench }
            bench?.lines.withLock { $0.append(message) }
        }
    }
}

extension ClusterView {
    /// How many things are missing from the snapshot, by scope and reason.
    func unavailable(
        _ scope: ClusterSnapshot.Unavailable.Scope, _ reason: ClusterError.Reason
    ) -> Int { snapshot?.unavailable[.init(scope: scope, reason: reason)] ?? 0 }
}

extension ClusterSnapshot {
    /// A group as it is at the snapshot's moment.
    func group(_ id: GroupID) -> GroupSnapshot? {
        groups.first { $0.id == id }?.aged(to: endOffsetsRead.wall)
    }
}
