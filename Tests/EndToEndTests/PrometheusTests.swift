import KafkaLauncher
import LagwardenTestKit
import Testing

extension GuardedKafka {
    /// A real Prometheus between a real Kafka and the questions.
    @Suite(.enabled(if: PrometheusServer.isInstalled && Promtool.isInstalled))
    struct PrometheusTests {
        /// What this Prometheus may ask for when it negotiates.
        private static let openMetrics = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"

        @Test(
            "Prometheus scrapes it without a complaint and answers with the lag that Kafka's own tool prints")
        func answers() async throws {
            let kafka = try OwnKafka.shared()
            try await withExporter(bootstrap: kafka.cluster.bootstrap) { exporter in
                try await exporter.wait(for: "the groups") { scrape in
                    [Guarded.working, Guarded.idle, Guarded.hidden].allSatisfy {
                        scrape.group("lag", $0) == 18
                    }
                }
                let prometheus = try await PrometheusServer.start(scraping: "127.0.0.1:\(exporter.port)")
                do {
                    try await ask(prometheus, kafka)
                } catch {
                    await prometheus.stop()
                    throw error
                }
                await prometheus.stop()
                let scrapes = try await exporter.scrape().document.samples("lagwarden_http_requests_total")
                let refused = scrapes.filter { $0["path"] == "/metrics" && $0["code"] != "200" }
                #expect(refused.isEmpty)
            }
        }

        private func ask(_ prometheus: PrometheusServer, _ kafka: OwnKafka) async throws {
            let rows = try await kafka.oracle.offsets()
            let theirs = rows.reduce(into: [String: Double]()) { result, row in
                result["\(row.group) \(row.topic) \(row.partition)"] = row.lag.map(Double.init)
            }
            #expect(theirs.count == 12)
            let isThere = try await Eventually.holds(within: .seconds(60)) {
                try await prometheus.query("kafka_consumer_group_partition_lag").count == theirs.count
            }
            #expect(isThere)
            let samples = try await prometheus.query("kafka_consumer_group_partition_lag")
            let ours = samples.reduce(into: [String: Double]()) { result, sample in
                let labels = sample.labels
                let place = [labels["group"], labels["topic"], labels["partition"]].compactMap { $0 }
                result[place.joined(separator: " ")] = sample.value
            }
            #expect(ours == theirs)
            let sums = try await prometheus.query("sum by (group) (kafka_consumer_group_lag)")
            #expect(sums.map(\.value) == [18, 18, 18])
            let agreeing = try await prometheus.query(
                """
                sum by (group) (kafka_consumer_group_partition_lag) == on (group) \
                sum by (group) (kafka_consumer_group_lag)
                """)
            #expect(agreeing.count == 3)
            let states = try await prometheus.query(#"kafka_consumer_group_state{state="Stable"} == 1"#)
            #expect(states.map { $0.labels["group"] } == [Guarded.working])
            let counted = try await prometheus.query(
                "count(kafka_consumer_group_records_consumed_total) + count(lagwarden_rounds_total)")
            #expect(counted.first?.value ?? 0 >= 6 + 3, "counters keep their names in OpenMetrics")
            #expect(try await prometheus.query("up").map(\.value) == [1])
            let health = try await prometheus.targetHealth()
            #expect(health.health == "up" && health.lastError.isEmpty, "\(health)")
            #expect(!prometheus.log.lowercased().contains("error"), "\(prometheus.log)")
        }

        @Test("both formats pass their checkers, and promtool has nothing to say about the text")
        func formats() async throws {
            let kafka = try OwnKafka.shared()
            try await withExporter(bootstrap: kafka.cluster.bootstrap) { exporter in
                try await exporter.wait(for: "the groups") { $0.group("lag", Guarded.working) == 18 }
                let text = try await exporter.get("/metrics", headers: ["Accept": "text/plain;version=0.0.4"])
                #expect(text["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
                #expect(try await Promtool.checkMetrics(text.text) == "")
                let other = try await exporter.get("/metrics", headers: ["Accept": Self.openMetrics])
                #expect(other["Content-Type"]?.hasPrefix("application/openmetrics-text") == true)
                let report = ExpositionChecker.ofExporter(.openMetrics).check(other.body)
                #expect(report.violations.isEmpty)
                let lags = report.document.samples("kafka_consumer_group_partition_lag")
                #expect(lags.count == 12)
            }
        }
    }
}
