import Foundation
import KafkaLauncher
import LagwardenTestKit
import Testing

/// Every query of every dashboard against a real Prometheus that scrapes an exporter on a real Kafka.
@Suite(
    .enabled(if: KafkaRequirement.isMet && PrometheusServer.isInstalled), .serialized, .ownKafka(),
    .timeLimit(.minutes(5)))
struct DashboardTests {
    /// The values that a person picks; variables with "All" are left at that.
    private static let picked = ["cluster": Scrape.cluster, "group": "behind", "topic": "payments"]

    /// Families without which a query rightly returns nothing in this workload.
    private static let mayBeEmpty = [
        "kafka_consumer_group_catch_up_seconds": "only while a group catches up",
        "kafka_consumer_group_rebalance_duration_seconds_bucket":
            "a classic group's is only known where a round saw it begin",
        "lagwarden_kafka_request_errors_total": "no request fails",
        "lagwarden_series_folded": "nothing is left out",
        "lagwarden_unavailable": "everything can be read",
    ]

    @Test("every query of every panel, variable and annotation returns data")
    func queries() async throws {
        let kafka = try OwnKafka.shared()
        // Verdicts within seconds instead of minutes.
        let settings = "poll: {jitter: 0}\nevaluation: {window: 10s, minimum: 1s}\n"
        try await withExporter(bootstrap: kafka.cluster.bootstrap, settings: settings) { exporter in
            // Shortened, since the objective is looked at once a minute.
            let prometheus = try await PrometheusServer.start(
                scraping: "127.0.0.1:\(exporter.port)", rules: try ShippedRules.shortened())
            do {
                try await prepare(kafka)
                for dashboard in try Dashboard.shipped() {
                    try await check(dashboard, prometheus, kafka.stage)
                }
            } catch {
                await prometheus.stop()
                throw error
            }
            await prometheus.stop()
        }
    }

    /// A group that reads, rebalances and has an idle member, and one that stands still and loses records.
    private func prepare(_ kafka: OwnKafka) async throws {
        let stage = kafka.stage
        try await stage.createTopic(
            "payments", partitions: 3,
            configs: ["retention.ms": "86400000", "retention.bytes": "1073741824"])
        for partition in 0..<3 as Range<Int32> { try await stage.produce("payments", partition, count: 500) }
        for (name, group) in [("reads-1", "reads"), ("reads-2", "reads"), ("behind", "behind")] {
            try await stage.startMember(StageMember(name, group: group, topics: ["payments"]))
            if group == "reads" { try await stage.followMember(name) }
        }
        try await stage.waitForAssignment(of: ["reads-1", "reads-2"], partitions: 3)
        try await stage.waitForAssignment(of: ["behind"], partitions: 3)
        for offset in [10, 20] as [Int64] {
            try await stage.commitMember("behind", (0..<3).map { PartitionOffset("payments", $0, offset) })
        }
    }

    private func check(
        _ dashboard: Dashboard, _ prometheus: PrometheusServer, _ stage: Stage
    ) async throws {
        var values: [String: String] = ["__rate_interval": "15s", "__range": "60s"]
        for variable in dashboard.variables {
            let found = try await wait(stage) {
                let samples = try await prometheus.query(variable.expression(values))
                return Set(samples.compactMap { $0.labels[variable.label] })
            }
            #expect(!found.isEmpty, "\(dashboard.name): variable \(variable.name) has no values")
            if variable.hasAll {
                values[variable.name] = ".+"
            } else {
                let picked = try #require(Self.picked[variable.name])
                #expect(found.contains(picked), "\(dashboard.name): \(variable.name) is one of \(found)")
                values[variable.name] = picked
            }
        }
        let known = try Dashboard.knownFamilies()
        var open = dashboard.queries.filter { $0.isAnswerable(with: known) }
        #expect(open.count > 10)
        let deadline = ContinuousClock.now + .seconds(40)
        var round: Int64 = 0
        while !open.isEmpty, ContinuousClock.now < deadline {
            round += 1
            try await disturb(stage, round)
            var left: [Dashboard.Query] = []
            for query in open {
                let samples = try await prometheus.query(Dashboard.filled(query.expression, values))
                if !samples.contains(where: { !$0.value.isNaN }) { left.append(query) }
            }
            open = left
            if open.allSatisfy(Self.mayBeEmpty) { break }
            try await Task.sleep(for: .milliseconds(500))
        }
        for query in open where !Self.mayBeEmpty(query) {
            let filled = Dashboard.filled(query.expression, values)
            Issue.record("\(dashboard.name), \(query.panel): no data for \(filled)")
        }
    }

    private static func mayBeEmpty(_ query: Dashboard.Query) -> Bool {
        mayBeEmpty.keys.contains { query.expression.contains($0) }
    }

    /// Records come in, the oldest are deleted, and every now and then a third member joins and leaves.
    private func disturb(_ stage: Stage, _ round: Int64) async throws {
        for partition in 0..<3 as Range<Int32> { try await stage.produce("payments", partition, count: 20) }
        let start = try await stage.startOffsets("payments")[0]
        try await stage.deleteRecords("payments", 0, before: start + 15)
        guard round % 6 == 1 else { return }
        try await stage.startMember(StageMember("comes-\(start)", group: "reads", topics: ["payments"]))
        try await stage.waitForAssignment(of: ["reads-1", "reads-2", "comes-\(start)"], partitions: 3)
        try await stage.closeMember("comes-\(start)")
    }

    private func wait(_ stage: Stage, for ask: () async throws -> Set<String>) async throws -> Set<String> {
        let deadline = ContinuousClock.now + .seconds(40)
        while true {
            let found = try await ask()
            if !found.isEmpty || ContinuousClock.now > deadline { return found }
            try await Task.sleep(for: .milliseconds(250))
        }
    }
}
