import Glibc
import KafkaLauncher
import LagwardenTestKit
import Testing

extension RealKafkaTests {
    /// Every command of the stage; one broker for all, since its start takes the longest.
    @Test("each command of the stage does what it says")
    func commands() async throws {
        try await withBroker { _, stage in
            let commands = StageCommands(stage: stage)
            try await commands.topics()
            try await commands.transactions()
            for (index, groupProtocol) in [StageProtocol.range, .cooperativeSticky, .consumer].enumerated() {
                try await commands.members("team-\(index)", groupProtocol)
            }
            try await commands.groups()
            try await commands.workload()
            try await commands.errors()
        }
    }
}

/// Steps of the test above, each with topics and groups of its own.
private struct StageCommands {
    let stage: Stage

    func topics() async throws {
        try await stage.createTopic("grow", partitions: 1, configs: ["retention.ms": "100000"])
        try await stage.addPartitions("grow", total: 3)
        try await stage.produce("grow", 0, count: 10)
        #expect(try await stage.deleteRecords("grow", 0, before: 4) == 4)
        let isGrown = await Eventually.holds { (try? await stage.endOffsets("grow")) == [10, 0, 0] }
        #expect(isGrown)
        #expect(try await stage.startOffsets("grow") == [4, 0, 0])
        #expect(try await stage.describeTopic("grow").map(\.leader) == [1, 1, 1])
        #expect(try await stage.describeCluster().brokers == [1])
        try await stage.deleteTopic("grow")
        let isGone = await Eventually.holds { (try? await stage.endOffsets("grow")) == nil }
        #expect(isGone)
        await #expect(throws: StageError.self) { try await stage.deleteTopic("grow") }
    }

    func errors() async throws {
        await #expect(throws: StageError.self) { try await stage.call("dance") }
        await #expect(throws: StageError.self) { try await stage.memberState("nobody") }
        await #expect(throws: StageError.self) {
            try await stage.call("cluster", within: .zero)
        }
        let brokers = try await stage.describeCluster().brokers
        #expect(brokers == [1])
        kill(stage.processID, SIGKILL)
        await #expect(throws: StageError.self) { try await stage.describeCluster() }
    }

    func transactions() async throws {
        try await stage.createTopic("ledger")
        try await stage.beginTransaction("t1")
        try await stage.produce(inTransaction: "t1", "ledger", count: 5)
        try await stage.sendOffsets(
            inTransaction: "t1", group: "books", [PartitionOffset("ledger", 0, 3)])
        #expect(try await stage.stableOffsets("ledger") == [0])
        #expect(try await stage.endOffsets("ledger") == [5])
        try await stage.commitTransaction("t1")
        let isStable = await Eventually.holds {
            (try? await stage.stableOffsets("ledger")) == [6]
        }
        #expect(isStable)
        let isCommitted = await Eventually.holds {
            (try? await stage.committed("books"))?.map(\.offset) == [3]
        }
        #expect(isCommitted)
        try await stage.beginTransaction("t1")
        try await stage.produce(inTransaction: "t1", "ledger", count: 1)
        try await stage.abortTransaction("t1")
        let isAborted = await Eventually.holds {
            (try? await stage.stableOffsets("ledger")) == [8]
        }
        #expect(isAborted)
        try await stage.beginTransaction("t2")
        try await stage.produce(inTransaction: "t2", "ledger", count: 1)
        try await stage.abandonTransaction("t2")
        #expect(try await stage.stableOffsets("ledger") == [8])
        #expect(try await stage.endOffsets("ledger") == [9])
    }

    func workload() async throws {
        try await stage.createTopic("moving", partitions: 3)
        var past = StageWorkload.Stream("moving", 0, perSecond: 200)
        (past.historyRecords, past.historyMilliseconds) = (2_000, 3_600_000)
        var shuffled = past
        (shuffled.partition, shuffled.disorderMilliseconds) = (1, 60_000)
        var transactions = StageWorkload.Stream("moving", 2, perSecond: 50)
        transactions.isTransactional = true
        let workload = StageWorkload(
            "moving", seed: 7, streams: [past, shuffled, transactions],
            groups: [.init("moving-tail", .tail), .init("moving-slow", .steady, perSecond: 5, start: 0.5)],
            commitMilliseconds: 50)
        #expect(try await stage.startWorkload(workload) == 4_000)
        await #expect(throws: StageError.self) { try await stage.startWorkload(workload) }
        let isMoving = await Eventually.holds {
            let committed = (try? await stage.committed("moving-tail"))?.sorted {
                $0.partition < $1.partition
            }
            return committed.map { ($0.first?.offset ?? 0) > 2_000 && ($0.last?.offset ?? 0) > 0 }
        }
        #expect(isMoving)
        let slow = try await stage.committed("moving-slow").first { $0.partition == 0 }
        #expect((1_000..<1_500).contains(slow?.offset ?? 0))
        let places = (0..<2_000).map {
            StageWorkload.Place("moving", 0, logStart: 0, offset: Int64($0))
        }
        let times = try await stage.workloadTimes("moving", places).compactMap { $0 }
        #expect(times.count == places.count)
        #expect(times == times.sorted())
        #expect((3_500_000...3_600_000).contains((times.last ?? 0) - (times.first ?? 0)))
        // The running maximum hides what is older behind what is newer, and no further than the log start.
        let late = try await stage.workloadTimes(
            "moving",
            [0, 1_990, 1_999].map { .init("moving", 1, logStart: $0, offset: 1_999) }
                + [
                    .init("moving", 1, logStart: 1_999, offset: 5),
                    .init("moving", 0, logStart: 0, offset: 1 << 40),
                ])
        #expect(late[0] ?? 0 >= late[1] ?? 0)
        #expect(late[1] ?? 0 >= late[2] ?? 0)
        #expect(late[2] == late[3])
        #expect(late[4] == nil)
        let all = try await stage.stopWorkload("moving")
        let ends = try await stage.endOffsets("moving")
        #expect(all - 4_000 > 0)
        // Every transaction has left a marker too.
        #expect(ends.reduce(0, +) > all)
        await #expect(throws: StageError.self) { try await stage.stopWorkload("moving") }
    }

    func members(_ topic: String, _ groupProtocol: StageProtocol) async throws {
        let names = ["\(topic)-a", "\(topic)-b"]
        try await stage.createTopic(topic, partitions: 4)
        for partition in 0..<4 { try await stage.produce(topic, Int32(partition), count: 20) }
        for name in names {
            try await stage.startMember(
                StageMember(name, group: topic, topics: [topic], groupProtocol: groupProtocol))
        }
        try await stage.waitForAssignment(of: names, partitions: 4)
        #expect(try await stage.pollMember(names[0], count: 7) == 7)
        #expect(try await stage.pollMember(names[1], count: 40) == 40)
        #expect(try await stage.pollMember(names[1], count: 1, within: .seconds(1)) == 0)
        try await stage.commitMember(names[0])
        try await stage.commitMember(names[1])
        #expect(try await stage.committed(topic).map(\.offset).reduce(0, +) == 47)
        let group = try await stage.describeGroup(topic)
        #expect(group.state == "Stable")
        #expect(group.type == (groupProtocol == .consumer ? "Consumer" : "Classic"))
        #expect(group.coordinator == 1)
        #expect(Set(group.members.map(\.clientID)) == Set(names))
        #expect(group.members.map(\.assignment.count) == [2, 2])
        try await stage.closeMember(names[1])
        try await stage.waitForAssignment(of: [names[0]], partitions: 4)
        try await stage.followMember(names[0])
        let isRead = await Eventually.holds {
            (try? await stage.committed(topic))?.map(\.offset).reduce(0, +) == 80
        }
        #expect(isRead)
        try await stage.pauseMember(names[0])
        try await stage.killMember(names[0])
        // The coordinator still believes in it.
        #expect(try await stage.describeGroup(topic).members.map(\.clientID) == [names[0]])
        #expect(try await stage.listGroups().map(\.group).contains(topic))
    }

    func groups() async throws {
        try await stage.createTopic("work", partitions: 2)
        try await stage.produce("work", 0, count: 10)
        try await stage.startMember(
            StageMember(
                "s", group: "static", topics: ["work"], instance: "seat-1", autoCommit: true,
                follows: true))
        let isCommitted = await Eventually.holds {
            (try? await stage.committed("static"))?.first?.offset == 10
        }
        #expect(isCommitted)
        #expect(try await stage.describeGroup("static").members.map(\.instanceID) == ["seat-1"])
        try await stage.closeMember("s")
        #expect(try await stage.describeGroup("static").members.count == 1)

        try await stage.commitOffsets(
            "gone", [PartitionOffset("work", 0, 1), PartitionOffset("work", 1, 0)])
        try await stage.deleteOffsets("gone", "work", 1)
        #expect(try await stage.committed("gone") == [PartitionOffset("work", 0, 1)])
        try await stage.deleteGroup("gone")
        #expect(try await stage.listGroups().map(\.group).contains("gone") == false)
    }
}
