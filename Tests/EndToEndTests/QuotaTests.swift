import KafkaLauncher
import LagwardenTestKit
import Testing

/// A broker that throttles the exporter: it is asked less, what it told stays true, and it recovers.
@Suite(
    .enabled(if: KafkaRequirement.isMet), .serialized, .ownKafka(prepare: QuotaScene.prepare),
    .timeLimit(.minutes(5)))
struct QuotaTests {
    @Test("a quota slows the exporter down, with the age of commits told, and it recovers when that is gone")
    func throttling() async throws {
        let kafka = try OwnKafka.shared()
        try await withExporter(bootstrap: kafka.cluster.bootstrap, settings: QuotaScene.settings) {
            exporter in
            try await exporter.wait(for: "all groups") { QuotaScene.areRight($0, lag: 3) }
            let usual = try await Self.requestsPerSecond(exporter, for: .seconds(10))
            let calm = try await exporter.scrape()
            #expect(calm.value("lagwarden_request_budget_requests_per_second", ["broker": "1"]) == 1_000)
            #expect(calm.value("lagwarden_groups_asked", ["temperature": "hot"]) != nil)
            #expect(calm.value("lagwarden_request_debt") == 0)
            #expect(calm.value("lagwarden_kafka_throttle_seconds_total", ["broker": "1"]) == nil)
            #expect(usual > 10, "40 groups every two seconds")

            try await kafka.stage.setQuota("request_percentage", of: "lagwarden", to: 0.001)
            try await exporter.wait(for: "the slowing down") { scrape in
                let rate = scrape.value("lagwarden_request_budget_requests_per_second", ["broker": "1"])
                return rate.map { $0 < 40 } ?? false && scrape.value("lagwarden_request_debt") ?? 0 > 0
            }
            // The ends are read in every round, also while commits are old.
            try await kafka.stage.produce(QuotaScene.topic, count: 4)
            let slow = try await Self.requestsPerSecond(exporter, for: .seconds(15))
            print("QuotaTests: \(usual) requests a second without a quota, \(slow) with it")
            #expect(slow < usual / 5, "\(slow) against \(usual)")
            #expect(slow <= 3, "what throttles each answer by a second is asked about once a second")
            let held = try await exporter.wait(for: "the new ends", within: .seconds(90)) { scrape in
                QuotaScene.areRight(scrape, lag: 7)
            }
            let ages = QuotaScene.groups.compactMap { held.group("offsets_age_seconds", $0) }
            #expect(ages.count >= QuotaScene.groups.count / 2, "most were not asked in this round")
            #expect(ages.allSatisfy { $0 > 0 && $0 < 300 })
            #expect(held.value("lagwarden_up") == 1)
            #expect(held.value("lagwarden_request_budget_in_flight", ["broker": "1"]) ?? 32 <= 4)
            #expect(held.value("lagwarden_kafka_throttle_seconds_total", ["broker": "1"]) ?? 0 > 3)
            let errors = held.document.samples("lagwarden_kafka_request_errors_total")
            #expect(errors.isEmpty, "\(errors.map(\.labelValues))")

            try await kafka.stage.setQuota("request_percentage", of: "lagwarden", to: nil)
            let after = try await exporter.wait(for: "the recovery", within: .seconds(150)) { scrape in
                scrape.value("lagwarden_request_budget_requests_per_second", ["broker": "1"]) == 1_000
                    && scrape.value("lagwarden_request_debt") == 0 && QuotaScene.areRight(scrape, lag: 7)
                    && QuotaScene.groups.allSatisfy { scrape.group("offsets_age_seconds", $0) == nil }
            }
            #expect(after.value("lagwarden_request_budget_in_flight", ["broker": "1"]) == 32)
            let again = try await Self.requestsPerSecond(exporter, for: .seconds(10))
            #expect(again > usual / 2, "\(again) against \(usual)")
            let lines = exporter.process.error.split(separator: "\n").filter { $0.contains("throttles") }
            #expect(lines.count == 2, "once at its begin and once at its end: \(lines)")
        }
    }

    /// Requests to the broker in a second, as the exporter counts them.
    private static func requestsPerSecond(
        _ exporter: ServedExporter, for time: Duration
    ) async throws -> Double {
        let start = ContinuousClock.now
        let before = requests(try await exporter.scrape())
        try await Task.sleep(for: time)
        let after = requests(try await exporter.scrape())
        let took = ContinuousClock.now - start
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
        return (after - before) / seconds
    }

    private static func requests(_ scrape: Scrape) -> Double {
        scrape.document.samples("lagwarden_kafka_requests_total", matching: ["broker": "1"])
            .map(\.value).reduce(0, +)
    }
}

/// Forty groups without members, of which none has read the last three records.
private enum QuotaScene {
    static let topic = "quota"
    static let groups = (0..<40).map { "quota-group-\($0)" }

    static let settings = """
        source: admin
        poll:
          interval: 2s
          idle_interval: 2s
          jitter: 0
          stale_after: 5m
        lag_seconds:
          enabled: false

        """

    static let prepare: @Sendable (OwnKafka) async throws -> Void = { kafka in
        try await kafka.stage.createTopic(topic)
        try await kafka.stage.produce(topic, count: 5)
        for group in groups { try await kafka.stage.commitOffsets(group, [PartitionOffset(topic, 0, 2)]) }
    }

    static func areRight(_ scrape: Scrape, lag: Double) -> Bool {
        groups.allSatisfy { scrape.group("lag", $0) == lag }
    }
}
