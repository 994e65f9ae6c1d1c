import Foundation
import KafkaLauncher
import LagwardenTestKit
import Testing

/// The shipped alert rules, evaluated by a real Prometheus against outages that are staged on a real Kafka.
///
/// A minute of the rules is one and a half seconds here: ``ShippedRules`` shortens the durations in a copy,
/// mechanically and all by the same factor. What the rules do in their own time is tested by promtool.
@Suite(
    .enabled(
        if: KafkaRequirement.isMet && PrometheusServer.isInstalled && AlertmanagerServer.isInstalled),
    .serialized, .ownKafka(), .timeLimit(.minutes(5)))
struct AlertTests {
    @Test("a group that stops and a broker that ends reach Alertmanager, and end there when they are over")
    func outages() async throws {
        let kafka = try OwnKafka.shared()
        let alertmanager = try await AlertmanagerServer.start()
        do {
            try await withExporter(bootstrap: kafka.cluster.bootstrap) { exporter in
                let prometheus = try await PrometheusServer.start(
                    scraping: "127.0.0.1:\(exporter.port)", rules: try ShippedRules.shortened(),
                    alertmanager: alertmanager.port)
                do {
                    try await stoppedGroup(kafka, alertmanager)
                    try await brokerAway(kafka, alertmanager)
                } catch {
                    await prometheus.stop()
                    throw error
                }
                let rules = try await prometheus.api("/api/v1/rules")["data"]["groups"].elements
                let health = rules.flatMap { $0["rules"].elements.map { $0["health"].string } }
                #expect(health.count > 50 && health.allSatisfy { $0 == "ok" }, "\(health)")
                await prometheus.stop()
            }
        } catch {
            await alertmanager.stop()
            throw error
        }
        await alertmanager.stop()
    }

    /// One group reads everything, the other nothing after its first hundred records; then it goes on.
    private func stoppedGroup(_ kafka: OwnKafka, _ alertmanager: AlertmanagerServer) async throws {
        let stage = kafka.stage
        try await stage.createTopic("orders", partitions: 1)
        try await stage.produce("orders", count: 20_000)
        try await stage.startMember(StageMember("reads", group: "reads", topics: ["orders"]))
        try await stage.followMember("reads")
        try await stage.startMember(StageMember("stands", group: "stands", topics: ["orders"]))
        try await stage.waitForAssignment(of: ["stands"], partitions: 1)
        try await stage.commitMember("stands", [PartitionOffset("orders", 0, 100)])

        let expected: Set = ["KafkaConsumerHighLag", "KafkaConsumerNoProgress"]
        var alerts = try await wait(for: expected, in: alertmanager) {
            try await stage.produce("orders", count: 20)
        }
        for alert in alerts where expected.contains(alert.name) {
            #expect(
                alert.labels == [
                    "alertname": alert.name, "cluster": Scrape.cluster, "group": "stands",
                    "severity": "critical",
                ])
            #expect(alert.annotations["runbook_url"] == "docs/runbooks/\(alert.name).md")
            #expect(alert.annotations["summary"]?.contains("stands") == true)
        }
        #expect(!alerts.contains { $0.labels["group"] == "reads" }, "\(alerts)")
        #expect(!alerts.contains { $0.name.hasPrefix("Lagwarden") }, "\(alerts)")

        try await stage.followMember("stands")
        alerts = try await wait(in: alertmanager) { $0.isDisjoint(with: expected) }
        #expect(!alerts.contains { $0.name.hasPrefix("Lagwarden") }, "\(alerts)")
    }

    private func brokerAway(_ kafka: OwnKafka, _ alertmanager: AlertmanagerServer) async throws {
        let broker = try #require(kafka.cluster.brokerIDs.first)
        await kafka.cluster.kill(broker)
        let alerts = try await wait(for: ["LagwardenBlind"], in: alertmanager)
        let blind = try #require(alerts.first { $0.name == "LagwardenBlind" })
        #expect(blind.labels["cluster"] == Scrape.cluster)
        #expect(!alerts.contains { $0.name == "KafkaConsumerGroupGone" }, "unknown is not gone: \(alerts)")
        try await kafka.cluster.restart(broker)
        _ = try await wait(in: alertmanager) { !$0.contains("LagwardenBlind") }
    }

    /// Waits until Alertmanager has these alerts.
    private func wait(
        for names: Set<String>, in alertmanager: AlertmanagerServer, _ meanwhile: () async throws -> Void = {}
    ) async throws -> Set<AlertmanagerServer.Alert> {
        try await wait(in: alertmanager, meanwhile) { $0.isSuperset(of: names) }
    }

    /// Waits until the names of the alerts in Alertmanager are as `isMet` wants them; otherwise throws them.
    private func wait(
        in alertmanager: AlertmanagerServer, _ meanwhile: () async throws -> Void = {},
        until isMet: (Set<String>) -> Bool
    ) async throws -> Set<AlertmanagerServer.Alert> {
        let deadline = ContinuousClock.now + .seconds(120)
        while true {
            let alerts = try await alertmanager.alerts()
            if isMet(Set(alerts.map(\.name))) { return alerts }
            guard ContinuousClock.now < deadline else {
                throw LaunchError("Alertmanager has only \(alerts.map(\.labels))")
            }
            try await meanwhile()
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    @Test(
        "durations of rules are shortened, names with numbers are left alone",
        arguments: [
            ("        for: 5m", "        for: 7500ms"), ("    interval: 1m", "    interval: 1500ms"),
            ("rate(a_total[10m]) * 60 > 0.5", "rate(a_total[15000ms]) * 60 > 0.5"),
            ("lagwarden:group:lag offset 10m", "lagwarden:group:lag offset 15000ms"),
            ("x:delta10m > 3600 and y offset 90m", "x:delta10m > 3600 and y offset 135000ms"),
            ("avg_over_time(x[3d])", "avg_over_time(x[6480000ms])"),
        ])
    func shortening(line: String, expected: String) {
        #expect(ShippedRules.shorten(line) == expected)
    }
}

/// The rule files of the repository.
enum ShippedRules {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Texts of the rule files by their names.
    static func texts() throws -> [String: String] {
        let folder = root.appending(path: "alerts")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasSuffix(".yml")
        }
        return try Dictionary(
            uniqueKeysWithValues: names.map { name in
                (name, try String(contentsOf: folder.appending(path: name), encoding: .utf8))
            })
    }

    /// The same with a minute shortened to one and a half seconds.
    static func shortened() throws -> [String: String] { try texts().mapValues { shorten($0) } }

    /// Every duration after `for:`, `interval:` and `offset`, and in brackets, divided by forty.
    static func shorten(_ text: String) -> String {
        text.replacing(#/(for: |interval: |offset |\[)(\d+)([mhd])\b/#) { match in
            let minutes: [Substring: Int] = ["m": 1, "h": 60, "d": 1440]
            let count = (Int(match.output.2) ?? 0) * (minutes[match.output.3] ?? 0)
            return "\(match.output.1)\(count * 1500)ms"
        }
    }
}
