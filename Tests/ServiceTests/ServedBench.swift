import ClusterAccess
import Exposition
import Foundation
import HTTPService
import LagModel
import LagwardenTestKit
import Locking
import Monitor
import StructuredLog

@testable import Service

/// Routes over scripted clusters, asked without a socket.
final class ServedBench: Sendable {
    let sources: [ScriptedSource]
    let monitors: [ClusterMonitor]
    let routes: Routes
    private let store: SnapshotStore
    private let now: SharedTime

    /// A clock that tests turn by hand.
    final class SharedTime: Sendable {
        let seconds = Mutex(1000)

        var moment: Moment {
            let seconds = seconds.withLock { $0 }
            return Moment(
                wall: WallTime(nanosecondsSince1970: Int64(seconds) * 1_000_000_000),
                monotonic: MonotonicTime(sinceOrigin: .seconds(seconds)))
        }
    }

    init(
        _ names: [String] = ["c"], staleAfter: Duration = .seconds(30), configured: CommitSource = .admin,
        concurrentScrapes: Int = 100
    ) {
        let time = SharedTime()
        now = time
        let sources = names.map { _ in ScriptedSource(Self.cluster()) }
        self.sources = sources
        let store = SnapshotStore(clusters: names)
        self.store = store
        let clock = MonitorClock(now: { time.moment }, sleep: { _ in throw CancellationError() })
        let clusters = zip(names, sources).map { name, source in
            Exporter.Cluster(
                source: source,
                settings: RoundSettings(
                    ledger: .init(cluster: name),
                    follower: configured == .admin
                        ? nil : FollowerSettings(isHybrid: configured == .hybrid)))
        }
        monitors = clusters.map {
            ClusterMonitor(
                source: $0.source, settings: $0.settings, store: store, clock: clock, logger: .silent)
        }
        let options = Exporter.Options(
            address: ListenAddress(host: "127.0.0.1", port: 0), staleAfter: staleAfter,
            concurrentScrapes: concurrentScrapes, build: BuildInfo.facts(librdkafka: "2.0.2"))
        routes = Routes(clusters: clusters, store: store, options: options, clock: clock)
    }

    /// Topic `t` with two partitions of 100 records; groups `slow` (lag 150), `fast` (0) and `new` (no
    /// commits).
    static func cluster() -> ScriptedCluster {
        var cluster = ScriptedCluster(brokers: [1])
        cluster.addTopic("t", partitions: 2, highWatermark: 100)
        cluster.commit("slow", "t", 0, 0)
        cluster.commit("slow", "t", 1, 50)
        cluster.commit("fast", "t", 0, 100)
        cluster.groups["new"] = .init(state: .empty)
        return cluster
    }

    func rounds() async { for monitor in monitors { await monitor.performRound() } }

    /// Publishes a snapshot that no round has made.
    func publish(_ snapshot: ClusterSnapshot) {
        var snapshot = snapshot
        snapshot.endOffsetsRead = now.moment
        store.record(
            FinishedRound(outcome: .complete, snapshot: snapshot, finished: now.moment, duration: .zero),
            of: snapshot.cluster)
    }

    func advance(_ seconds: Int) { now.seconds.withLock { $0 += seconds } }

    func get(
        _ target: String, headers: HTTPHeaders = [:], method: HTTPMethod = .get
    ) throws -> HTTPResponse {
        routes.respond(to: try HTTPRequest(method: method, target: target, headers: headers))
    }

    /// The body as a JSON object.
    func json(_ target: String) throws -> [String: Any] {
        let body = Data(try get(target).body.bytes)
        return try JSONSerialization.jsonObject(with: body) as? [String: Any] ?? [:]
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body.bytes, as: UTF8.self) }
}
