import Foundation
import KafkaLauncher
import LagwardenTestKit
import Testing

/// The built binary, running against a cluster with rounds a second apart.
final class ExporterProcess: Sendable {
    let process: RunningProcess
    /// The port that it bound and logged.
    let port: Int
    private let directory: TemporaryDirectory

    private init(process: RunningProcess, port: Int, directory: TemporaryDirectory) {
        self.process = process
        self.port = port
        self.directory = directory
    }

    /// The product `lagwarden`, which is built into the folder of the test program.
    static func binary() throws -> String {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var folder = URL(filePath: program).deletingLastPathComponent()
        for _ in 0..<4 {
            let file = folder.appending(path: "lagwarden").path
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue {
                return file
            }
            folder = folder.deletingLastPathComponent()
        }
        throw LaunchError("the program lagwarden is not built beside \(program)")
    }

    /// Starts it with a configuration file made of `settings` (YAML) and returns when it serves.
    static func start(bootstrap: String, settings: String = "") async throws -> ExporterProcess {
        let directory = try TemporaryDirectory("e2e")
        let file = try directory.write(settings, to: "lagwarden.yaml")
        let process = try ProcessRunner.start(
            try binary(),
            [
                "--kafka.brokers=\(bootstrap)", "--cluster.name=\(Scrape.cluster)", "--poll.interval=1s",
                "--web.listen-address=127.0.0.1:0", "--config.file=\(file)",
            ], environment: foreignVariables)
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline, process.child.isRunning {
            if let port = servingPort(in: process.error) {
                return ExporterProcess(process: process, port: port, directory: directory)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw LaunchError("the exporter does not serve: \(await process.terminate().error)")
    }

    /// Takes variables of this run out of the way that the exporter would take for its own and refuse.
    private static var foreignVariables: [String: String?] {
        let names = ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("LAGWARDEN_") }
        return Dictionary(uniqueKeysWithValues: names.map { ($0, nil) })
    }

    private static func servingPort(in log: String) -> Int? {
        let line = log.split(separator: "\n").first { $0.contains("msg=serving") }
        let field = line?.split(separator: " ").first { $0.hasPrefix("port=") }
        return field.flatMap { Int($0.dropFirst("port=".count)) }
    }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> HTTPAnswer {
        try await HTTPProbe.get(path, port: port, headers: headers)
    }

    /// One scrape; whatever it says has to keep the rules of the format and hold no placeholder.
    func scrape(sourceLocation: SourceLocation = #_sourceLocation) async throws -> Scrape {
        let answer = try await get("/metrics")
        #expect(answer.status == 200, sourceLocation: sourceLocation)
        let report = ExpositionChecker.ofExporter(.text).check(answer.body)
        #expect(report.violations.isEmpty, sourceLocation: sourceLocation)
        return Scrape(document: report.document)
    }

    /// Scrapes until `condition` is true, and returns that scrape; otherwise fails with what was waited for.
    @discardableResult
    func wait(
        for what: String, within limit: Duration = .seconds(25),
        sourceLocation: SourceLocation = #_sourceLocation, until condition: (Scrape) -> Bool
    ) async throws -> Scrape {
        let deadline = ContinuousClock.now + limit
        while true {
            let scrape = try await scrape(sourceLocation: sourceLocation)
            if condition(scrape) { return scrape }
            guard ContinuousClock.now < deadline else {
                Issue.record("\(what): not within \(limit)", sourceLocation: sourceLocation)
                return scrape
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// The first scrape of a round that began after this call, and of `more` rounds after it.
    @discardableResult
    func settled(
        more: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Scrape {
        let before = try await scrape(sourceLocation: sourceLocation).rounds
        let target = before + 2 + Double(more)
        return try await wait(for: "\(2 + more) rounds", sourceLocation: sourceLocation) {
            $0.rounds >= target
        }
    }

    /// A group as the JSON API describes it.
    func group(_ group: String) async throws -> JSONValue {
        let answer = try await get("/api/v1/groups/\(group)")
        return try #require(JSONValue(decoding: answer.body))
    }

    /// Asks it to end and returns how it did.
    @discardableResult
    func stop() async -> ProcessOutput { await process.terminate(patience: .seconds(10)) }
}
