import KafkaLauncher
import LagwardenTestKit

/// The shipped program, `lagwarden serve`, as a child.
final class LiveExporter: Sendable {
    let process: RunningProcess
    let port: Int
    private let directory: TemporaryDirectory
    private let started: ContinuousClock.Instant

    var gauge: ProcessGauge { ProcessGauge(pid: process.child.pid) }

    private init(
        process: RunningProcess, port: Int, directory: TemporaryDirectory, started: ContinuousClock.Instant
    ) {
        self.process = process
        self.port = port
        self.directory = directory
        self.started = started
    }

    /// Starts it with `settings` (YAML) and returns when it listens.
    ///
    /// Without `bootstrap` the settings name the cluster.
    static func start(bootstrap: String?, settings: String) async throws -> LiveExporter {
        let directory = try TemporaryDirectory("live")
        let file = try directory.write(settings, to: "lagwarden.yaml")
        let program = try Builds.exporter()
        let started = ContinuousClock.now
        var arguments = ["--web.listen-address=127.0.0.1:0", "--config.file=\(file)"]
        if let bootstrap { arguments += ["--kafka.brokers=\(bootstrap)", "--cluster.name=live"] }
        let process = try ProcessRunner.start(
            program, arguments, environment: ExporterEnvironment.cleared())
        let deadline = started + .seconds(30)
        while ContinuousClock.now < deadline, process.child.isRunning {
            let line = process.error.split(separator: "\n").first { $0.contains("msg=serving") }
            let field = line?.split(separator: " ").first { $0.hasPrefix("port=") }
            if let port = field.flatMap({ Int($0.dropFirst("port=".count)) }) {
                return LiveExporter(process: process, port: port, directory: directory, started: started)
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw LaunchError("the exporter does not serve: \(await process.terminate().error)")
    }

    /// Waits for the first snapshot; returns the time since the program was started.
    func waitUntilReady(within limit: Duration = .seconds(120)) async throws -> Duration {
        while ContinuousClock.now - started < limit {
            let answer = try await HTTPProbe.get("/-/ready", port: port, timeout: .seconds(30))
            if answer.status == 200 { return ContinuousClock.now - started }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw LaunchError("no snapshot within \(limit): \(process.error.suffix(2000))")
    }

    func scrape(compressed: Bool = false) async throws -> LiveScrape {
        let headers = compressed ? ["Accept-Encoding": "gzip"] : [:]
        let answer = try await HTTPProbe.get(
            "/metrics", port: port, headers: headers, timeout: .seconds(60))
        guard answer.status == 200 else { throw LaunchError("/metrics answers \(answer.status)") }
        return LiveScrape(body: answer.body)
    }

    /// Waits for so many snapshots, the last with all of the offsets topic; returns how many there are.
    ///
    /// Asks `/api/v1/clusters`, so that nobody makes bodies for scrapes.
    func waitForRounds(_ count: Int, within limit: Duration = .seconds(120)) async throws -> Double {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            let answer = try await HTTPProbe.get("/api/v1/clusters", port: port, timeout: .seconds(30))
            let cluster = JSONValue(decoding: answer.body)?["clusters"][0]
            let loading = cluster?["offsetsTopic"]["partitions"]["loading"].integer ?? 0
            if let round = cluster?["round"].number, round >= Double(count), loading == 0 { return round }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw LaunchError("fewer than \(count) rounds within \(limit): \(process.error.suffix(2000))")
    }

    /// Ends it in good order; throws when it ends otherwise.
    func stop() async throws {
        let end = await process.terminate(patience: .seconds(15))
        guard end.exit == .code(0) else {
            throw LaunchError("the exporter ended with \(end.exit.map { "\($0)" } ?? "a kill"): \(end.error)")
        }
    }
}

/// A body of `/metrics`, read by lines only: there may be a million of them.
struct LiveScrape {
    let body: [UInt8]

    /// Sum over all samples of a family, or over those whose labels hold `label`; `nil` without any.
    func sum(_ family: String, _ label: String = "") -> Double? {
        let values = values(of: family, label)
        return values.isEmpty ? nil : values.reduce(0, +)
    }

    /// Samples of a family.
    func count(_ family: String) -> Double { Double(values(of: family, "").count) }

    private func values(of family: String, _ label: String) -> [Double] {
        let (prefix, label) = (Array((family + "{").utf8), Array(label.utf8))
        var values: [Double] = []
        var start = 0
        while start < body.count {
            let end = body[start...].firstIndex(of: UInt8(ascii: "\n")) ?? body.count
            let line = body[start..<end]
            start = end + 1
            guard line.starts(with: prefix), label.isEmpty || line.firstRange(of: label) != nil else {
                continue
            }
            let value = line.suffix(from: (line.lastIndex(of: UInt8(ascii: " ")) ?? line.startIndex) + 1)
            values.append(Double(String(decoding: value, as: UTF8.self)) ?? .nan)
        }
        return values
    }

    /// Rounds that have ended, however.
    var rounds: Double { sum("lagwarden_rounds_total") ?? 0 }

    /// Time that rounds have taken so far.
    var busySeconds: Double { sum("lagwarden_round_duration_seconds_sum") ?? 0 }

    /// Requests to the cluster so far.
    func requests(_ api: String? = nil) -> Double {
        sum("lagwarden_kafka_requests_total", api.map { "api=\"\($0)\"" } ?? "") ?? 0
    }
}
