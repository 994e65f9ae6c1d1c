import KafkaLauncher
import LagwardenTestKit
import Testing

extension GuardedKafka {
    /// Several clusters in one process, each on its own.
    @Suite struct TwoClustersTests {
        @Test(
            "a cluster that is away does not touch the other: ready, its numbers, and the reason for the rest"
        )
        func oneAway() async throws {
            let kafka = try OwnKafka.shared()
            let settings = """
                poll:
                  interval: 1s
                  jitter: 0
                clusters:
                  - name: \(Scrape.cluster)
                    brokers: [\(kafka.cluster.bootstrap)]
                    labels: {region: here}
                  - name: away
                    brokers: ["127.0.0.1:1"]
                    request_timeout: 1s

                """
            try await withExporter(settings: settings) { exporter in
                let group = Guarded.idle
                let labels = ["cluster": Scrape.cluster, "region": "here"]
                let scrape = try await exporter.wait(for: "both clusters' rounds") { scrape in
                    scrape.document.value("lagwarden_rounds_total", ["cluster": "away", "outcome": "failed"])
                        ?? 0 > 0
                        && scrape.document.value("lagwarden_up", ["cluster": "away"]) == 0
                        && scrape.document.value("lagwarden_up", labels) == 1
                        && scrape.document.value(
                            "kafka_consumer_group_lag", labels.merging(["group": group]) { $1 }) == 18
                }
                let clusters = scrape.document.families.filter { $0.name.hasPrefix("kafka_") }
                    .flatMap(\.samples).compactMap { $0["cluster"] }
                #expect(Set(clusters) == [Scrape.cluster])
                let ready = try await exporter.waitForReady(200, containing: "ready without cluster away: ")
                #expect(ready.contains("broker_unavailable"))
                let answer = try await exporter.get("/api/v1/groups?cluster=\(Scrape.cluster)")
                #expect(answer.status == 200)
                #expect(answer.text.contains(group))
            }
        }
    }
}
