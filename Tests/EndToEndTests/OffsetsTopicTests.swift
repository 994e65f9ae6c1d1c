import KafkaLauncher
import LagwardenTestKit
import Testing

extension WatchedKafka {
    /// Commits as the offsets topic tells them: in transactions, deleted, moved, and not to be read.
    @Suite struct OffsetsTopicTests {
        @Test("commits of transactions count when the transaction does")
        func transactions() async throws {
            let kafka = try OwnKafka.shared()
            let (stage, group) = (kafka.stage, "transactional")
            try await stage.createTopic(group)
            try await stage.produce(group, count: 20)
            try await stage.commitOffsets(group, [PartitionOffset(group, 0, 1)])
            try await kafka.withFollower { exporter, before in
                #expect(before.partition("committed_offset", group, group, 0) == 1)
                #expect(before.topic("commits_total", group, group) == 0)

                for (offset, commits) in [(Int64(5), false), (7, true), (11, false), (13, true)] {
                    let old = try await stage.committed(group).first?.offset
                    try await stage.beginTransaction("transactional")
                    try await stage.sendOffsets(
                        inTransaction: "transactional", group: group, [PartitionOffset(group, 0, offset)])
                    let open = try await exporter.settled()
                    #expect(open.partition("committed_offset", group, group, 0) == old.map(Double.init))
                    #expect(try await kafka.oracle.offsets(of: group).map(\.committed) == [old])
                    if commits {
                        try await stage.commitTransaction("transactional")
                    } else {
                        try await stage.abortTransaction("transactional")
                    }
                    let new = commits ? offset : old
                    let isDone = await Eventually.holds {
                        (try? await stage.committed(group).first?.offset) == new
                    }
                    #expect(isDone)
                    let done = try await exporter.settled()
                    #expect(done.partition("committed_offset", group, group, 0) == new.map(Double.init))
                    #expect(try await kafka.oracle.offsets(of: group).map(\.committed) == [new])
                }
                let end = try await exporter.settled()
                #expect(end.topic("commits_total", group, group) == 2, "aborted ones are none")
                #expect(end.topic("offset_resets_total", group, group, ["direction": "backward"]) == 0)
            }
        }

        @Test("a transaction that hangs blocks no other group of its partition, and is told of")
        func hanging() async throws {
            let kafka = try OwnKafka.shared()
            let stage = kafka.stage
            let team = Team(.eager, "beside", stage)
            try await team.gather()
            let partition = try await stage.offsetsPartition(of: team.group)
            let (stuck, plain) = (
                try await Self.name("stuck", in: partition, stage),
                try await Self.name("plain", in: partition, stage)
            )
            for group in [stuck, plain] {
                try await stage.createTopic(group)
                try await stage.produce(group, count: 50)
                try await stage.commitOffsets(group, [PartitionOffset(group, 0, 1)])
            }
            try await kafka.withFollower { exporter, before in
                let start = try await team.generation()
                #expect(!before.isBlocked(partition))
                try await stage.beginTransaction("hanging", timeout: .seconds(600))
                try await stage.sendOffsets(
                    inTransaction: "hanging", group: stuck, [PartitionOffset(stuck, 0, 30)])
                try await stage.abandonTransaction("hanging")
                try await exporter.wait(for: "the blocked partition") {
                    $0.isBlocked(partition)
                }

                for offset: Int64 in 2...6 {
                    try await stage.commitOffsets(plain, [PartitionOffset(plain, 0, offset)])
                }
                let churn = try await team.churn(10)
                let during = try await exporter.wait(for: "the last generation") {
                    $0.generation(team.group) == Double(churn.last)
                }
                #expect(during.isBlocked(partition))
                #expect(during.rebalances(team.group) == Double(churn.last - start))
                let settled = try await exporter.settled()
                for group in [stuck, plain, team.group] {
                    let rows = try await kafka.oracle.offsets(of: group)
                    #expect(!rows.isEmpty)
                    for row in rows where row.committed != nil {
                        #expect(
                            settled.partition("committed_offset", group, row.topic, row.partition)
                                == row.committed.map(Double.init), "\(group)")
                    }
                }
                #expect(settled.partition("committed_offset", plain, plain, 0) == 6)
                #expect(settled.partition("committed_offset", stuck, stuck, 0) == 1)

                // For an exporter that starts only now all of this is history.
                try await withExporter(
                    bootstrap: kafka.cluster.bootstrap, settings: WatchedScene.settings
                ) { late in
                    let first = try await late.wait(for: "the blocked partition, read to its end") {
                        $0.isBlocked(partition) && $0.generation(team.group) == Double(churn.last)
                    }
                    #expect(first.rebalances(team.group) == 0)
                }

                try await stage.fenceTransaction("hanging")
                try await exporter.wait(for: "the end of the block") { !$0.isBlocked(partition) }
                let after = try await exporter.settled()
                #expect(!after.isBlocked(partition))
                #expect(after.rebalances(team.group) == Double(churn.last - start), "counted twice")
                #expect(after.topic("commits_total", plain, plain) == 5)
                #expect(after.topic("commits_total", stuck, stuck) == 0)
                #expect(after.partition("committed_offset", plain, plain, 0) == 6)
                let more = try await team.churn(5)
                let last = try await exporter.wait(for: "the last generation") {
                    $0.generation(team.group) == Double(more.last)
                }
                #expect(last.rebalances(team.group) == Double(more.last - start))
                try await stage.closeMember(team.stays)
            }
        }

        @Test("groups and commits that are deleted are gone at the next round; tools' moves are resets")
        func deletionsAndResets() async throws {
            let kafka = try OwnKafka.shared()
            let (stage, group) = (kafka.stage, "changed")
            let (kept, dropped) = ("changed-kept", "changed-dropped")
            for topic in [kept, dropped] {
                try await stage.createTopic(topic, partitions: 2)
                for partition: Int32 in [0, 1] { try await stage.produce(topic, partition, count: 10) }
            }
            let commits = [kept, dropped].flatMap { topic in
                [PartitionOffset(topic, 0, 5), PartitionOffset(topic, 1, 5)]
            }
            // Only a group that had members is judged by where its commits are moved to.
            try await stage.startMember(StageMember(group, group: group, topics: [kept, dropped]))
            try await stage.waitForAssignment(of: [group], partitions: 4)
            try await stage.commitMember(group, commits)
            try await stage.closeMember(group)
            try await stage.commitOffsets("deleted", commits)
            try await kafka.withFollower { exporter, before in
                #expect(before.group("lag", group) == 20)
                #expect(before.group("lag", "deleted") == 20)
                try await stage.deleteOffsets(group, dropped, 0, 1)
                try await stage.deleteGroup("deleted")
                let after = try await exporter.settled()
                #expect(after.group("lag", group) == 10)
                #expect(after.samples(ofTopic: dropped).filter { $0["group"] == group } == [])
                #expect(after.samples(of: "deleted") == [])

                func resets(_ scrape: Scrape) -> [Double?] {
                    ["backward", "forward"].map {
                        scrape.topic("offset_resets_total", group, kept, ["direction": $0])
                    }
                }
                #expect(resets(after) == [0, 0])
                for (target, expected) in [
                    ("--to-earliest", [2, 0]), ("--to-latest", [2, 2]),
                ] as [(String, [Double?])] {
                    _ = try await kafka.oracle.run(
                        ["--reset-offsets", "--group", group, "--topic", kept, target, "--execute"])
                    let scrape = try await exporter.settled()
                    #expect(resets(scrape) == expected, "\(target)")
                }
                let last = try await exporter.scrape()
                #expect(last.group("lag", group) == 0)
                #expect(last.topic("commits_total", group, kept) == 4)
            }
        }

        @Test(
            "without Read on the offsets topic it asks the coordinators and says so; with it, it changes over"
        )
        func rights() async throws {
            let kafka = try OwnKafka.shared()
            let properties = try kafka.cluster.librdkafkaProperties(
                .sasl, user: WatchedScene.reader, mechanism: "PLAIN"
            )
            let lines = properties.filter { $0.key != "bootstrap.servers" }.sorted { $0.key < $1.key }
                .map { "      \($0.key): \"\($0.value)\"\n" }.joined()
            let settings =
                WatchedScene.settings + "offsets_topic:\n  retry_interval: 2s\nclusters:\n  - properties:\n"
                + lines
            try await kafka.stage.createTopic("rights")
            try await kafka.stage.produce("rights", count: 8)
            try await kafka.stage.commitOffsets("rights", [PartitionOffset("rights", 0, 3)])
            try await withExporter(
                bootstrap: kafka.cluster.bootstrap(.sasl), settings: settings
            ) { exporter in
                let without = try await exporter.wait(for: "the fallback") {
                    !$0.document.samples("lagwarden_source_fallback").filter { $0.value == 1 }.isEmpty
                        && $0.group("lag", "rights") == 5
                }
                #expect(without.value("lagwarden_source", ["source": "admin"]) == 1)
                #expect(without.value("lagwarden_source", ["source": "hybrid"]) == 0)
                let reasons = without.document.samples("lagwarden_source_fallback").filter { $0.value == 1 }
                #expect(reasons.map { $0["reason"] } == ["topic_unauthorized"])
                #expect(without.group("rebalances_total", "rights", ["source": "observed"]) == 0)
                try await exporter.settled(more: 2)
                #expect(Self.warnings(exporter).count == 1, "\(exporter.process.error)")

                let principal = "User:\(WatchedScene.reader.name)"
                try await kafka.stage.createACL(
                    StageACL(
                        principal: principal, resource: "TOPIC", name: "__consumer_offsets", operation: "READ"
                    ))
                let with = try await exporter.following()
                #expect(with.value("lagwarden_source", ["source": "hybrid"]) == 1)
                #expect(with.document.samples("lagwarden_source_fallback").allSatisfy { $0.value == 0 })
                #expect(with.group("lag", "rights") == 5)
                #expect(Self.warnings(exporter).count == 1, "\(exporter.process.error)")
            }
        }

        /// Lines that warn of the offsets topic.
        private static func warnings(_ exporter: ServedExporter) -> [Substring] {
            exporter.process.error.split(separator: "\n").filter {
                $0.contains("level=warn") && $0.contains("__consumer_offsets")
            }
        }

        /// A group's name that begins with `prefix` and lies in this partition of the offsets topic.
        private static func name(
            _ prefix: String, in partition: Int32, _ stage: Stage
        ) async throws -> String {
            for number in 0..<1000 {
                let name = "\(prefix)-\(number)"
                if try await stage.offsetsPartition(of: name) == partition { return name }
            }
            throw StageError(command: "offsetsPartition", detail: "no name lies in \(partition)")
        }
    }
}
