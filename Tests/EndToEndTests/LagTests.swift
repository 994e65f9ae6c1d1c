import KafkaLauncher
import LagwardenTestKit
import Testing

extension RealKafka {
    /// Lag in records, against Kafka's own tool and against common sense.
    @Suite struct LagTests {
        @Test("lag, commit and end of each partition are what Kafka's own tool prints")
        func oracle() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("orders", partitions: 3)
            let group = kafka.group("billing")
            for (partition, count) in [(0, 20), (1, 7), (2, 1)] {
                try await kafka.stage.produce(topic, Int32(partition), count: count)
            }
            let member = StageMember("billing", group: group, topics: [topic])
            try await kafka.withMember(member, partitions: 3) {
                try await kafka.stage.commitMember(
                    "billing",
                    [(0, 4), (1, 7), (2, 0)].map { PartitionOffset(topic, $0, $1) })
                let scrape = try await kafka.exporter.settled()
                let rows = try await kafka.oracle.offsets(of: group)
                #expect(rows.map(\.lag) == [16, 0, 1])
                for row in rows {
                    let committed = scrape.partition("committed_offset", group, topic, row.partition)
                    #expect(committed == row.committed.map(Double.init))
                    let lag = scrape.partition("lag", group, topic, row.partition)
                    #expect(lag == row.lag.map(Double.init))
                    let end = scrape.log("high_watermark", topic, row.partition)
                    #expect(end == row.logEnd.map(Double.init))
                }
                #expect(scrape.topic("topic_lag", group, topic) == 17)
                #expect(scrape.topic("topic_lag_max", group, topic) == 16)
                #expect(scrape.group("lag", group) == 17)
                #expect(scrape.group("lag_max", group) == 16)
                #expect(scrape.group("partitions", group) == 3)
                #expect(scrape.group("unknown_partitions", group) == 0)
                #expect(scrape.group("members", group) == 1)
                #expect(scrape.state(of: group) == "Stable")
            }
        }

        @Test("lag is never negative and no commit is ahead of the end while a producer runs at full speed")
        func fastProducer() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("rapid", partitions: 2)
            let group = kafka.group("rapid")
            let member = StageMember("rapid", group: group, topics: [topic], follows: true)
            try await kafka.withMember(member, partitions: 2) {
                let producing = Task {
                    while !Task.isCancelled {
                        async let one = kafka.stage.produce(topic, 0, count: 5000)
                        async let other = kafka.stage.produce(topic, 1, count: 5000)
                        _ = try await (one, other)
                    }
                }
                let first = try await kafka.exporter.wait(for: "commits on both partitions") {
                    $0.group("partitions", group) == 2
                }
                var last = first
                var seen = 0
                while last.rounds < first.rounds + 5 {
                    last = try await kafka.exporter.scrape()
                    for partition: Int32 in [0, 1] {
                        let lag = try #require(last.partition("lag", group, topic, partition))
                        let end = try #require(last.log("high_watermark", topic, partition))
                        let commit = try #require(last.partition("committed_offset", group, topic, partition))
                        #expect(lag >= 0)
                        #expect(commit <= end, "commits have to be read before ends")
                        #expect(lag == end - commit)
                        #expect(last.partition("ahead", group, topic, partition) == nil)
                        seen += 1
                    }
                }
                #expect(seen >= 4, "both partitions, more than once")
                let (produced, consumed) = ("kafka_topic_records_produced_total", "records_consumed_total")
                let growth = try #require(last.value(produced, ["topic": topic]))
                #expect(growth > first.value(produced, ["topic": topic]) ?? .infinity)
                #expect(
                    try #require(last.topic(consumed, group, topic))
                        > first.topic(consumed, group, topic) ?? .infinity)
                producing.cancel()
                try await producing.value
            }
        }

        @Test("a partition that was never committed has no series, whatever its sibling has")
        func neverCommitted() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("siblings", partitions: 3)
            let group = kafka.group("siblings")
            for partition: Int32 in 0...2 { try await kafka.stage.produce(topic, partition, count: 10) }
            try await kafka.stage.commitOffsets(
                group, [PartitionOffset(topic, 0, 10), PartitionOffset(topic, 2, 4)])
            let scrape = try await kafka.exporter.wait(for: "the group") { $0.group("lag", group) != nil }
            #expect(scrape.group("partitions", group) == 2)
            #expect(scrape.group("lag", group) == 6)
            #expect(scrape.group("unknown_partitions", group) == 0)
            #expect(scrape.partition("lag", group, topic, 0) == 0)
            #expect(scrape.partition("lag", group, topic, 2) == 6)
            #expect(scrape.samples(of: group).filter { $0["partition"] == "1" } == [])
            let partitions = try await kafka.exporter.group(group)["partitions"].elements
            #expect(partitions.map { $0["partition"].integer } == [2, 0])
        }

        @Test("lag of a compacted topic counts offsets, whether records are still there or not")
        func compacted() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic(
                "compacted",
                configs: [
                    "cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01",
                    "max.compaction.lag.ms": "100",
                ])
            let group = kafka.group("compacted")
            try await kafka.stage.produce(topic, count: 30, key: "same")
            let isCompacted = try await Eventually.holds(within: .seconds(30)) {
                // Only a segment that is no longer written to is compacted: write until one is.
                try await kafka.stage.produce(topic, count: 1, key: "same")
                return kafka.cluster.log(of: 1).contains("leaned log \(topic)-0")
            }
            #expect(isCompacted, "the broker does not compact")
            try await kafka.stage.commitOffsets(group, [PartitionOffset(topic, 0, 2)])
            let scrape = try await kafka.exporter.wait(for: "the group") { $0.group("lag", group) != nil }
            let end = try await kafka.stage.endOffsets(topic)[0]
            #expect(scrape.partition("lag", group, topic, 0) == Double(end - 2))
            #expect(try await kafka.oracle.offsets(of: group).map(\.lag) == [end - 2])
            let reader = kafka.group("compacted-reader")
            let member = StageMember("compacted", group: reader, topics: [topic], follows: true)
            try await kafka.withMember(member, partitions: 1) {
                let caughtUp = try await kafka.exporter.wait(for: "the reader") {
                    $0.group("lag", reader) == 0
                }
                #expect(caughtUp.partition("committed_offset", reader, topic, 0) == Double(end))
                let consumed = try await kafka.stage.memberState("compacted").consumed
                #expect(consumed < end, "nothing was compacted away")
            }
        }
    }
}
