import KafkaLauncher
import LagwardenTestKit
import Testing

extension RealKafka {
    /// Starts and restarts of the exporter.
    @Suite struct LifeTests {
        private static let settings = "poll: {jitter: 0}\n"

        @Test("after a restart counters start at 0 and lag is right in the first snapshot")
        func restart() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("restart")
            let group = kafka.group("restart")
            try await kafka.stage.produce(topic, count: 40)
            let (consumed, produced) = ("records_consumed_total", "kafka_topic_records_produced_total")
            let member = StageMember("restart", group: group, topics: [topic])
            try await kafka.withMember(member, partitions: 1) {
                try await kafka.stage.commitMember("restart", [PartitionOffset(topic, 0, 10)])
                try await kafka.withExporter(Self.settings) { exporter in
                    try await exporter.wait(for: "the first snapshot") { $0.group("lag", group) == 30 }
                    try await kafka.stage.produce(topic, count: 5)
                    try await kafka.stage.commitMember("restart", [PartitionOffset(topic, 0, 25)])
                    let counted = try await exporter.wait(for: "the progress") {
                        $0.group("lag", group) == 20
                    }
                    #expect(counted.topic(consumed, group, topic) == 15)
                    #expect(counted.value(produced, ["topic": topic]) == 5)
                }
                try await kafka.withExporter(Self.settings) { exporter in
                    let first = try await exporter.wait(for: "the first snapshot") { $0.rounds >= 1 }
                    #expect(first.partition("lag", group, topic, 0) == 20)
                    #expect(first.topic(consumed, group, topic) == 0)
                    #expect(first.value(produced, ["topic": topic]) == 0)
                    try Self.expectNothingCounted(first, group: group, topic: topic)
                }
            }
        }

        @Test("before the first round the exporter is not ready, says why, and serves its own metrics only")
        func firstRound() async throws {
            let kafka = try SharedKafka.shared()
            kafka.cluster.pause(1)
            await kafka.cluster.waitUntilPaused(1)
            await kafka.cluster.waitUntilPaused(1)
            defer { kafka.cluster.resume(1) }
            try await kafka.withExporter(Self.settings) { exporter in
                let waiting = try await exporter.get("/-/ready")
                #expect(waiting.status == 503)
                #expect(waiting.text.contains("cluster \(Scrape.cluster): "))
                #expect(try await exporter.get("/-/healthy").status == 200)
                try await Self.expectOwnFamiliesOnly(exporter)
                kafka.cluster.resume(1)
                let isReady = try await Eventually.holds(within: .seconds(30)) {
                    try await exporter.get("/-/ready").status == 200
                }
                #expect(isReady)
                #expect(try await exporter.scrape().group("lag", "keepsake") == 2)
            }
            try await kafka.exporter.settled()
        }

        @Test("without a broker the exporter is not ready, says why, and serves its own metrics only")
        func noBroker() async throws {
            let nobody = try PortReservation(1)
            let exporter = try await ServedExporter.start(
                bootstrap: "127.0.0.1:\(nobody.ports[0])",
                settings: "clusters: [{request_timeout: 1s}]\npoll: {jitter: 0}\n",
                arguments: SharedKafka.pace)
            let failed = try await exporter.wait(for: "a round that failed") {
                $0.value("lagwarden_rounds_total", ["outcome": "failed"]) ?? 0 >= 1
            }
            #expect(failed.value("lagwarden_up") == 0)
            let answer = try await exporter.get("/-/ready")
            #expect(answer.status == 503)
            #expect(answer.text.contains("cluster \(Scrape.cluster): "))
            #expect(!answer.text.contains("has not ended"), "the failure is the reason now")
            try await Self.expectOwnFamiliesOnly(exporter)
            #expect(await exporter.stop().exit == .code(0))
        }

        /// The first snapshot tells rebalances from either source, depending on which was there first.
        ///
        /// Only the offsets topic knows when a commit was made before the exporter was there.
        private static func expectNothingCounted(_ first: Scrape, group: String, topic: String) throws {
            let counts = ["offsets", "observed"].map {
                first.group("rebalances_total", group, ["source": $0])
            }
            #expect(counts.compactMap(\.self) == [0], "one source at a time, and nothing counted")
            let commit = first.topic("last_commit_timestamp_seconds", group, topic)
            let snapshot = try #require(first.value("lagwarden_snapshot_timestamp_seconds"))
            if counts[0] == nil {
                #expect(commit == nil)
            } else {
                let age = try snapshot - #require(commit)
                #expect(age > -1 && age < 120, "the time of the commit itself")
            }
        }

        private static func expectOwnFamiliesOnly(_ exporter: ServedExporter) async throws {
            let scrape = try await exporter.scrape()
            let withSamples = scrape.document.families.filter { !$0.samples.isEmpty }.map(\.name)
            #expect(withSamples.contains("lagwarden_build_info"))
            let foreign = withSamples.filter { !$0.hasPrefix("lagwarden_") && !$0.hasPrefix("process_") }
            #expect(foreign == [])
            #expect(scrape.document.samples("lagwarden_snapshot_timestamp_seconds") == [])
        }
    }
}
