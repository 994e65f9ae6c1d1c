import Foundation
package import KafkaLauncher

/// A real Prometheus that scrapes one address every second, for the length of a test.
package final class PrometheusServer: Sendable {
    /// One element of an instant query's answer.
    package struct Sample: Hashable, Sendable {
        /// With `__name__` where the query keeps it.
        package var labels: [String: String]
        package var value: Double
    }

    /// Whether `prometheus` is installed; says loudly when it is not.
    package static let isInstalled: Bool = KafkaRequirement.check(
        "tests with a real Prometheus", isMet: ChildProcess.find("prometheus") != nil,
        reason: { "there is no program prometheus (Debian: apt-get install prometheus)" })

    private let server: LoopbackServer

    package var port: Int { server.port }

    private init(server: LoopbackServer) { self.server = server }

    /// Starts Prometheus on a `host:port` to scrape; `rules` are rule files, their texts by their names, and
    /// `alertmanager` is the port of one that gets the alerts.
    package static func start(
        scraping target: String, path: String = "/metrics", rules: [String: String] = [:],
        alertmanager: Int? = nil
    ) async throws(LaunchError) -> PrometheusServer {
        var configuration = """
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            scrape_configs:
              - job_name: lagwarden
                metrics_path: \(path)
                static_configs: [{targets: ["\(target)"]}]

            """
        if !rules.isEmpty {
            configuration += "rule_files: [\(rules.keys.sorted().joined(separator: ", "))]\n"
        }
        if let alertmanager {
            configuration += "alerting: {alertmanagers: [{static_configs: [{targets: "
            configuration += "[\"127.0.0.1:\(alertmanager)\"]}]}]}\n"
        }
        var files = rules
        files["prometheus.yml"] = configuration
        let server = try await LoopbackServer.start("prometheus", files: files) { folder, port in
            [
                "--config.file=\(folder)/prometheus.yml", "--storage.tsdb.path=\(folder)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn",
            ]
        }
        return PrometheusServer(server: server)
    }

    /// Answer of an instant query, as a vector or one scalar; samples are sorted by their labels' text.
    package func query(_ expression: String) async throws(LaunchError) -> [Sample] {
        let answer = try await api("/api/v1/query?query=\(Self.escape(expression))")
        let result = answer["data"]["result"]
        if answer["data"]["resultType"].string == "scalar" {
            return [Sample(labels: [:], value: Self.number(result[1]))]
        }
        return result.elements.map { element in
            Sample(
                labels: element["metric"].members.compactMapValues(\.string),
                value: Self.number(element["value"][1]))
        }.sorted { "\($0.labels.sorted { $0.key < $1.key })" < "\($1.labels.sorted { $0.key < $1.key })" }
    }

    /// Whether the target was scraped, and what the last scrape complained of.
    package func targetHealth() async throws(LaunchError) -> (health: String, lastError: String) {
        let target = try await api("/api/v1/targets")["data"]["activeTargets"][0]
        return (target["health"].string ?? "", target["lastError"].string ?? "")
    }

    /// Any path of the HTTP API, decoded.
    package func api(_ path: String) async throws(LaunchError) -> JSONValue { try await server.json(path) }

    /// What Prometheus has logged so far.
    package var log: String { server.process.error }

    package var processID: Int32 { server.process.child.pid }

    package func stop() async { await server.stop() }

    private static func number(_ value: JSONValue) -> Double { value.string.flatMap { Double($0) } ?? .nan }

    /// Percent-encodes everything but letters and digits.
    private static func escape(_ text: String) -> String {
        text.utf8.map { byte in
            let character = Character(Unicode.Scalar(byte))
            let isPlain = byte < 128 && (character.isLetter || character.isNumber)
            return isPlain ? String(character) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

/// Prometheus' own checks of names, types and rules.
package enum Promtool {
    /// Whether `promtool` is installed; says loudly when it is not.
    package static let isInstalled: Bool = KafkaRequirement.check(
        "checks with promtool", isMet: ChildProcess.find("promtool") != nil,
        reason: { "there is no program promtool (Debian: apt-get install prometheus)" })

    /// What `promtool check metrics` says about an exposition in text format; empty when it has nothing to
    /// say.
    package static func checkMetrics(_ text: String) async throws(LaunchError) -> String {
        let result = try await ProcessRunner.run("promtool", ["check", "metrics"], input: text)
        let said = result.error + result.output
        return said.isEmpty && !result.isSuccess
            ? "promtool ended with \(result.exit.debugDescription)" : said
    }

    /// What `promtool check rules` says about a rule file, and whether it is content.
    package static func checkRules(_ file: String) async throws(LaunchError) -> ProcessOutput {
        try await ProcessRunner.run("promtool", ["check", "rules", file])
    }
}
