import ClusterAccess
import KafkaLauncher
import KafkaTurns
import LagwardenTestKit
import StructuredLog
import Testing

@testable import KafkaClient

/// Look-ups of offsets by time against a real broker, by whichever function the loaded librdkafka has.
@Suite(
    "Look-ups by time", .enabled(if: KafkaRequirement.isMet), .serialized, .inTurn, .timeLimit(.minutes(5)))
struct TimeLookupTests {
    private static let topic: TopicName = "timed"
    private static let base: Int64 = 1_750_000_000_000

    /// Timestamps by partition, in the order in which the records are produced; the last partition is empty.
    private static let timestamps: [[Int64]] = {
        var random = SeededRandom(seed: 5)
        let shuffled = (0..<400).map {
            base + Int64($0) * 1_000 + .random(in: -20_000...20_000, using: &random)
        }
        return [(0..<400).map { base + Int64($0) * 1_000 }, shuffled, []]
    }()

    private static func expected(_ partition: Int, _ time: Int64) -> (offset: Int64, timestamp: Int64)? {
        timestamps[partition].enumerated().first { $0.element >= time }.map { (Int64($0.offset), $0.element) }
    }

    @Test("answers equal what was produced, failures stay with their partitions", arguments: [true, false])
    func lookUps(usesListOffsets: Bool) async throws {
        let kafka = try await KafkaLauncher.KafkaCluster.start(
            try KafkaRequirement.installation(), KafkaClusterOptions(brokers: 1, heapMegabytes: 256))
        let traffic = TrafficSettings(brokers: kafka.bootstrap)
        let administration = try TopicAdministration(settings: traffic)
        try await administration.create([.init(name: Self.topic, partitions: 3)])
        let producer = try RecordProducer(settings: traffic)
        for (partition, times) in Self.timestamps.enumerated() {
            for time in times {
                try await producer.produce(
                    Self.topic, partition: PartitionID(Int32(partition)), key: nil,
                    value: Array("record".utf8), timestampMilliseconds: time)
            }
        }
        try await producer.flush(within: .seconds(30))
        await producer.close()
        let cluster = try KafkaClient.KafkaCluster(
            settings: KafkaClientSettings(
                brokers: kafka.bootstrap, offsetsChunk: 2, usesListOffsets: usesListOffsets),
            logger: .silent)
        let leader = try #require(try await cluster.metadata().topics.first?.partitions.first?.leader)
        let tellsTimestamps = usesListOffsets && RuntimeFunctions.loaded.offsets != nil
        var random = SeededRandom(seed: 9)
        for _ in 0..<60 {
            let times = (0..<3).map { _ in Self.base + .random(in: -30_000...430_000, using: &random) }
            let reply = await cluster.offsets(
                atTimes: [
                    TopicTimes(
                        topic: Self.topic, partitions: [2, 0, 1].map { PartitionID($0) },
                        times: [times[2], times[0], times[1]])
                ], leader: leader)
            #expect(reply.failures.isEmpty && reply.requests == 2, "\(reply)")
            let answers = try #require(reply.topics.first { $0.name == Self.topic }?.answers)
            #expect(answers.count == 3)
            for answer in answers {
                let partition = Int(answer.partition.rawValue)
                let expected = Self.expected(partition, times[partition])
                #expect(answer.offset == expected?.offset, "\(answer) at \(times[partition])")
                #expect(answer.timestamp == (tellsTimestamps ? expected?.timestamp : nil))
            }
        }
        let mixed = await cluster.offsets(
            atTimes: [
                TopicTimes(topic: Self.topic, partitions: [PartitionID(0), PartitionID(7)], times: [0, 0]),
                TopicTimes(topic: "absent", partitions: [PartitionID(0)], times: [Self.base]),
            ], leader: leader)
        #expect(mixed.topics.flatMap(\.answers).map(\.offset) == [0], "\(mixed)")
        #expect(Set(mixed.failures.map { "\($0.topic)\($0.partition)" }) == ["timed7", "absent0"])
        #expect(mixed.failures.allSatisfy { $0.error.reason == .unknownTopicOrPartition })
        await cluster.close()
        await administration.close()
        await kafka.stop()
    }

    @Test("a silent broker answers nothing, not that all records are older", arguments: [true, false])
    func silence(usesListOffsets: Bool) async throws {
        let kafka = try await KafkaLauncher.KafkaCluster.start(
            try KafkaRequirement.installation(), KafkaClusterOptions(brokers: 1, heapMegabytes: 256))
        let administration = try TopicAdministration(settings: TrafficSettings(brokers: kafka.bootstrap))
        try await administration.create([.init(name: Self.topic, partitions: 3)])
        await administration.close()
        let cluster = try KafkaClient.KafkaCluster(
            settings: KafkaClientSettings(
                brokers: kafka.bootstrap, requestTimeout: .seconds(2), metadataTimeout: .seconds(2),
                usesListOffsets: usesListOffsets),
            logger: .silent)
        let leader = try #require(try await cluster.metadata().topics.first?.partitions.first?.leader)
        let question = [
            TopicTimes(
                topic: Self.topic, partitions: (0..<3).map { PartitionID($0) }, times: [0, 1, Self.base])
        ]
        // The topic is new: the broker's metadata may not have it yet.
        let isEmpty = await Eventually.holds {
            let reply = await cluster.offsets(atTimes: question, leader: leader)
            return reply.topics.first?.answers.count == 3
                && reply.topics.allSatisfy { $0.answers.allSatisfy { $0.offset == nil } }
        }
        #expect(isEmpty)
        kafka.pause(1)
        let reply = await cluster.offsets(atTimes: question, leader: leader)
        #expect(reply.topics.isEmpty && reply.failures.count == 3, "\(reply)")
        #expect(reply.failures.allSatisfy { $0.error.reason == .timedOut }, "\(reply.failures)")
        kafka.resume(1)
        await cluster.close()
        await kafka.stop()
    }
}
