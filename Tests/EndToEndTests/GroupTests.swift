import KafkaLauncher
import LagwardenTestKit
import Testing

extension RealKafka {
    /// Groups of every kind and in every condition.
    @Suite struct GroupTests {
        @Test("the series of a deleted group end within a few rounds, and those of its neighbour go on")
        func deleted() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("group-deleted")
            try await kafka.stage.produce(topic, count: 4)
            let group = try await kafka.groupThatLeft("group-deleted", topic, committed: 1)
            let neighbour = try await kafka.groupThatLeft("group-neighbour", topic, committed: 2)
            try await kafka.exporter.wait(for: "both groups") {
                $0.group("lag", group) == 3 && $0.group("lag", neighbour) == 2
            }
            let before = try await kafka.exporter.scrape().rounds
            try await kafka.stage.deleteGroup(group)
            let gone = try await kafka.exporter.wait(for: "the end of the group's series") {
                #expect($0.group("lag", neighbour) == 2)
                return $0.samples(of: group).isEmpty
            }
            #expect(gone.rounds <= before + 6)
            #expect(try await kafka.exporter.get("/api/v1/groups/\(group)").status == 404)
        }

        @Test("a group whose members were killed becomes Empty and keeps its lag")
        func killed() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("killed", partitions: 2)
            let group = kafka.group("killed")
            for partition: Int32 in [0, 1] { try await kafka.stage.produce(topic, partition, count: 6) }
            let names = ["killed-1", "killed-2"]
            let hasty = ["session.timeout.ms": "2000", "heartbeat.interval.ms": "300"]
            for name in names {
                try await kafka.stage.startMember(
                    StageMember(name, group: group, topics: [topic], properties: hasty))
            }
            try await kafka.stage.waitForAssignment(of: names, partitions: 2)
            for name in names {
                let held = try await kafka.stage.memberState(name).assignment
                try await kafka.stage.commitMember(
                    name, held.map { PartitionOffset($0.topic, $0.partition, 1) })
            }
            let alive = try await kafka.exporter.wait(for: "two members") { $0.group("lag", group) == 10 }
            #expect(alive.group("members", group) == 2)
            #expect(alive.state(of: group) == "Stable")
            for name in names { try await kafka.stage.killMember(name) }
            let dead = try await kafka.exporter.wait(for: "the end of the sessions") {
                $0.state(of: group) == "Empty"
            }
            #expect(dead.group("members", group) == 0)
            #expect(dead.group("lag", group) == 10)
            #expect(try await kafka.oracle.offsets(of: group).map(\.lag) == [5, 5])
        }

        @Test("a group without members has its lag, state Empty and 0 members")
        func memberless() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("memberless")
            try await kafka.stage.produce(topic, count: 12)
            let group = try await kafka.groupThatLeft("memberless", topic, committed: 5)
            let scrape = try await kafka.exporter.wait(for: "the group") { $0.state(of: group) == "Empty" }
            #expect(scrape.group("lag", group) == 7)
            #expect(scrape.group("members", group) == 0)
            #expect(scrape.group("idle_members", group) == 0)
            #expect(scrape.group("member_partitions_max", group) == nil)
            #expect(scrape.group("unassigned_partitions", group) == nil)
            #expect(scrape.info(of: group)["type"] == "classic")
            #expect(scrape.info(of: group)["protocol_type"] == "consumer")
            let state = try #require(try await kafka.oracle.states(of: group).first)
            #expect(scrape.state(of: group) == state.state)
            #expect(scrape.info(of: group)["coordinator"] == "\(state.coordinatorID)")
        }

        @Test("a group that has committed nothing says so instead of a lag")
        func withoutCommits() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("uncommitted")
            try await kafka.stage.produce(topic, count: 3)
            let group = kafka.group("uncommitted")
            let member = StageMember("uncommitted", group: group, topics: [topic])
            try await kafka.withMember(member, partitions: 1) {
                let scrape = try await kafka.exporter.wait(for: "the group") {
                    $0.group("members", group) == 1
                }
                let reason = ["group": group, "reason": "no_commits"]
                #expect(scrape.value("lagwarden_group_unavailable", reason) == 1)
                #expect(scrape.group("lag", group) == nil)
                #expect(scrape.group("partitions", group) ?? 0 == 0)
                #expect(scrape.state(of: group) == "Stable")
            }
        }

        @Test("a group that an administrator, or a consumer outside of it, committed for is simple")
        func simple() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("simple")
            try await kafka.stage.produce(topic, count: 3)
            let (byAdmin, byAssigned) = (kafka.group("simple-admin"), kafka.group("simple-assigned"))
            try await kafka.stage.commitOffsets(byAdmin, [PartitionOffset(topic, 0, 1)])
            let member = StageMember("assigned", group: byAssigned, topics: [topic], assigns: true)
            try await kafka.withMember(member, partitions: 1) {
                try await kafka.stage.commitMember("assigned", [PartitionOffset(topic, 0, 1)])
                for group in [byAdmin, byAssigned] {
                    let scrape = try await kafka.exporter.wait(for: "\(group)") {
                        $0.group("lag", group) == 2
                    }
                    #expect(scrape.info(of: group)["type"] == "simple")
                    #expect(scrape.info(of: group)["protocol_type"] == "")
                    #expect(scrape.state(of: group) == "Empty")
                    #expect(scrape.group("members", group) == 0)
                }
            }
        }

        @Test("members without partitions are counted, and the spread of the assignment shows")
        func idle() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("idle", partitions: 2)
            let group = kafka.group("idle")
            let names = ["idle-1", "idle-2", "idle-3"]
            for name in names {
                try await kafka.stage.startMember(StageMember(name, group: group, topics: [topic]))
            }
            try await kafka.stage.waitForAssignment(of: names, partitions: 2)
            let scrape = try await kafka.exporter.wait(for: "three members") {
                $0.group("members", group) == 3 && $0.state(of: group) == "Stable"
            }
            #expect(scrape.group("idle_members", group) == 1)
            #expect(scrape.group("member_partitions_max", group) == 1)
            #expect(scrape.group("member_partitions_min", group) == 0)
            #expect(scrape.info(of: group)["assignor"] == "range")
            let members = try await kafka.oracle.members(of: group)
            #expect(members.map(\.partitions).sorted() == [0, 1, 1])
            let described = try await kafka.exporter.group(group)["members"].elements
            #expect(
                Set(described.compactMap { $0["member_id"].string }) == Set(members.map(\.consumerID)))
            for name in names { try await kafka.stage.closeMember(name) }
        }

        @Test("partitions with lag that no member owns are counted")
        func unassigned() async throws {
            let kafka = try SharedKafka.shared()
            let left = try await kafka.topic("unassigned-left", partitions: 3)
            let read = try await kafka.topic("unassigned-read")
            let group = kafka.group("unassigned")
            for partition: Int32 in [0, 1] { try await kafka.stage.produce(left, partition, count: 5) }
            try await kafka.stage.produce(read, count: 5)
            try await kafka.stage.commitOffsets(
                group,
                [
                    PartitionOffset(left, 0, 1), PartitionOffset(left, 1, 2), PartitionOffset(left, 2, 0),
                    PartitionOffset(read, 0, 0),
                ])
            let member = StageMember("unassigned", group: group, topics: [read])
            try await kafka.withMember(member, partitions: 1) {
                let scrape = try await kafka.exporter.wait(for: "the member") {
                    $0.group("members", group) == 1 && $0.state(of: group) == "Stable"
                }
                #expect(scrape.group("unassigned_partitions", group) == 2)
                #expect(scrape.group("lag", group) == 12)
            }
        }

        @Test("a group of the new protocol has type consumer, the state of the list and the right lag")
        func newProtocol() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("new-protocol", partitions: 2)
            for partition: Int32 in [0, 1] { try await kafka.stage.produce(topic, partition, count: 8) }
            let group = kafka.group("new-protocol")
            let member = StageMember("new-protocol", group: group, topics: [topic], groupProtocol: .consumer)
            try await kafka.withMember(member, partitions: 2) {
                try await kafka.stage.commitMember(
                    "new-protocol", [PartitionOffset(topic, 0, 3), PartitionOffset(topic, 1, 8)])
                let scrape = try await kafka.exporter.wait(for: "the commits") {
                    $0.group("lag", group) == 5 && $0.state(of: group) == "Stable"
                }
                #expect(scrape.info(of: group)["type"] == "consumer")
                #expect(try await kafka.oracle.offsets(of: group).map(\.lag) == [5, 0])
                let listed = try await kafka.stage.listGroups().first { $0.group == group }
                #expect(listed?.state.lowercased() == scrape.state(of: group)?.lowercased())
                // What the client library cannot tell is absent, not 0.
                #expect(scrape.group("members", group) ?? 1 == 1)
            }
            let left = try await kafka.exporter.wait(for: "the member's leave") {
                $0.state(of: group) == "Empty"
            }
            #expect(left.info(of: group)["type"] == "consumer")
            #expect(left.group("lag", group) == 5)
        }

        @Test("a group of another protocol than the consumers' does no harm")
        func foreignProtocol() async throws {
            let kafka = try SharedKafka.shared()
            let group = kafka.group("connect-like")
            let port = try #require(kafka.cluster.port(of: 1))
            // The broker answers and keeps the connection, so the exchange ends by its time limit.
            _ = try? await HTTPProbe.exchange(
                ForeignMember.joinRequest(group: group), port: port, timeout: .seconds(1))
            let refusal = await #expect(throws: StageError.self) {
                try await kafka.stage.describeGroup(group)
            }
            #expect(refusal?.detail.contains("is not a consumer group") == true, "\(refusal as Any)")
            let scrape = try await kafka.exporter.settled()
            #expect(scrape.value("lagwarden_up") == 1)
            #expect(scrape.group("lag", "keepsake") == 2)
            #expect(
                scrape.samples(of: group).filter { $0.name.hasPrefix("kafka_") && $0.name.contains("lag") }
                    == [])
        }

        @Test(
            "a share group does no harm",
            .enabled(if: (try? KafkaRequirement.installation().majorVersion) ?? 0 >= 4))
        func share() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("share")
            let group = kafka.group("share")
            let before = try await kafka.exporter.scrape()
            try await kafka.stage.startShareMember("share", group: group, topics: [topic])
            try await kafka.stage.produce(topic, count: 5)
            let isThere = try await Eventually.holds {
                try await kafka.stage.listGroupsOfAllTypes()[group]?.lowercased() == "share"
            }
            #expect(isThere, "no share group came into being")
            let scrape = try await kafka.exporter.settled(more: 2)
            let failed = ["outcome": "failed"]
            #expect(
                scrape.value("lagwarden_rounds_total", failed)
                    == before.value("lagwarden_rounds_total", failed))
            #expect(
                scrape.samples(of: group).filter { $0.name.hasPrefix("kafka_") && $0.name.contains("lag") }
                    == [])
            #expect(scrape.group("lag", "keepsake") == 2)
            try await kafka.stage.closeShareMember("share")
        }
    }
}
