import ClusterAccess
import Foundation
import KafkaLauncher
import LagwardenTestKit
import Testing

extension RealKafka {
    /// What happens next, and why, provoked on a real broker.
    @Suite struct FindingTests {
        /// Findings of a group in a scrape, as "kind/severity", ascending.
        private static func findings(_ group: String, in scrape: Scrape) -> [String] {
            scrape.samples(of: group).filter { $0.name == "kafka_consumer_group_finding" && $0.value == 1 }
                .map { "\($0["finding"] ?? "")/\($0["severity"] ?? "")" }.sorted()
        }

        /// The finding of a kind in what the JSON API says of a group.
        private static func finding(
            _ kind: String, of group: String, _ exporter: ServedExporter
        ) async throws -> JSONValue {
            let answer = try await exporter.get("/api/v1/findings?group=\(group)")
            let all = try #require(JSONValue(decoding: answer.body))["findings"].elements
            return try #require(all.first { $0["finding"].string == kind })
        }

        private static func evidence(_ name: String, in finding: JSONValue) -> Double? {
            finding["evidence"].elements.first { $0["name"].string == name }?["value"].number
        }

        @Test("a healthy group has no finding and has caught up; retention and replicas are those of Kafka")
        func healthy() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic(
                "healthy", partitions: 2,
                configs: ["retention.ms": "3600000", "retention.bytes": "123456789"])
            let group = kafka.group("healthy")
            let members = [
                StageMember("healthy-1", group: group, topics: [topic], follows: true),
                StageMember("healthy-2", group: group, topics: [topic], follows: true),
            ]
            try await kafka.withMember(members[0], partitions: nil) {
                try await kafka.withMember(members[1], partitions: 1) {
                    for partition: Int32 in [0, 1] {
                        try await kafka.stage.produce(topic, partition, count: 500)
                    }
                    let scrape = try await kafka.exporter.wait(for: "the end", groups: [group]) {
                        $0.group("lag", group) == 0 && $0.group("catch_up_seconds", group) == 0
                            && $0.value("kafka_topic_retention_seconds", ["topic": topic]) == 3600
                    }
                    #expect(scrape.value("kafka_topic_retention_bytes", ["topic": topic]) == 123_456_789)
                    let under = "kafka_topic_under_replicated_partitions"
                    #expect(scrape.value(under, ["topic": topic]) == 0)
                    #expect(scrape.value(under, ["topic": "__consumer_offsets"]) == 0)
                    #expect(scrape.topic("loss_margin_seconds", group, topic) == nil, "nothing is unread")
                    #expect(Self.findings(group, in: scrape) == [])
                    #expect(try await kafka.exporter.group(group)["findings"].elements.isEmpty)
                }
            }
        }

        @Test("no members, one hot partition, records deleted unread: each is found, with its numbers")
        func neglected() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("neglected", partitions: 3)
            for (partition, count) in [(0, 4_000), (1, 10), (2, 10)] as [(Int32, Int)] {
                try await kafka.stage.produce(topic, partition, count: count)
            }
            let group = try await kafka.groupThatLeft("neglected", topic, committed: 100)
            let hot = try await kafka.exporter.wait(for: "no members, one hot partition", groups: [group]) {
                let found = Self.findings(group, in: $0)
                return found.contains("no_active_members/info")
            }
            #expect(Self.findings(group, in: hot) == ["no_active_members/info"], "one partition is committed")

            try await kafka.stage.commitOffsets(
                group, (0..<3).map { PartitionOffset(topic, $0, $0 == 0 ? 100 : 10) })
            let members = try await kafka.exporter.wait(for: "the hot partition", groups: [group]) {
                Self.findings(group, in: $0).contains("hot_partition/warning")
            }
            #expect(Self.findings(group, in: members) == ["hot_partition/warning", "no_active_members/info"])
            let partition = try await Self.finding("hot_partition", of: group, kafka.exporter)
            #expect(partition["topic"].string == topic && partition["partition"].integer == 0)
            #expect(Self.evidence("partition_lag_records", in: partition) == 3_900)
            #expect(Self.evidence("mean_lag_of_others_records", in: partition) == 0)

            #expect(try await kafka.stage.deleteRecords(topic, 0, before: 150) == 150)
            let lost = try await kafka.exporter.wait(for: "the loss", groups: [group]) {
                Self.findings(group, in: $0).contains("records_lost/critical")
            }
            #expect(lost.topic("records_lost_total", group, topic) == 50)
            let loss = try await Self.finding("records_lost", of: group, kafka.exporter)
            #expect(Self.evidence("records_before_log_start", in: loss) == 50)
            #expect(loss["suggestions"][0]["setting"].string == "retention.ms")
            #expect(loss["suggestions"][0]["direction"].string == "raise")
            let none = try await kafka.exporter.get("/api/v1/findings?group=\(group)&severity=critical")
            #expect(JSONValue(decoding: none.body)?["total"].integer == 1)
        }

        @Test("unread records half an hour old, kept for an hour, are lost in half an hour")
        func margin() async throws {
            let kafka = try SharedKafka.shared()
            let configs = ["retention.ms": "3600000"]
            let topic = try await kafka.topic("margin", partitions: 2, configs: configs)
            let table = try await kafka.topic("margin-table", configs: ["cleanup.policy": "compact"])
            let written = ContinuousClock.now
            let now = Int64(Date.now.timeIntervalSince1970 * 1000)
            try await kafka.stage.produce(topic, 0, count: 60, timestamp: now - 1_800_000, step: 1000)
            try await kafka.stage.produce(topic, 1, count: 60, timestamp: now - 600_000, step: 1000)
            try await kafka.stage.produce(table, count: 5, timestamp: now - 7_200_000, key: "same")
            let group = kafka.group("margin")
            try await kafka.stage.commitOffsets(
                group,
                [PartitionOffset(topic, 0, 20), PartitionOffset(topic, 1, 0), PartitionOffset(table, 0, 0)])
            let scrape = try await kafka.exporter.wait(for: "the margin", groups: [group]) {
                $0.topic("loss_margin_seconds", group, topic) != nil
            }
            // The oldest unread record is the 20th: 1,780 s old when it was written, of 3,600.
            let truth = 1_820 - (ContinuousClock.now - written).seconds
            let margin = try #require(scrape.topic("loss_margin_seconds", group, topic))
            #expect(abs(margin - truth) <= 40, "\(margin) s, and it is \(truth) s")
            #expect(scrape.topic("loss_margin_seconds", group, table) == nil, "compaction keeps no time")
            #expect(scrape.value("kafka_topic_retention_seconds", ["topic": table]) == nil)
            #expect(Self.findings(group, in: scrape).contains("loss_imminent/warning"))
            try await kafka.stage.commitOffsets(group, [PartitionOffset(topic, 0, 60)])
            let later = try await kafka.exporter.wait(for: "the other partition's", groups: [group]) {
                $0.topic("loss_margin_seconds", group, topic) ?? 0 > truth + 600
            }
            let rest = 3_000 - (ContinuousClock.now - written).seconds
            let other = try #require(later.topic("loss_margin_seconds", group, topic))
            #expect(abs(other - rest) <= 20, "\(other) s, and it is \(rest) s")
        }

        @Test("members beyond the partitions are idle, and are no longer when they leave")
        func idle() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("idlers")
            try await kafka.stage.produce(topic, count: 5)
            let group = kafka.group("idlers")
            try await kafka.withMember(
                StageMember("idler-1", group: group, topics: [topic], follows: true), partitions: 1
            ) {
                let second = StageMember("idler-2", group: group, topics: [topic], follows: true)
                try await kafka.stage.startMember(second)
                let scrape = try await kafka.exporter.wait(for: "the idle member", groups: [group]) {
                    Self.findings(group, in: $0) == ["idle_members/info"]
                }
                #expect(scrape.group("idle_members", group) == 1)
                let finding = try await Self.finding("idle_members", of: group, kafka.exporter)
                #expect(Self.evidence("members", in: finding) == 2)
                #expect(finding["member"].string?.isEmpty == false)
                try await kafka.stage.closeMember("idler-2")
                try await kafka.exporter.wait(for: "one member", groups: [group]) {
                    $0.group("members", group) == 1 && Self.findings(group, in: $0) == []
                }
            }
        }

        @Test("a group that reads faster than is produced says when it is done, one that stands still never")
        func catchingUp() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("catching-up")
            try await kafka.stage.produce(topic, count: 3_000)
            let (reader, sleeper) = (kafka.group("catching-up"), kafka.group("sleeping"))
            for group in [reader, sleeper] {
                try await kafka.stage.commitOffsets(group, [PartitionOffset(topic, 0, 0)])
            }
            let settings = ServedExporter.patient.replacing(
                "  jitter: 0\n", with: "  jitter: 0\n  growth_window: 10s\n")
            try await kafka.withExporter(settings) { exporter in
                var scrape = try await exporter.wait(for: "both groups") {
                    $0.group("lag", reader) == 3_000 && $0.group("lag", sleeper) == 3_000
                }
                #expect(scrape.group("catch_up_impossible", sleeper) == nil, "the window is not full")
                // A hundred records in each round of a second: 30 s from the first to the last.
                let start = ContinuousClock.now
                var offset: Int64 = 0
                while scrape.group("catch_up_impossible", sleeper) == nil || offset < 1_200 {
                    offset += 100
                    try await kafka.stage.commitOffsets(reader, [PartitionOffset(topic, 0, offset)])
                    try await Task.sleep(until: start + .seconds(Double(offset) / 100))
                    scrape = try await exporter.scrape()
                    try #require(offset < 2_500, "the window does not become full")
                }
                #expect(scrape.group("catch_up_impossible", sleeper) == 1)
                #expect(scrape.group("catch_up_seconds", sleeper) == nil)
                #expect(scrape.group("catch_up_impossible", reader) == 0)
                let lag = try #require(scrape.group("lag", reader))
                let catchUp = try #require(scrape.group("catch_up_seconds", reader))
                #expect(abs(catchUp - lag / 100) <= lag / 100 * 0.35, "\(catchUp) s for \(lag) records")
                let found = Self.findings(sleeper, in: scrape)
                #expect(found.contains("growing_lag/warning"), "\(found)")
                #expect(!Self.findings(reader, in: scrape).contains("growing_lag/warning"))
                try await kafka.stage.commitOffsets(reader, [PartitionOffset(topic, 0, 3_000)])
                try await exporter.wait(for: "nothing unread") { $0.group("catch_up_seconds", reader) == 0 }
            }
        }
    }
}
