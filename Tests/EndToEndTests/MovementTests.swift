import LagwardenTestKit
import Testing

extension RealKafka {
    /// What counts from round to round: rebalances, consumption and resets.
    @Suite struct MovementTests {
        @Test("rebalances are counted one by one, and where only coordinators are asked at least those seen")
        func rebalances() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("rebalanced", partitions: 2)
            let member = StageMember("rebalanced-1", group: kafka.group("rebalanced"), topics: [topic])
            try await kafka.withExporter("source: admin\n") { admin in
                try await kafka.withMember(member, partitions: 2) {
                    try await self.rebalance(member, topic, kafka, admin)
                }
            }
        }

        /// Lets a second member come, go and come, with rounds of both exporters in between.
        private func rebalance(
            _ member: StageMember, _ topic: String, _ kafka: SharedKafka, _ admin: ServedExporter
        ) async throws {
            let (stage, group) = (kafka.stage, member.group)
            let (exact, observed) = (["source": "offsets"], ["source": "observed"])
            try await stage.commitMember(member.name, [PartitionOffset(topic, 0, 0)])
            let base = try #require(
                try await kafka.exporter.settled().group("rebalances_total", group, exact))
            let seen = try #require(try await admin.settled().group("rebalances_total", group, observed))
            let generation = try await stage.memberState(member.name).generation
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
                try await admin.settled()
            }
            let last = try await kafka.exporter.settled()
            let happened = Double(try await stage.memberState(member.name).generation - generation)
            #expect(happened >= 3)
            #expect(last.group("rebalances_total", group, exact) == base + happened)
            #expect(last.group("rebalances_total", group, observed) == nil, "one source at a time")
            let lastSeen = try #require(
                try await admin.settled().group("rebalances_total", group, observed))
            #expect(lastSeen - seen >= 3, "each had a round of its own")
            #expect(lastSeen - seen <= happened)
            try await stage.closeMember(second.name)
        }

        @Test("a static member that comes back within its session makes no rebalance")
        func staticMember() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("static")
            let group = kafka.group("static")
            let member = StageMember("static", group: group, topics: [topic], instance: "static-1")
            try await kafka.stage.startMember(member)
            try await kafka.stage.waitForAssignment(of: ["static"], partitions: 1)
            let source = ["source": "offsets"]
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
