import LagwardenTestKit
import Testing

extension RealKafka {
    /// What counts from round to round: rebalances, consumption and resets.
    @Suite struct MovementTests {
        @Test("rebalances that are observed are a lower bound of those that happen")
        func rebalances() async throws {
            let kafka = try SharedKafka.shared()
            let stage = kafka.stage
            let topic = try await kafka.topic("rebalanced", partitions: 2)
            let group = kafka.group("rebalanced")
            let member = StageMember("rebalanced-1", group: group, topics: [topic])
            try await kafka.withMember(member, partitions: 2) {
                try await stage.commitMember("rebalanced-1", [PartitionOffset(topic, 0, 0)])
                let source = ["source": "observed"]
                let first = try await kafka.exporter.settled()
                let base = try #require(first.group("rebalances_total", group, source))
                let generation = try await stage.memberState("rebalanced-1").generation
                let second = StageMember("rebalanced-2", group: group, topics: [topic])
                for change in 1...3 {
                    if change % 2 == 1 {
                        try await stage.startMember(second)
                        try await stage.waitForAssignment(of: [member.name, second.name], partitions: 2)
                    } else {
                        try await stage.closeMember(second.name)
                        try await stage.waitForAssignment(of: [member.name], partitions: 2)
                    }
                    try await kafka.exporter.settled()
                }
                let last = try await kafka.exporter.scrape()
                let observed = try #require(last.group("rebalances_total", group, source)) - base
                let happened = try await stage.memberState("rebalanced-1").generation - generation
                #expect(happened >= 3)
                #expect(observed >= 3, "each had a round of its own")
                #expect(observed <= Double(happened))
                try await stage.closeMember(second.name)
            }
        }

        @Test("a static member that comes back within its session makes no rebalance")
        func staticMember() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("static")
            let group = kafka.group("static")
            let member = StageMember("static", group: group, topics: [topic], instance: "static-1")
            try await kafka.stage.startMember(member)
            try await kafka.stage.waitForAssignment(of: ["static"], partitions: 1)
            let source = ["source": "observed"]
            let before = try await kafka.exporter.settled()
            let generation = try await kafka.stage.memberState("static").generation
            let base = try #require(before.group("rebalances_total", group, source))
            try await kafka.stage.killMember("static")
            let away = try await kafka.exporter.settled()
            #expect(away.group("members", group) == 1)
            try await kafka.withMember(member, partitions: 1) {
                let back = try await kafka.exporter.settled()
                #expect(back.group("rebalances_total", group, source) == base)
                #expect(try await kafka.stage.memberState("static").generation == generation)
                let described = try await kafka.exporter.group(group)["members"]
                #expect(described[0]["instance_id"].string == "static-1")
            }
        }

        @Test("offsets that are moved while a group is empty count as resets, not as consumption")
        func resets() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("reset")
            try await kafka.stage.produce(topic, count: 100)
            let group = try await kafka.groupThatLeft("reset", topic, committed: 50)
            let before = try await kafka.exporter.settled(more: 1)
            func resets(_ scrape: Scrape) -> [Double?] {
                ["backward", "forward"].map {
                    scrape.topic("offset_resets_total", group, topic, ["direction": $0])
                }
            }
            #expect(resets(before) == [0, 0])
            let consumed = try #require(before.topic("records_consumed_total", group, topic))

            try await kafka.stage.commitOffsets(group, [PartitionOffset(topic, 0, 20)])
            let back = try await kafka.exporter.wait(for: "the move back") {
                $0.partition("lag", group, topic, 0) == 80
            }
            #expect(resets(back) == [1, 0])
            try await kafka.stage.commitOffsets(group, [PartitionOffset(topic, 0, 90)])
            let forward = try await kafka.exporter.wait(for: "the move forward") {
                $0.partition("lag", group, topic, 0) == 10
            }
            #expect(resets(forward) == [1, 1])
            #expect(forward.topic("records_consumed_total", group, topic) == consumed)

            try await kafka.withMember(StageMember("reset", group: group, topics: [topic]), partitions: 1) {
                try await kafka.exporter.settled()
                #expect(try await kafka.stage.pollMember("reset", count: 10) == 10)
                try await kafka.stage.commitMember("reset")
                let read = try await kafka.exporter.wait(for: "the last records") {
                    $0.partition("lag", group, topic, 0) == 0
                }
                #expect(resets(read) == [1, 1])
                #expect(read.topic("records_consumed_total", group, topic) == consumed + 10)
                #expect(read.topic("last_commit_timestamp_seconds", group, topic) ?? 0 > 1_700_000_000)
            }
        }
    }
}
