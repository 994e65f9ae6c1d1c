import Foundation
import KafkaLauncher
import LagwardenTestKit
import Testing

/// An exporter that serves, started with any settings and in any surroundings.
final class ServedExporter: Sendable {
    let process: RunningProcess
    /// The address that requests go to.
    let host: String
    /// The port that it bound and logged.
    let port: Int
    private let directory: TemporaryDirectory

    private init(process: RunningProcess, host: String, port: Int, directory: TemporaryDirectory) {
        self.process = process
        self.host = host
        self.port = port
        self.directory = directory
    }

    /// Rounds a second apart, and snapshots that stay however long a round takes.
    static let patient = """
        poll:
          interval: 1s
          jitter: 0
          metadata_interval: 2s
          stale_after: 5m

        """

    /// Starts it with a configuration file made of `settings` (YAML) and returns when it serves.
    ///
    /// With `isQuick` it is the optimised product, where there is one. Port 0 is one that is free.
    static func start(
        bootstrap: String? = nil, settings: String = patient, arguments: [String] = [],
        host: String = "127.0.0.1", port: Int = 0, environment: [String: String?] = [:], isQuick: Bool = false
    ) async throws -> ServedExporter {
        let directory = try TemporaryDirectory("served")
        let file = try directory.write(settings, to: "lagwarden.yaml")
        let address = host.contains(":") ? "[\(host)]" : host
        var all = ["--web.listen-address=\(address):\(port)", "--config.file=\(file)"] + arguments
        if let bootstrap { all += ["--kafka.brokers=\(bootstrap)", "--cluster.name=\(Scrape.cluster)"] }
        let process = try Program.start(all, environment: environment, isQuick: isQuick)
        let isServing = await process.waitForText("msg=serving", within: .seconds(30))
        let line = process.error.split(separator: "\n").first { $0.contains("msg=serving") }
        let field = line?.split(separator: " ").first { $0.hasPrefix("port=") }
        guard isServing, let port = field.flatMap({ Int($0.dropFirst("port=".count)) }) else {
            throw LaunchError("the exporter does not serve: \(await process.terminate().error)")
        }
        return ServedExporter(process: process, host: host, port: port, directory: directory)
    }

    func get(
        _ path: String, headers: [String: String] = [:], timeout: Duration = .seconds(15)
    ) async throws -> HTTPAnswer {
        try await HTTPProbe.get(path, host: host, port: port, headers: headers, timeout: timeout)
    }

    /// One scrape; whatever it says has to keep the rules of the format and hold no placeholder.
    func scrape(sourceLocation: SourceLocation = #_sourceLocation) async throws -> Scrape {
        try await timedScrape(sourceLocation: sourceLocation).scrape
    }

    /// One scrape and the time from the request to the last byte of its answer.
    func timedScrape(
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> (scrape: Scrape, took: Duration) {
        let start = ContinuousClock.now
        let answer = try await get("/metrics")
        let took = ContinuousClock.now - start
        #expect(answer.status == 200, sourceLocation: sourceLocation)
        let report = ExpositionChecker.ofExporter(.text).check(answer.body)
        #expect(report.violations.isEmpty, sourceLocation: sourceLocation)
        return (Scrape(document: report.document), took)
    }

    /// Scrapes until `condition` is true, and returns that scrape; otherwise throws what was waited for, and
    /// all that is said about `groups`.
    @discardableResult
    func wait(
        for what: String, groups: [String] = [], within limit: Duration = .seconds(60),
        sourceLocation: SourceLocation = #_sourceLocation, until condition: (Scrape) -> Bool
    ) async throws -> Scrape {
        let deadline = ContinuousClock.now + limit
        while true {
            let scrape = try await scrape(sourceLocation: sourceLocation)
            if condition(scrape) { return scrape }
            guard ContinuousClock.now < deadline else {
                let reasons = ["lagwarden_unavailable", "lagwarden_group_unavailable"]
                    .flatMap { scrape.document.samples($0) }.map { "\($0.labelValues) \($0.value)" }
                let said = groups.flatMap { scrape.samples(of: $0) }
                    .map { "\($0.name) \($0.labelValues) \($0.value)" }.joined(separator: "\n")
                throw LaunchError(
                    "\(what): not within \(limit); unavailable: \(reasons); \(logTail)\n\(said)")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// The first scrape of a round that began after this call, and of `more` rounds after it.
    @discardableResult
    func settled(
        more: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Scrape {
        let target = try await scrape(sourceLocation: sourceLocation).rounds + 2 + Double(more)
        return try await wait(for: "\(2 + more) rounds", sourceLocation: sourceLocation) {
            $0.rounds >= target
        }
    }

    /// A group as the JSON API describes it.
    func group(_ group: String) async throws -> JSONValue {
        let answer = try await get("/api/v1/groups/\(group)")
        return try #require(JSONValue(decoding: answer.body))
    }

    /// The newest lines of its log, for failures.
    private var logTail: String {
        "the log ends with\n" + process.error.split(separator: "\n").suffix(8).joined(separator: "\n")
    }

    /// Waits until `/-/ready` answers with this status and a body that contains `text`; otherwise throws.
    @discardableResult
    func waitForReady(
        _ status: Int, containing text: String = "", within limit: Duration = .seconds(60)
    ) async throws -> String {
        let deadline = ContinuousClock.now + limit
        while true {
            let answer = try await get("/-/ready")
            if answer.status == status, text.isEmpty || answer.text.contains(text) { return answer.text }
            guard ContinuousClock.now < deadline else {
                throw LaunchError("/-/ready answers \(answer.status): \(answer.text) \(logTail)")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Asks it to end and returns how it did.
    @discardableResult
    func stop() async -> ProcessOutput { await process.terminate(patience: .seconds(15)) }
}

/// Runs `body` with an exporter and ends it in good order.
func withExporter(
    bootstrap: String? = nil, settings: String = ServedExporter.patient, arguments: [String] = [],
    host: String = "127.0.0.1", port: Int = 0, environment: [String: String?] = [:], isQuick: Bool = false,
    _ body: (ServedExporter) async throws -> Void
) async throws {
    let exporter = try await ServedExporter.start(
        bootstrap: bootstrap, settings: settings, arguments: arguments, host: host, port: port,
        environment: environment, isQuick: isQuick)
    do {
        try await body(exporter)
    } catch {
        await exporter.stop()
        throw error
    }
    let end = await exporter.stop()
    #expect(end.exit == .code(0), "\(end.error)")
}
