import Foundation
import Glibc
import KafkaLauncher
import LagwardenTestKit
import Testing

/// Real clusters; one after the other, since each broker takes some hundred megabytes.
@Suite(.enabled(if: KafkaRequirement.isMet), .serialized, .timeLimit(.minutes(5)))
struct KafkaClusterTests {
    @Test("one broker: groups, records and commits as the oracle sees them")
    func oneBroker() async throws {
        let cluster = try await KafkaCluster.start(try KafkaRequirement.installation())
        let stage = try await Stage.start(cluster)
        let oracle = ConsumerGroupOracle(stage)
        let pids = cluster.processIDs + [stage.processID]
        #expect(pids.count == 2)

        try await stage.createTopic("orders", partitions: 2)
        #expect(try await stage.produce("orders", 0, count: 10, size: 100) == 9)
        #expect(try await stage.produce("orders", 1, count: 5, timestamp: 1_000, step: 10) == 4)
        #expect(try await stage.endOffsets("orders") == [10, 5])
        #expect(try await stage.startOffsets("orders") == [0, 0])

        try await stage.commitOffsets("billing", [PartitionOffset("orders", 0, 4)])
        #expect(try await stage.committed("billing") == [PartitionOffset("orders", 0, 4)])
        var rows = try await oracle.offsets()
        #expect(rows.map(\.lag) == [6])
        #expect(rows.first?.consumerID == nil)

        try await stage.startMember(StageMember("reader", group: "audit", topics: ["orders"]))
        try await stage.waitForAssignment(of: ["reader"], partitions: 2)
        #expect(try await stage.pollMember("reader", count: 7) == 7)
        try await stage.commitMember("reader")
        rows = try await oracle.offsets(of: "audit")
        #expect(rows.map(\.logEnd) == [10, 5])
        #expect(rows.compactMap(\.committed).reduce(0, +) == 7)
        #expect(rows.allSatisfy { $0.clientID == "reader" })
        try await stage.commitMember("reader", [PartitionOffset("orders", 1, 2)])
        #expect(try await oracle.offsets(of: "audit").last?.committed == 2)
        #expect(try await oracle.members(of: "audit").map(\.partitions) == [2])
        let states = try await oracle.states()
        #expect(states.map(\.group) == ["audit", "billing"])
        #expect(states.map(\.state) == ["Stable", "Empty"])
        #expect(states.map(\.members) == [1, 0])
        #expect(states.map(\.coordinatorID) == [1, 1])

        await stage.close()
        await cluster.stop()
        #expect(pids.allSatisfy { kill($0, 0) != 0 })
        #expect(!FileManager.default.fileExists(atPath: cluster.directory))
    }
}
