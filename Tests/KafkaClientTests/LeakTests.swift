import ClusterAccess
import Foundation
import StructuredLog
import Testing

@testable import KafkaClient

/// Other suites run beside these, so the bounds are wide; a leak per cycle would exceed them by far.
@Suite("Leaks", .timeLimit(.minutes(2)), .serialized)
struct LeakTests {
    private static let slack = 400

    private func count(_ folder: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: folder).count
    }

    private func expectNoGrowth(_ body: () async throws -> Void) async throws {
        let before = (try count("/proc/self/fd"), try count("/proc/self/task"))
        try await body()
        #expect(try count("/proc/self/fd") < before.0 + Self.slack)
        #expect(try count("/proc/self/task") < before.1 + Self.slack)
    }

    @Test("clients that are opened, used in part and closed leave nothing behind")
    func clients() async throws {
        let mock = try MockCluster(brokers: 1)
        try mock.createTopic("orders", partitions: 2)
        let orders = [TopicPartitions(topic: "orders", partitions: [PartitionID(0), PartitionID(1)])]
        try await expectNoGrowth {
            for cycle in 0..<500 {
                let cluster = try KafkaClient.KafkaCluster(
                    settings: KafkaClientSettings(brokers: mock.bootstrapServers), logger: .silent)
                if cycle.isMultiple(of: 2) { _ = try await cluster.metadata() }
                if cycle.isMultiple(of: 3) {
                    let answer = await cluster.logOffsets(.lastStable, of: orders, leader: BrokerID(1))
                    #expect(answer.failures.isEmpty)
                }
                if cycle.isMultiple(of: 5) {
                    async let offsets = try cluster.committedOffsets(
                        of: "billing", on: BrokerID(1), partitions: orders)
                    await cluster.close()
                    _ = try? await offsets
                }
                await cluster.close()
            }
        }
        mock.close()
    }

    @Test("feeds that are opened, used in part and closed leave nothing behind")
    func feeds() async throws {
        let mock = try MockCluster(brokers: 1)
        try mock.createTopic(CoordinatorPartition.topic, partitions: 4)
        let producer = try RecordProducer(settings: TrafficSettings(brokers: mock.bootstrapServers))
        for number in 0..<400 {
            try await producer.produce(
                CoordinatorPartition.topic, partition: PartitionID(Int32(number % 4)), key: [1], value: [2])
        }
        try await producer.flush(within: .seconds(20))
        await producer.close()
        let cluster = try KafkaClient.KafkaCluster(
            settings: KafkaClientSettings(brokers: mock.bootstrapServers), logger: .silent)
        let starts = (0..<4).map { (PartitionID(Int32($0)), FeedStart.beginning) }
        try await expectNoGrowth {
            for cycle in 0..<72 {
                // A mock coordinator lets nobody in for three seconds, so there are few of these.
                let shard = FeedOptions.ShardGroup(group: GroupID("shards-\(cycle)"))
                let options = FeedOptions(shardGroup: cycle.isMultiple(of: 24) ? shard : nil)
                let feed = try cluster.makeFeed(options, of: CoordinatorPartition.topic)
                if options.shardGroup == nil {
                    try await feed.follow(Dictionary(uniqueKeysWithValues: starts))
                }
                if cycle.isMultiple(of: 2) { _ = try await feed.nextBatch(limit: 7, within: .seconds(5)) }
                if cycle.isMultiple(of: 3), options.shardGroup == nil {
                    try await feed.unfollow([PartitionID(1), PartitionID(2)])
                }
                // Forgotten ones end by themselves.
                if !cycle.isMultiple(of: 5) { await feed.close() }
            }
            try await Task.sleep(for: .seconds(3))
        }
        await cluster.close()
        mock.close()
    }

    @Test("clients that are forgotten free themselves")
    func forgotten() async throws {
        try await expectNoGrowth {
            for _ in 0..<500 {
                _ = try KafkaClient.KafkaCluster(
                    settings: KafkaClientSettings(brokers: "127.0.0.1:9"), logger: .silent)
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    @Test("configurations that fail are freed, whatever stage they failed at")
    func configurations() async throws {
        try await expectNoGrowth {
            for cycle in 0..<1_000 {
                let properties = [
                    ("no.such.thing", "1"), ("ssl.ca.location", "/nonexistent"), ("group.id", "x"),
                ][cycle % 3]
                #expect(throws: ClusterError.self) {
                    try KafkaClient.KafkaCluster(
                        settings: KafkaClientSettings(
                            brokers: "127.0.0.1:9", properties: [("security.protocol", "ssl"), properties]),
                        logger: .silent)
                }
            }
        }
    }
}
