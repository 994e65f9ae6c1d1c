import ClusterAccess
import Exposition
import LagModel
import Testing

/// Families about what recent rounds say of groups.
@Suite struct EvaluationExpositionTests {
    private static func parsed(_ group: GroupSnapshot) throws -> ParsedExposition {
        let snapshot = ClusterSnapshot(
            cluster: "c", round: 1, endOffsetsRead: SnapshotFixtures.moment,
            topics: [SnapshotFixtures.orders], groups: [group])
        return try ParsedExposition(KafkaExposition.render([snapshot], format: .text).bytes)
    }

    @Test(arguments: GroupStatus.allCases)
    func `the group's status is a state set of which one is 1`(status: GroupStatus) throws {
        var group = SnapshotFixtures.judgedBilling
        group.evaluation?.status = status
        let samples = try Self.parsed(group).samples(named: "kafka_consumer_group_status")
        #expect(samples.map { $0.values[2] } == ["OK", "WARN", "ERR", "NOTFOUND"])
        #expect(samples.filter { $0.number == "1" }.map { $0.values[2] } == [status.rawValue])
        let counts = try Self.parsed(group).samples(named: "kafka_consumer_group_status_partitions")
        #expect(counts.count == (status == .notFound ? 0 : 5))
    }

    @Test func `what could not be judged has no series`() throws {
        var group = SnapshotFixtures.judgedBilling
        group.evaluation?.status = nil
        let parsed = try Self.parsed(group)
        #expect(parsed.samples(named: "kafka_consumer_group_status").isEmpty)
        let counts = parsed.samples(named: "kafka_consumer_group_status_partitions")
        #expect(counts.map { $0.values[2] } == ["OK", "WARN", "STOP", "STALL", "REWIND"])
        #expect(counts.map(\.number) == ["0", "0", "1", "0", "0"])
        let partitions = parsed.samples(named: "kafka_consumer_group_partition_status")
        #expect(partitions.map(\.values) == [["c", "billing", "orders", "0"]])
        #expect(partitions.map(\.number) == ["4"])
        let names = try Self.parsed(SnapshotFixtures.billing).samples.map(\.name)
        #expect(!names.contains { $0.hasPrefix("kafka_consumer_group_status") })
        #expect(!names.contains("kafka_consumer_group_partition_status"))
    }

    @Test func `the numbers are Burrow's`() {
        #expect(PartitionStatus.allCases.map(\.rawValue) == [1, 2, 4, 5, 6])
    }
}

extension SnapshotFixtures {
    /// One partition stopped, and one of which nothing can be said.
    static let judgedBilling: GroupSnapshot = {
        var group = billing
        group.topics[0].statuses = [.stop, nil]
        group.evaluation = GroupEvaluation(
            status: .err, partitions: 2, complete: 0.5, counts: [.stop: 1],
            mostLag: .init(topic: 0, position: 0), worst: .init(topic: 0, position: 0))
        return group
    }()
}

extension GroupSnapshot {
    /// The same with verdicts of any kind.
    func judgedAtRandom(using generator: inout some RandomNumberGenerator) -> GroupSnapshot {
        var group = self
        for index in group.topics.indices where Bool.random(using: &generator) {
            group.topics[index].statuses = group.topics[index].partitions.map { _ in
                Bool.random(using: &generator)
                    ? PartitionStatus.allCases.randomElement(using: &generator) : nil
            }
        }
        if Bool.random(using: &generator) {
            group.evaluation = GroupEvaluation(
                status: GroupStatus.allCases.randomElement(using: &generator), partitions: 3,
                counts: [.ok: 1, .rewind: 2])
        }
        return group
    }
}
