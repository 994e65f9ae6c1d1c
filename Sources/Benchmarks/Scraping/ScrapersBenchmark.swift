import ClusterAccess
import Exposition
import Glibc
import HTTPService
import LagModel
import LagwardenTestKit
import LoadHarness
import Locking
import Monitor
import Service
import StructuredLog

/// One exporter on loopback that serves a snapshot, and those who ask it.
extension Benchmarks {
    /// Scrapes while others scrape, read slowly or say nothing, against scrapes of a quiet exporter.
    ///
    /// A hundred scrapers ask for gzip once in ten seconds each, twenty readers take a kilobyte in ten
    /// milliseconds over ten generations of snapshots, and fifty connections send half a header.
    func scrapers() -> Measurement {
        let name = "scrapers"
        guard let served = ServedFixture(width: width) else {
            return Measurement(name: name, figures: [], fault: "the exporter does not start")
        }
        let tries = isQuick ? 5 : 40
        let first = served.timeOfScrapes(1, .identity).first ?? .infinity
        let plain = median(served.timeOfScrapes(isQuick ? 3 : 9, .identity))
        let firstGzip = served.timeOfScrapes(1, .gzip).first ?? .infinity
        let quiet = median(served.timeOfScrapes(tries, .gzip))
        let before = ProcessMeter.residentBytes() ?? 0
        let crowd = Crowd(served, scrapers: isQuick ? 10 : 100, interval: 10)
        crowd.start(slowReaders: 20, halfOpen: 50)
        var busy: [Double] = []
        var resident = before
        for number in 0..<tries {
            // A new generation now and then, while slow readers still take an old one.
            if number % max(1, tries / 10) == 0 {
                served.publish(round: Int64(2 + number))
                _ = served.timeOfScrapes(1, .gzip)
                crowd.addSlowReaders(2)
            }
            busy += served.timeOfScrapes(1, .gzip)
            resident = max(resident, ProcessMeter.residentBytes() ?? 0)
            usleep(100_000)
        }
        let faults = crowd.stop()
        let loaded = median(busy)
        return Measurement(
            name: name,
            figures: [
                ("series_bytes", Double(served.plainBytes)), ("gzip_bytes", Double(served.gzipBytes)),
                ("first_plain_seconds", first), ("plain_seconds", plain),
                ("first_gzip_seconds", firstGzip), ("quiet_gzip_seconds", quiet),
                ("crowded_gzip_seconds", loaded), ("ratio", loaded / quiet),
                ("scrapes_of_others", Double(crowd.scrapes)),
                ("resident_growth_bytes", Double(resident - before)),
                ("resident_growth_bound_bytes", Double(crowd.memoryBound)),
            ],
            fault: faults ?? (resident - before > crowd.memoryBound ? "memory beyond the formula" : nil))
    }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .infinity : sorted[sorted.count / 2]
    }
}

/// An exporter whose snapshots are published by hand.
private final class ServedFixture: Sendable {
    private let exporter: Exporter
    private let snapshot: ClusterSnapshot
    private let sizes = Mutex([CrowdClient.Encoding: Int]())
    let port: UInt16

    init?(width: Int) {
        snapshot = Fixture(groupCount: width, topicsPerGroup: 1, partitionsPerTopic: width / 2).snapshot()
        var server = HTTPServerOptions()
        server.connectionLimit = 512
        let options = Exporter.Options(
            address: ListenAddress(host: "127.0.0.1", port: 0), server: server, staleAfter: .seconds(3600),
            concurrentScrapes: 400,
            build: .init(version: "0", revision: "0", swift: "0", librdkafka: "0"))
        let cluster = Exporter.Cluster(
            source: ScriptedSource(ScriptedCluster(brokers: [1])),
            settings: RoundSettings(ledger: .init(cluster: snapshot.cluster)))
        do {
            exporter = try Exporter(
                clusters: [cluster], options: options, clock: .system(), logger: .silent)
        } catch {
            return nil
        }
        port = exporter.port
        publish(round: 1)
    }

    /// The same numbers again, as of now.
    func publish(round: Int64) {
        var next = snapshot
        next.round = round
        let now = MonitorClock.system().now()
        next.endOffsetsRead = now
        exporter.store.record(
            FinishedRound(outcome: .complete, snapshot: next, finished: now, duration: .zero),
            of: next.cluster)
    }

    /// Seconds of wall time of each of some scrapes, each on a connection of its own.
    func timeOfScrapes(_ count: Int, _ encoding: CrowdClient.Encoding) -> [Double] {
        (0..<count).compactMap { _ in
            let started = ContinuousClock.now
            guard let size = CrowdClient(port: port)?.scrape(encoding) else { return nil }
            sizes.withLock { $0[encoding] = size }
            let time = (ContinuousClock.now - started).components
            return Double(time.seconds) + Double(time.attoseconds) / 1e18
        }
    }

    var plainBytes: Int { sizes.withLock { $0[.identity] ?? 0 } }
    var gzipBytes: Int { sizes.withLock { $0[.gzip] ?? 0 } }
}

/// Others who ask the exporter, on threads of their own until they are stopped.
private final class Crowd: Sendable {
    private struct State {
        var isStopping = false
        var threads = 0
        var scrapes = 0
        var cutShort = 0
        var connections = 0
    }

    private let served: ServedFixture
    private let scrapers: Int
    private let interval: Int
    private let state = Mutex(State())

    init(_ served: ServedFixture, scrapers: Int, interval: Int) {
        self.served = served
        self.scrapers = scrapers
        self.interval = interval
    }

    /// Scrapes that were answered in full.
    var scrapes: Int { state.withLock { $0.scrapes } }

    /// Growth that docs/performance.md allows for: two generations of both forms, 64 MiB of older ones, and
    /// 416 KiB for each connection; half a MiB for each connection's thread and buffer on this side.
    var memoryBound: Int {
        let connections = state.withLock { $0.connections }
        let body = served.plainBytes / 8 + 2 * served.gzipBytes
        return 2 * body + 64 << 20 + connections * (416 + 512) << 10
    }

    func start(slowReaders: Int, halfOpen: Int) {
        for number in 0..<scrapers {
            let delay = UInt32(number * interval * 1000 / scrapers)
            spawn { [self] in
                guard pause(milliseconds: delay) else { return }
                repeat { scrape() } while pause(milliseconds: UInt32(interval * 1000))
            }
        }
        addSlowReaders(slowReaders)
        for number in 0..<halfOpen {
            spawn { [self] in
                guard let client = CrowdClient(port: served.port) else { return }
                client.send(number.isMultiple(of: 2) ? "GET /metr" : "GET /metrics HTTP/1.1\r\nHost: h\r\nX-")
                while pause(milliseconds: 100) {}
            }
        }
    }

    /// Readers that take a hundred kilobytes in a second, and are cut off or not.
    ///
    /// What comes to its end keeps its connection, of which nothing more is heard within a second.
    func addSlowReaders(_ count: Int) {
        for _ in 0..<count {
            spawn { [self] in
                let client = CrowdClient(port: served.port, receiveBuffer: 4096, timeoutSeconds: 1)
                guard let client, client.ask(.gzip) else { return }
                while pause(milliseconds: 10), client.read(limit: 1024) > 0 {}
            }
        }
    }

    /// Ends all threads; what went wrong, or `nil`.
    func stop() -> String? {
        state.withLock { $0.isStopping = true }
        for _ in 0..<3000 where state.withLock({ $0.threads > 0 }) { usleep(10_000) }
        return state.withLock { state in
            if state.threads > 0 { return "scrapers do not end" }
            if state.scrapes == 0 { return "no other scrape was answered" }
            return state.cutShort > 0 ? "\(state.cutShort) scrapes were cut short or refused" : nil
        }
    }

    private func scrape() {
        let isWhole = CrowdClient(port: served.port)?.scrape(.gzip) != nil
        state.withLock { state in
            if isWhole { state.scrapes += 1 } else { state.cutShort += 1 }
        }
    }

    /// Whether to go on afterwards.
    private func pause(milliseconds: UInt32) -> Bool {
        var rest = milliseconds
        while rest > 0 {
            if state.withLock({ $0.isStopping }) { return false }
            let step = min(rest, 50)
            usleep(step * 1000)
            rest -= step
        }
        return state.withLock { !$0.isStopping }
    }

    private func spawn(_ body: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.threads += 1
            state.connections += 1
        }
        BackgroundWork.start { [self] in
            body()
            state.withLock { $0.threads -= 1 }
        }
    }
}
