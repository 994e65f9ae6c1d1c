import ClusterAccess
import LagwardenTestKit
import StructuredLog
import Testing

@testable import KafkaClient

/// Feeds without a group against librdkafka's own mock brokers.
@Suite("Feed by hand", .timeLimit(.minutes(5)))
struct FeedMockTests {
    /// A cluster of three brokers with six partitions of the offsets topic.
    private struct Stage {
        var mock: MockCluster
        var cluster: KafkaClient.KafkaCluster
        var feed: KafkaFeed

        func close() async {
            await feed.close()
            await cluster.close()
            mock.close()
        }
    }

    private func stage(_ counts: [Int] = []) async throws -> Stage {
        let mock = try MockCluster(brokers: 3)
        try mock.createTopic(CoordinatorPartition.topic, partitions: 6)
        for partition in 0..<6 {
            try mock.setLeader(
                of: PartitionID(Int32(partition)), in: CoordinatorPartition.topic,
                to: BrokerID(Int32(partition % 3 + 1)))
        }
        try await produce(counts, to: mock)
        let settings = KafkaClientSettings(brokers: mock.bootstrapServers)
        let cluster = try KafkaClient.KafkaCluster(settings: settings, logger: .silent)
        let feed = try cluster.makeFeed(FeedOptions(), of: CoordinatorPartition.topic)
        return Stage(mock: mock, cluster: cluster, feed: feed)
    }

    /// Writes `counts[p]` records into partition p, every third of them a tombstone.
    private func produce(_ counts: [Int], to mock: MockCluster) async throws {
        let producer = try RecordProducer(settings: TrafficSettings(brokers: mock.bootstrapServers))
        for (partition, count) in counts.enumerated() {
            for number in 0..<count {
                try await producer.produce(
                    CoordinatorPartition.topic, partition: PartitionID(Int32(partition)),
                    key: Array("k\(number)".utf8),
                    value: number.isMultiple(of: 3) ? nil : Array("v\(number)".utf8),
                    timestampMilliseconds: 1_700_000_000_000 + Int64(number))
            }
        }
        try await producer.flush(within: .seconds(20))
        #expect(producer.counts.delivered == Int64(counts.reduce(0, +)))
        await producer.close()
    }

    @Test(
        "records come with keys, tombstones and times, in order, from the beginning or an offset to the end")
    func reading() async throws {
        let stage = try await stage([50, 0, 7, 40, 1, 0])
        try await stage.feed.follow([
            PartitionID(0): .beginning, PartitionID(1): .beginning, PartitionID(2): .offset(3),
            PartitionID(3): .offset(40),
        ])
        var diary = FeedDiary()
        while diary.ends.count < 4 {
            let batch = try await stage.feed.nextBatch(limit: 9, within: .seconds(5))
            #expect(batch.records.count <= 9)
            #expect(batch.changes.isEmpty)
            for index in 0..<batch.records.count {
                let number = batch.records.offsets[index]
                let key = batch.records.key(index).map { String(decoding: $0, as: UTF8.self) }
                let value = batch.records.value(index).map { String(decoding: $0, as: UTF8.self) }
                #expect(key == "k\(number)")
                #expect(value == (number.isMultiple(of: 3) ? nil : "v\(number)"))
                #expect(batch.records.timestamps[index] == 1_700_000_000_000 + number)
            }
            diary.write(batch)
        }
        #expect(diary.offsets == [0: Array(0..<50), 2: Array(3..<7)])
        #expect(diary.ends == [0: 50, 1: 0, 2: 7, 3: 40])
        #expect(diary.failures.isEmpty)
        #expect(!stage.feed.isMember)
        await stage.close()
    }

    @Test("a followed partition is read on, an unfollowed one is silent, and may be followed again")
    func changing() async throws {
        let stage = try await stage([300, 300, 300])
        try await stage.feed.follow([PartitionID(0): .beginning, PartitionID(1): .beginning])
        var diary = FeedDiary()
        while diary.ends[0] == nil || (diary.offsets[1]?.count ?? 0) < 1 {
            diary.write(try await stage.feed.nextBatch(limit: 5, within: .seconds(5)))
        }
        // By now batches with records of both wait in the feed.
        try await stage.feed.unfollow([PartitionID(0), PartitionID(5)])
        try await stage.feed.follow([PartitionID(1): .offset(200), PartitionID(2): .beginning])
        diary = FeedDiary()
        while diary.ends.count < 2 {
            diary.write(try await stage.feed.nextBatch(limit: 5, within: .seconds(5)))
        }
        #expect(diary.offsets == [1: Array(200..<300), 2: Array(0..<300)])
        try await produce([10, 10, 10], to: stage.mock)
        try await stage.feed.follow([PartitionID(0): .offset(305)])
        diary = FeedDiary()
        while diary.ends.count < 3 {
            diary.write(try await stage.feed.nextBatch(limit: 1_000, within: .seconds(5)))
        }
        #expect(diary.offsets == [0: Array(305..<310), 1: Array(300..<310), 2: Array(300..<310)])
        await stage.close()
    }

    @Test("changes in quick succession lose and repeat nothing")
    func quickChanges() async throws {
        let stage = try await stage([400, 400, 400, 400, 400, 400])
        var random = SeededRandom(seed: 11)
        for _ in 0..<60 {
            let some = Set((0..<4).map { _ in PartitionID(Int32.random(in: 0..<6, using: &random)) })
            if Bool.random(using: &random) {
                try await stage.feed.unfollow(some)
            } else {
                let start = Int64.random(in: 0..<300, using: &random)
                let starts = some.map { ($0, FeedStart.offset(start)) }
                try await stage.feed.follow(Dictionary(uniqueKeysWithValues: starts))
            }
            if Bool.random(using: &random) {
                _ = try await stage.feed.nextBatch(limit: 50, within: .milliseconds(20))
            }
        }
        let all = (0..<6).map { (PartitionID(Int32($0)), FeedStart.offset(Int64($0) * 10)) }
        try await stage.feed.follow(Dictionary(uniqueKeysWithValues: all))
        var diary = FeedDiary()
        while diary.ends.count < 6 {
            diary.write(try await stage.feed.nextBatch(limit: 77, within: .seconds(5)))
        }
        for partition in 0..<6 {
            #expect(diary.offsets[Int32(partition)] == Array(Int64(partition) * 10..<400))
        }
        #expect(diary.failures.isEmpty)
        await stage.close()
    }

    @Test("an offset that is not in the log is told once, and the partition begins anew")
    func outOfRange() async throws {
        let stage = try await stage([20])
        try await stage.feed.follow([PartitionID(0): .offset(5_000)])
        var diary = FeedDiary()
        while diary.ends.isEmpty {
            diary.write(try await stage.feed.nextBatch(limit: 100, within: .seconds(5)))
        }
        #expect(diary.offsets == [0: Array(0..<20)])
        #expect(diary.failures == [0: [.offsetOutOfRange]])
        await stage.close()
    }

    @Test("a partition that may not be read says so, seldom, and goes on when it may")
    func unauthorized() async throws {
        let stage = try await stage([20, 20])
        stage.mock.failNext(.fetch, with: .topicUnauthorized, count: 1_000)
        try await stage.feed.follow([PartitionID(0): .beginning, PartitionID(1): .beginning])
        var diary = FeedDiary()
        while diary.failures.count < 2 {
            diary.write(try await stage.feed.nextBatch(limit: 100, within: .seconds(5)))
        }
        #expect(Set(diary.failures.values.flatMap(\.self)) == [.topicUnauthorized])
        #expect(diary.offsets.isEmpty)
        stage.mock.clearFailures(of: .fetch)
        while diary.ends.count < 2 {
            diary.write(try await stage.feed.nextBatch(limit: 100, within: .seconds(5)))
        }
        #expect(diary.offsets == [0: Array(0..<20), 1: Array(0..<20)])
        await stage.close()
    }

    @Test(
        "without any broker every partition fails, and goes on when brokers come back",
        arguments: [false, true])
    func allDown(isFollowingBefore: Bool) async throws {
        let stage = try await stage([20, 20, 20])
        let starts = (0..<3).map { (PartitionID(Int32($0)), FeedStart.beginning) }
        if isFollowingBefore { try await stage.feed.follow(Dictionary(uniqueKeysWithValues: starts)) }
        for broker in 1...3 { try await stage.mock.takeDown(BrokerID(Int32(broker))) }
        if !isFollowingBefore {
            // librdkafka tells of it once, when there is no partition to fail.
            while await Self.failure(of: stage.feed, within: .seconds(1)) != .brokerUnavailable {}
            try await stage.feed.follow(Dictionary(uniqueKeysWithValues: starts))
        }
        var diary = FeedDiary()
        while diary.failures.count < 3 {
            diary.write(try await stage.feed.nextBatch(limit: 100, within: .seconds(5)))
        }
        diary.ends = [:]
        #expect(Set(diary.failures.values.flatMap(\.self)) == [.brokerUnavailable])
        for broker in 1...3 { try stage.mock.bringUp(BrokerID(Int32(broker))) }
        while diary.ends.count < 3 {
            diary.write(try await stage.feed.nextBatch(limit: 100, within: .seconds(5)))
        }
        for partition: Int32 in 0..<3 { #expect(diary.offsets[partition] == Array(0..<20)) }
        await stage.close()
    }

    /// Why the next batch cannot be had; `nil` where it can.
    private static func failure(of feed: KafkaFeed, within time: Duration) async -> ClusterError.Reason? {
        do throws(ClusterError) {
            _ = try await feed.nextBatch(limit: 10, within: time)
            return nil
        } catch { return error.reason }
    }

    @Test("closing ends a waiting call, later calls fail, and hanging brokers do not hold it up")
    func closing() async throws {
        let stage = try await stage([20])
        try await stage.feed.follow([PartitionID(0): .beginning])
        var diary = FeedDiary()
        while diary.ends.isEmpty {
            diary.write(try await stage.feed.nextBatch(limit: 100, within: .seconds(5)))
        }
        for broker in 1...3 { try stage.mock.setRoundTrip(of: BrokerID(Int32(broker)), .seconds(60)) }
        let feed = stage.feed
        let waiting = Task { await Self.failure(of: feed, within: .seconds(600)) }
        async let first: Void = feed.close()
        async let second: Void = feed.close()
        _ = await (first, second)
        #expect(await waiting.value == .closed)
        await feed.close()
        await #expect(throws: ClusterError.self) { try await feed.nextBatch(limit: 1, within: .zero) }
        await #expect(throws: ClusterError.self) { try await feed.follow([PartitionID(0): .beginning]) }
        await #expect(throws: ClusterError.self) { try await feed.unfollow([PartitionID(0)]) }
        await stage.close()
    }

    @Test("a cancelled call takes no records with it")
    func cancelling() async throws {
        let stage = try await stage([200])
        let feed = stage.feed
        var diary = FeedDiary()
        let waiting = Task { try await feed.nextBatch(limit: 10, within: .seconds(600)) }
        waiting.cancel()
        await #expect(throws: ClusterError.self) { _ = try await waiting.value }
        try await feed.follow([PartitionID(0): .beginning])
        for _ in 0..<40 {
            let task = Task { try await feed.nextBatch(limit: 10, within: .seconds(5)) }
            task.cancel()
            if let batch = try? await task.value { diary.write(batch) }
        }
        while diary.ends.isEmpty { diary.write(try await feed.nextBatch(limit: 10, within: .seconds(5))) }
        #expect(diary.offsets == [0: Array(0..<200)])
        await stage.close()
    }

    @Test("impossible places and properties of others are refused")
    func refusals() async throws {
        let stage = try await stage()
        for starts in [[PartitionID(-1): FeedStart.beginning], [PartitionID(0): .offset(-1)]] {
            await #expect(throws: ClusterError.self) { try await stage.feed.follow(starts) }
        }
        try await stage.feed.follow([:])
        try await stage.feed.unfollow([])
        let batch = try await stage.feed.nextBatch(limit: 0, within: .milliseconds(1))
        #expect(batch.records.isEmpty && batch.changes.isEmpty)
        await stage.close()
    }
}
