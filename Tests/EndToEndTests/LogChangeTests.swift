import LagwardenTestKit
import Testing

extension RealKafka {
    /// Logs that are cut, recreated, deleted and grown under groups.
    @Suite struct LogChangeTests {
        private static let produced = "kafka_topic_records_produced_total"

        @Test("a topic that was recreated below a commit shows it ahead, with no negative lag and no burst")
        func recreated() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("recreated")
            try await kafka.stage.produce(topic, count: 50)
            let group = try await kafka.groupThatLeft("recreated", topic, committed: 50)
            let before = try await kafka.exporter.settled()
            #expect(before.partition("lag", group, topic, 0) == 0)
            #expect(before.partition("ahead", group, topic, 0) == nil)
            let produced = try #require(before.value(Self.produced, ["topic": topic]))
            let consumed = try #require(before.topic("records_consumed_total", group, topic))

            try await kafka.stage.deleteTopic(topic)
            // A producer that remembers the topic may create it first.
            let recreated = await Eventually.holds(within: .seconds(20)) {
                if (try? await kafka.stage.createTopic(topic)) != nil { return true }
                return (try? await kafka.stage.endOffsets(topic)) == [0]
            }
            #expect(recreated)
            try await kafka.stage.produce(topic, count: 5)
            try await kafka.stage.commitOffsets(group, [PartitionOffset(topic, 0, 50)])
            let after = try await kafka.exporter.wait(for: "the commit ahead of the end") {
                #expect($0.partition("lag", group, topic, 0) ?? 0 >= 0)
                return $0.partition("ahead", group, topic, 0) == 1
            }
            #expect(after.partition("lag", group, topic, 0) == 0)
            #expect(after.log("high_watermark", topic) == 5)
            #expect(after.value(Self.produced, ["topic": topic]) ?? .infinity <= produced + 5)
            #expect(after.topic("records_consumed_total", group, topic) ?? .infinity <= consumed)
            #expect(try await kafka.oracle.offsets(of: group).map(\.lag) == [-45])
            let partitions = try await kafka.exporter.group(group)["partitions"]
            #expect(partitions[0]["ahead"].bool == true)

            try await kafka.stage.produce(topic, count: 60)
            let caught = try await kafka.exporter.wait(for: "the end past the commit") {
                $0.partition("lag", group, topic, 0) == 15
            }
            #expect(caught.partition("ahead", group, topic, 0) == nil)
            #expect(caught.value(Self.produced, ["topic": topic]) ?? .infinity <= produced + 65)
        }

        @Test("records deleted before they were read are counted as lost, exactly and once")
        func lost() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("lost")
            try await kafka.stage.produce(topic, count: 100)
            let group = try await kafka.groupThatLeft("lost", topic, committed: 10)
            let before = try await kafka.exporter.settled()
            #expect(before.partition("lag", group, topic, 0) == 90)
            #expect(before.topic("records_lost_total", group, topic) == 0)

            #expect(try await kafka.stage.deleteRecords(topic, before: 40) == 40)
            let once = try await kafka.exporter.wait(for: "the loss") {
                $0.topic("records_lost_total", group, topic) == 30
            }
            #expect(once.partition("lag", group, topic, 0) == 60)
            #expect(once.log("log_start_offset", topic) == 40)
            #expect(once.partition("committed_offset", group, topic, 0) == 10)
            #expect(try await kafka.exporter.group(group)["partitions"][0]["lost"].integer == 30)

            try await kafka.stage.deleteRecords(topic, before: 55)
            let twice = try await kafka.exporter.settled()
            #expect(twice.topic("records_lost_total", group, topic) == 45)
            #expect(twice.partition("lag", group, topic, 0) == 45)

            try await kafka.withMember(StageMember("lost", group: group, topics: [topic]), partitions: 1) {
                try await kafka.stage.commitMember("lost", [PartitionOffset(topic, 0, 60)])
                let read = try await kafka.exporter.settled()
                #expect(read.partition("lag", group, topic, 0) == 40)
                #expect(read.topic("records_lost_total", group, topic) == 45)
                #expect(read.topic("records_consumed_total", group, topic) == 5)
                #expect(try await kafka.exporter.group(group)["partitions"][0]["lost"].integer == 0)
            }
        }

        @Test("a deleted topic loses its series and is not created again")
        func deleted() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("deleted", partitions: 2)
            let other = try await kafka.topic("deleted-sibling")
            let group = kafka.group("deleted")
            // A producer that remembers the topic would create it again: this one ends with its transaction.
            try await kafka.stage.beginTransaction("deleted")
            try await kafka.stage.produce(inTransaction: "deleted", topic, count: 3)
            try await kafka.stage.commitTransaction("deleted")
            try await kafka.stage.abandonTransaction("deleted")
            try await kafka.stage.produce(other, count: 3)
            try await kafka.stage.commitOffsets(
                group,
                [PartitionOffset(topic, 0, 1), PartitionOffset(topic, 1, 0), PartitionOffset(other, 0, 1)])
            try await kafka.exporter.wait(for: "both topics") { $0.group("lag", group) == 5 }

            try await kafka.deleteTopic(topic)
            let gone = try await kafka.exporter.wait(for: "the end of the topic's series") {
                $0.samples(ofTopic: topic).isEmpty
            }
            #expect(gone.partition("lag", group, other, 0) == 2)
            let later = try await kafka.exporter.settled(more: 2)
            #expect(later.samples(ofTopic: topic) == [])
            #expect(later.group("lag", group) == 2)
            #expect(try await !kafka.stage.listTopics().contains(topic))
        }

        @Test("partitions that are added appear, and records produced make no jump")
        func grown() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("grown")
            let group = kafka.group("grown")
            try await kafka.stage.produce(topic, count: 1000)
            try await kafka.stage.commitOffsets(group, [PartitionOffset(topic, 0, 1000)])
            let before = try await kafka.exporter.wait(for: "the group") { $0.group("lag", group) == 0 }
            #expect(before.value("kafka_topic_partitions", ["topic": topic]) == 1)
            let produced = try #require(before.value(Self.produced, ["topic": topic]))

            try await kafka.stage.addPartitions(topic, total: 3)
            let grown = try await kafka.exporter.wait(for: "three partitions") {
                $0.log("high_watermark", topic, 2) == 0
            }
            #expect(grown.value("kafka_topic_partitions", ["topic": topic]) == 3)
            #expect(grown.value(Self.produced, ["topic": topic]) == produced)

            try await kafka.stage.produce(topic, 2, count: 7)
            try await kafka.stage.commitOffsets(group, [PartitionOffset(topic, 2, 3)])
            let counted = try await kafka.exporter.wait(for: "the new partition's lag") {
                $0.partition("lag", group, topic, 2) == 4
            }
            #expect(counted.value(Self.produced, ["topic": topic]) == produced + 7)
            #expect(counted.topic("records_consumed_total", group, topic) ?? .infinity <= 3)
            #expect(counted.group("partitions", group) == 2)
        }
    }
}
