import KafkaLauncher
import LagwardenTestKit
import Testing

extension RealKafka {
    /// Our own notifier on a real Kafka with a staged lag.
    @Suite struct NotificationTests {
        /// A group that has read nothing of 500 records, and is gone.
        private func staged(_ name: String, _ kafka: SharedKafka) async throws -> String {
            let topic = try await kafka.topic(name)
            try await kafka.stage.produce(topic, 0, count: 500)
            return try await kafka.groupThatLeft(name, topic, committed: 0)
        }

        private func events(_ server: LocalServer) -> [String] {
            server.requests.compactMap { JSONValue(decoding: Array($0.body.utf8))?["event"].string }
        }

        @Test(
            "a lag reaches Alertmanager and a webhook once, over a restart, and its end does too",
            .enabled(if: AlertmanagerServer.isInstalled))
        func overARestart() async throws {
            let kafka = try SharedKafka.shared()
            let group = try await staged("notified", kafka)
            let alertmanager = try await AlertmanagerServer.start()
            let webhook = try LocalServer(status: 200)
            let directory = try TemporaryDirectory("notified")
            let settings = """
                poll: {jitter: 0, metadata_interval: 1s, stale_after: 1m}
                groups: {include: [\(group)]}
                notifications:
                  state_file: \(directory.path)/state.json
                  external_url: http://lagwarden.example
                  sinks:
                    - {name: hook, kind: webhook, url: "\(webhook.url)/hook"}
                    - name: alerts
                      kind: alertmanager
                      url: http://127.0.0.1:\(alertmanager.port)
                      resend_interval: 2s
                  rules:
                    - {name: HighLag, when: lag, open: 100, for: 1s, severity: critical}

                """
            try await kafka.withExporter(settings) { exporter in
                let isTold = try await Eventually.holds(within: .seconds(60)) {
                    try await !alertmanager.alerts().isEmpty && self.events(webhook) == ["opened"]
                }
                #expect(isTold, "\(webhook.requests)")
                let alert = try #require(try await alertmanager.alerts().first)
                #expect(
                    alert.labels == [
                        "alertname": "HighLag", "cluster": Scrape.cluster, "group": group,
                        "severity": "critical",
                    ])
                let scrape = try await exporter.scrape()
                #expect(scrape.value("lagwarden_incidents_open") == 1)
                #expect(
                    scrape.document.samples("lagwarden_notifications_total").contains {
                        $0["sink"] == "hook" && $0["outcome"] == "delivered" && $0.value == 1
                    })
            }
            let opened = try #require(
                webhook.requests.first.flatMap { JSONValue(decoding: Array($0.body.utf8)) })
            #expect(opened["group"].string == group)
            #expect(opened["lag"] == .integer(500))
            try await kafka.withExporter(settings) { exporter in
                try await exporter.settled(more: 3)
                #expect(events(webhook) == ["opened"])
                #expect(try await alertmanager.alerts().count == 1)
                try await kafka.stage.commitOffsets(group, [PartitionOffset(group, 0, 500)])
                let isOver = try await Eventually.holds(within: .seconds(60)) {
                    try await alertmanager.alerts().isEmpty
                        && self.events(webhook) == ["opened", "resolved"]
                }
                #expect(isOver, "\(webhook.requests)")
            }
            let identifiers = webhook.requests.compactMap {
                JSONValue(decoding: Array($0.body.utf8))?["id"].string
            }
            #expect(Set(identifiers).count == 1)
            webhook.stop()
            await alertmanager.stop()
        }

        @Test("webhooks that hang, refuse, answer 500 or 20 MB do the rounds no harm")
        func hostileReceivers() async throws {
            let kafka = try SharedKafka.shared()
            let group = try await staged("hostile", kafka)
            let hangs = try LocalServer { _, _ in .hang }
            let fails = try LocalServer(status: 500)
            let floods = try LocalServer { _, _ in .flood(20 << 20) }
            let closed = try PortReservation(1)
            let settings = """
                poll: {jitter: 0, metadata_interval: 1s, stale_after: 1m}
                groups: {include: [\(group)]}
                notifications:
                  sinks:
                    - {name: hangs, kind: webhook, url: "\(hangs.url)", timeout: 5m}
                    - {name: fails, kind: webhook, url: "\(fails.url)"}
                    - {name: floods, kind: webhook, url: "\(floods.url)"}
                    - {name: refuses, kind: webhook, url: "http://127.0.0.1:\(closed.ports[0])"}
                  rules:
                    - {name: HighLag, when: lag, open: 100, for: 0s}

                """
            try await kafka.withExporter(settings) { exporter in
                func count(_ sink: String, _ outcome: String, in scrape: Scrape) -> Double {
                    scrape.document.samples("lagwarden_notifications_total").first {
                        $0["sink"] == sink && $0["outcome"] == outcome
                    }?.value ?? 0
                }
                try await exporter.wait(for: "every sink to have its say") { scrape in
                    !hangs.requests.isEmpty && count("fails", "failed", in: scrape) >= 2
                        && count("refuses", "failed", in: scrape) >= 2
                        && count("floods", "delivered", in: scrape) == 1
                }
                // Rounds a second apart go on as before, and so do scrapes.
                let begin = ContinuousClock.now
                let scrape = try await exporter.settled(more: 5)
                #expect(ContinuousClock.now - begin < .seconds(40))
                #expect(scrape.group("lag", group) == 500)
                #expect(try await exporter.timedScrape().took < .seconds(10))
                let waiting = scrape.document.samples("lagwarden_notification_queue_length")
                #expect(waiting.first { $0["sink"] == "hangs" }?.value == 1)
                // It ends in good order although a request hangs.
                let stop = ContinuousClock.now
                let end = await exporter.stop()
                #expect(end.exit == .code(0), "\(end.error)")
                #expect(ContinuousClock.now - stop < .seconds(10))
            }
            #expect(floods.sentBytes < 15 << 20)
            for server in [hangs, fails, floods] { server.stop() }
        }
    }
}
