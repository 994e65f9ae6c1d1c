import ClusterAccess
import Foundation
import KafkaLauncher
import LagwardenTestKit
import StructuredLog
import Testing

@testable import KafkaClient

/// How fast a feed reads a million records of a real broker, and with how much memory; run when
/// `LAGWARDEN_FEED_BENCH` is set, best in release.
@Suite(
    "Feed bench", .enabled(if: ProcessInfo.processInfo.environment["LAGWARDEN_FEED_BENCH"] != nil),
    .enabled(if: KafkaRequirement.isMet), .timeLimit(.minutes(5)))
struct FeedBench {
    @Test("a million records from 50 partitions")
    func million() async throws {
        let (topic, partitions, count): (TopicName, Int, Int) = ("commits", 50, 1_000_000)
        let kafka = try await KafkaLauncher.KafkaCluster.start(
            try KafkaRequirement.installation(), KafkaClusterOptions(heapMegabytes: 512))
        let settings = TrafficSettings(
            brokers: kafka.bootstrap,
            properties: [("linger.ms", "20"), ("queue.buffering.max.kbytes", "65536")])
        let administration = try TopicAdministration(settings: settings)
        try await administration.create([.init(name: topic, partitions: Int32(partitions))])
        await administration.close()
        let producer = try RecordProducer(settings: settings)
        let (key, value) = (Array(repeating: UInt8(1), count: 50), Array(repeating: UInt8(2), count: 30))
        for number in 0..<count {
            try await producer.produce(
                topic, partition: PartitionID(Int32(number % partitions)), key: key, value: value)
        }
        try await producer.flush(within: .seconds(120))
        await producer.close()
        let cluster = try KafkaClient.KafkaCluster(
            settings: KafkaClientSettings(brokers: kafka.bootstrap), logger: .silent)
        for run in 0..<3 {
            let (start, before) = (ContinuousClock.now, Self.residentMegabytes)
            var peak = before
            let feed = try cluster.makeFeed(FeedOptions(), of: topic)
            let all = (0..<partitions).map { (PartitionID(Int32($0)), FeedStart.beginning) }
            try await feed.follow(Dictionary(uniqueKeysWithValues: all))
            var (read, ends, batches) = (0, Set<PartitionID>(), 0)
            while ends.count < partitions {
                let batch = try await feed.nextBatch(limit: 4_000, within: .seconds(5))
                read += batch.records.count
                batches += 1
                if batches.isMultiple(of: 50) { peak = max(peak, Self.residentMegabytes) }
                ends.formUnion(batch.records.endsReached.map(\.partition))
            }
            let seconds = (ContinuousClock.now - start).seconds
            #expect(read == count)
            print(
                "feed bench, run \(run): \(Int(Double(count) / seconds)) records/s, \(batches) batches,",
                "memory \(before) MB, at most \(peak) MB")
            await feed.close()
        }
        await cluster.close()
        await kafka.stop()
    }

    private static var residentMegabytes: Int {
        let status = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = status.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4_096 / 1_000_000
    }
}
