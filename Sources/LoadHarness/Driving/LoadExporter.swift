package import ClusterAccess
package import HTTPService
package import LagModel
import LagwardenTestKit
import Locking
package import Monitor
import Service
import StructuredLog

/// The real exporter (rounds, store, server) on a scripted cluster; its clock is moved round by round.
package final class LoadExporter: Sendable {
    package let source: LoadSource
    private let exporter: Exporter
    private let time: HarnessTime
    private let running: Mutex<Task<Void, Never>?>

    package static let interval = Duration.seconds(10)

    /// Binds a port of the system's choice on loopback; ``start(limit:)`` begins the rounds.
    package init(
        _ shape: LoadShape, commits: CommitSource = .hybrid, seed: UInt64 = 1, meter: CallMeter = CallMeter(),
        change: (inout RoundSettings) -> Void = { _ in }
    ) throws(HTTPServerError) {
        let time = HarnessTime(interval: Self.interval)
        self.time = time
        let source = LoadSource(
            LoadCluster(shape, seed: seed, at: time.milliseconds), at: time.milliseconds, meter: meter)
        self.source = source
        var settings = RoundSettings(
            interval: Self.interval, jitter: 0, ledger: .init(cluster: "load"),
            follower: commits == .admin ? nil : FollowerSettings(isHybrid: commits == .hybrid),
            time: TimeSettings())
        change(&settings)
        settings.rememberNames { time.instant }
        exporter = try Exporter(
            clusters: [.init(source: source, feeds: source, settings: settings)],
            options: .init(
                address: ListenAddress(host: "127.0.0.1", port: 0), staleAfter: .seconds(60),
                build: BuildInfo.facts(librdkafka: "0")),
            clock: MonitorClock(now: { time.now }, sleep: { try await time.sleep($0) }), logger: .silent)
        running = Mutex(nil)
    }

    package var port: Int { Int(exporter.port) }

    package var view: ClusterView? { exporter.store.view().first }

    package var snapshot: ClusterSnapshot? { view?.snapshot }

    /// Begins the rounds and waits for the first one that has everything.
    package func start() async {
        let exporter = exporter
        running.withLock { $0 = Task { await exporter.run() } }
        while view?.rounds[.complete] == nil { await time.waitForPause() }
    }

    /// Rounds that are over.
    private var finished: Int64 { view?.rounds.values.reduce(0, +) ?? 0 }

    /// One more round, an interval after the last one, and all that was written before it.
    package func round() async {
        let before = finished
        time.advance()
        // The offsets topic's first end may have let a round come by itself, whose pause was not waited for.
        repeat { await time.waitForPause() } while finished == before
    }

    /// Lets something happen in the cluster now; the next round sees it.
    package func happen(_ change: @Sendable (inout LoadCluster, _ time: Int64) -> [OffsetsEntry]) {
        let now = time.milliseconds
        source.happen(at: now) { change(&$0, now) }
    }

    /// Ends the exporter and all it started.
    package func stop() async {
        let task = running.withLock { $0 }
        task?.cancel()
        await task?.value
    }
}

/// The clock of the rounds: stands still until it is moved, and knows when the rounds pause.
private final class HarnessTime: Sendable {
    private let clock = ManualClock()
    private let start = ContinuousClock.now
    private let bell = NewsBell()
    private let interval: Duration
    /// 2023-11-14 22:13:20 UTC.
    private static let origin: Int64 = 1_700_000_000_000_000_000

    init(interval: Duration) { self.interval = interval }

    var instant: ContinuousClock.Instant { start.advanced(by: clock.now.offset) }

    var now: Moment {
        let offset = clock.now.offset
        let parts = offset.components
        return Moment(
            wall: WallTime(
                nanosecondsSince1970: Self.origin + parts.seconds * 1_000_000_000
                    + parts.attoseconds / 1_000_000_000),
            monotonic: MonotonicTime(sinceOrigin: offset))
    }

    /// Milliseconds since 1970.
    var milliseconds: Int64 { now.wall.nanosecondsSince1970 / 1_000_000 }

    /// Only the pause between rounds is as long as the interval.
    func sleep(_ duration: Duration) async throws {
        let end = clock.now.advanced(by: duration)
        if duration == interval { bell.ring() }
        try await clock.sleep(until: end)
    }

    func advance() { clock.advance(by: interval) }

    func waitForPause() async { await bell.wait() }
}
