import LagwardenTestKit
import Testing

extension RealKafka {
    /// What filters and granularity leave of a scrape.
    @Suite struct SelectionTests {
        private static let settings = """
            source: admin
            poll: {jitter: 0}
            groups: {include: ["/selected-.*/"], exclude: [selected-hidden]}
            topics: {exclude: [selected-noise]}
            granularity_overrides:
              - {groups: selected-topics, granularity: topic}
              - {groups: selected-totals, granularity: group}

            """

        private static let ofGroup = [
            "info", "state_seconds", "members", "partitions", "idle_members", "lag", "lag_max", "lag_seconds",
            "rebalances_total", "rebalancing", "unknown_partitions",
        ]
        private static let ofTopic = [
            "topic_lag", "topic_lag_max", "topic_lag_seconds", "loss_margin_seconds",
            "records_consumed_total", "records_lost_total",
            "offset_resets_total backward", "offset_resets_total forward",
            "offset_reset_records_total backward", "offset_reset_records_total forward",
            "lag_growth_records_per_second",
        ]
        private static let ofPartition = [
            "partition_committed_offset", "partition_lag", "partition_lag_seconds",
            "partition_lag_seconds_error",
        ]
        /// State sets, and what is there only after some time.
        private static let countedApart = [
            "state", "status", "status_partitions", "partition_status", "finding", "catch_up_seconds",
            "catch_up_impossible", "offsets_age_seconds",
        ]

        /// Every series of an empty group, by what tells them apart.
        private static func series(_ group: String, topics: Bool, partitions: [Int32]) -> Set<String> {
            var all = Set(ofGroup.map { "\(group) \($0)" })
            if topics { all.formUnion(ofTopic.map { "\(group) selected-data \($0)" }) }
            for partition in partitions {
                all.formUnion(ofPartition.map { "\(group) selected-data \(partition) \($0)" })
            }
            return all
        }

        @Test("filters and granularity leave exactly the series that they name")
        func exactSeries() async throws {
            let kafka = try SharedKafka.shared()
            let data = try await kafka.topic("selected-data", partitions: 2)
            let noise = try await kafka.topic("selected-noise")
            let groups = ["full", "topics", "totals", "hidden"].map { kafka.group("selected-\($0)") }
            for topic in [data, noise] { try await kafka.stage.produce(topic, count: 4) }
            for group in groups {
                try await kafka.stage.commitOffsets(
                    group,
                    [PartitionOffset(data, 0, 1), PartitionOffset(data, 1, 0), PartitionOffset(noise, 0, 0)])
            }
            try await kafka.withExporter(Self.settings) { exporter in
                let scrape = try await exporter.wait(for: "three rounds") { $0.rounds >= 3 }
                let prefix = "kafka_consumer_group_"
                let samples = scrape.document.families.filter { $0.name.hasPrefix(prefix) }.flatMap(\.samples)
                let apart = Set(Self.countedApart.map { prefix + $0 })
                let series = samples.filter { !apart.contains($0.name) }.map { sample in
                    [
                        sample["group"], sample["topic"], sample["partition"],
                        String(sample.name.dropFirst(prefix.count)), sample["direction"],
                    ].compactMap { $0 }.joined(separator: " ")
                }
                #expect(Set(series).count == series.count)
                #expect(
                    Set(series)
                        == Self.series("selected-full", topics: true, partitions: [0, 1])
                        .union(Self.series("selected-topics", topics: true, partitions: []))
                        .union(Self.series("selected-totals", topics: false, partitions: [])))
                let judged = samples.filter { $0.name == prefix + "partition_status" }
                #expect(Set(judged.map { $0["group"] }) == ["selected-full"])
                let counted = samples.filter { $0.name == prefix + "status_partitions" }
                #expect(counted.count == groups.dropLast().count * 5, "one for each verdict there is")
                for group in groups.dropLast() {
                    #expect(scrape.group("lag", group) == 3, "lag of the topic that is left")
                    #expect(scrape.state(of: group) == "Empty")
                }
                let topics = Set(scrape.document.samples("kafka_topic_partitions").map { $0["topic"] })
                #expect(topics == [data])
                #expect(try await exporter.get("/api/v1/groups/selected-hidden").status == 404)
            }
        }
    }
}
