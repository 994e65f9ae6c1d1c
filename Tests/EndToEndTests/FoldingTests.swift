import KafkaLauncher
import LagwardenTestKit
import Testing

extension RealKafka {
    /// What a limit of series leaves of a scrape, and what the API still shows.
    @Suite struct FoldingTests {
        /// A topic of ten partitions with 50 records each, and groups by their lag on each of them.
        private struct Scene {
            static let partitions = 10
            static let lags: KeyValuePairs = ["far": 40, "near": 12, "none": 0]
            let name: String

            var topic: String { "\(name)-data" }

            func group(_ word: String) -> String { "\(name)-\(word)" }

            func settings(_ more: String = "") -> String {
                """
                source: admin
                poll: {jitter: 0}
                groups: {include: ["/\(name)-.*/"]}
                topics: {include: [\(topic)]}

                """ + more
            }

            func prepare(_ kafka: SharedKafka) async throws {
                _ = try await kafka.topic(topic, partitions: Self.partitions)
                for partition in 0..<Self.partitions {
                    _ = try await kafka.stage.produce(topic, Int32(partition), count: 50)
                }
                for (word, lag) in Self.lags {
                    try await kafka.stage.commitOffsets(
                        kafka.group(group(word)),
                        (0..<Self.partitions).map { PartitionOffset(topic, Int32($0), Int64(50 - lag)) })
                }
            }

            /// Whether everything about the groups is there, with `more` records that one of them lags.
            func isRead(_ scrape: Scrape, more: Int = 0) -> Bool {
                scrape.rounds >= 3
                    && Self.lags.allSatisfy { word, lag in
                        let sum = lag * Self.partitions + (word == "near" ? more : 0)
                        return scrape.group("lag", group(word)) == Double(sum)
                            && scrape.group("lag_seconds", group(word)) != nil
                    }
            }

            /// Partitions of a group in one family.
            func shown(_ scrape: Scrape, _ family: String, _ word: String) -> [String] {
                scrape.document.samples("kafka_consumer_group_partition_\(family)")
                    .filter { $0["group"] == group(word) }.compactMap { $0["partition"] }
            }
        }

        private static let byLimit = ["level": "partition", "reason": "limit"]

        /// Samples of all families that follow from snapshots.
        private static func written(_ scrape: Scrape) -> Int {
            let names = Set(scrape.document.samples("lagwarden_series").compactMap { $0["family"] })
            let families = scrape.document.families.filter { names.contains($0.name) }
            return families.reduce(0) { $0 + $1.samples.count }
        }

        @Test("the worst group keeps its partitions, the others their sums, and every name fits")
        func limit() async throws {
            let kafka = try SharedKafka.shared()
            let scene = Scene(name: "folded")
            try await scene.prepare(kafka)
            let long = kafka.group(scene.group(String(repeating: "long", count: 50)))
            try await kafka.stage.commitOffsets(long, [PartitionOffset(scene.topic, 0, 50)])
            var whole = 0
            try await kafka.withExporter(scene.settings()) { exporter in
                let scrape = try await exporter.wait(for: "all groups") { scene.isRead($0) }
                whole = Int(try #require(scrape.value("lagwarden_series_exported")))
                #expect(Self.written(scrape) == whole)
                #expect(scrape.value("lagwarden_series_folded", Self.byLimit) == 0)
                #expect(scrape.document.samples("kafka_consumer_group_series_folded").isEmpty)
            }
            // What the topic has by partition is not enough, nor what the first group has.
            let limit = whole - 75
            let limits = "limits: {series: \(limit), label_length: 128}\n"
            try await kafka.withExporter(scene.settings(limits)) { exporter in
                let scrape = try await exporter.wait(for: "all groups") { scene.isRead($0) }
                let exported = Int(try #require(scrape.value("lagwarden_series_exported")))
                #expect(exported <= limit && Self.written(scrape) == exported)
                #expect(scrape.value("lagwarden_series_limit") == Double(limit))
                #expect(scene.shown(scrape, "lag", "far").count == Scene.partitions)
                #expect(scene.shown(scrape, "lag", "none") == [])
                #expect(scrape.topic("topic_lag", scene.group("none"), scene.topic) == 0)
                let folded = scrape.document.samples("kafka_consumer_group_series_folded")
                #expect(folded.contains { $0["group"] == scene.group("none") && $0["level"] == "partition" })
                #expect(!folded.contains { $0["group"] == scene.group("far") })
                let names = scrape.document.samples("kafka_consumer_group_lag").compactMap { $0["group"] }
                #expect(names.contains { $0.hasPrefix("folded-long") && $0.utf8.count == 128 })
                #expect(scrape.value("lagwarden_label_values_cut") == 1)
                let group = try await exporter.group(scene.group("none"))
                #expect(group["summary"]["export_level"].string == "topic")
                #expect(group["total_partitions"].integer == Int64(Scene.partitions))
                #expect(try await exporter.get("/").text.contains("are shown more coarsely"))
                try await exporter.settled(more: 2)
                let lines = exporter.process.error.split(separator: "\n")
                #expect(lines.count { $0.contains("limits.series is reached") } == 1)
            }
            // Kafka's own tool, with which other tests compare all groups, leaves so long a name out.
            try await kafka.stage.deleteGroup(long)
        }

        @Test("only the worst partitions are shown, and the sums are those of all")
        func topPartitions() async throws {
            let kafka = try SharedKafka.shared()
            let scene = Scene(name: "topmost")
            try await scene.prepare(kafka)
            // One partition is eight records worse than the others.
            try await kafka.stage.commitOffsets(scene.group("near"), [PartitionOffset(scene.topic, 7, 30)])
            let top = """
                granularity_overrides:
                  - {groups: \(scene.group("near")), granularity: partition, top_partitions: 3}

                """
            try await kafka.withExporter(scene.settings(top)) { exporter in
                let scrape = try await exporter.wait(for: "all groups") { scene.isRead($0, more: 8) }
                for family in ["lag", "committed_offset", "lag_seconds", "lag_seconds_error"] {
                    #expect(scene.shown(scrape, family, "near") == ["0", "1", "7"], "\(family)")
                    #expect(scene.shown(scrape, family, "far").count == Scene.partitions, "\(family)")
                }
                let folded = scrape.value(
                    "lagwarden_series_folded", ["level": "partition", "reason": "top_partitions"])
                #expect(folded == 28, "seven partitions in four families; verdicts take longer")
            }
        }
    }
}
