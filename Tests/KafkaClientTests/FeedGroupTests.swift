import ClusterAccess
import KafkaLauncher
import KafkaTurns
import LagwardenTestKit
import Locking
import StructuredLog
import Testing

@testable import KafkaClient

/// Feeds that share the offsets topic through a consumer group, on a real broker.
@Suite(
    "Feeds of a group", .enabled(if: KafkaRequirement.isMet), .serialized, .inTurn, .timeLimit(.minutes(5)))
struct FeedGroupTests {
    private static let partitions = 12

    private struct Venue {
        var kafka: KafkaLauncher.KafkaCluster
        var stage: LagwardenTestKit.Stage
        var cluster: KafkaClient.KafkaCluster

        func feed(_ instance: String? = nil, session: Duration = .seconds(6)) throws -> KafkaFeed {
            let group = FeedOptions.ShardGroup(
                group: "shards", instanceID: instance, sessionTimeout: session)
            return try cluster.makeFeed(FeedOptions(shardGroup: group), of: CoordinatorPartition.topic)
        }

        func close() async {
            await cluster.close()
            await stage.close()
            await kafka.stop()
        }
    }

    private func start() async throws -> Venue {
        let options = KafkaClusterOptions(
            overrides: [
                "offsets.topic.num.partitions": "\(Self.partitions)",
                "group.initial.rebalance.delay.ms": "0", "group.min.session.timeout.ms": "1000",
            ], heapMegabytes: 256)
        let kafka = try await KafkaLauncher.KafkaCluster.start(try KafkaRequirement.installation(), options)
        let stage = try await LagwardenTestKit.Stage.start(kafka)
        try await stage.createTopic("orders", partitions: 1)
        for number in 0..<60 {
            try await stage.commitOffsets("group-\(number)", [PartitionOffset("orders", 0, Int64(number))])
        }
        let cluster = try KafkaClient.KafkaCluster(
            settings: KafkaClientSettings(brokers: kafka.bootstrap), logger: .silent)
        return Venue(kafka: kafka, stage: stage, cluster: cluster)
    }

    @Test("two members share the partitions, what stays is not read again, and who leaves hands over")
    func sharing() async throws {
        let venue = try await start()
        let first = Follower(try venue.feed())
        await first.wait { $0.held.count == Self.partitions && $0.commits.count >= 60 }
        #expect(first.feed.isMember)
        let before = first.diary
        #expect(before.repeated.isEmpty)
        await #expect(throws: ClusterError.self) { try await first.feed.follow([PartitionID(0): .beginning]) }
        await #expect(throws: ClusterError.self) { try await first.feed.unfollow([PartitionID(0)]) }

        let second = Follower(try venue.feed())
        await second.wait { $0.held.count == Self.partitions / 2 && $0.ends.count == Self.partitions / 2 }
        await first.wait { $0.held.count == Self.partitions / 2 }
        #expect(first.diary.held.isDisjoint(with: second.diary.held))
        for number in 0..<60 {
            try await venue.stage.commitOffsets("later-\(number)", [PartitionOffset("orders", 0, 1)])
        }
        await first.wait { diary in
            diary.commits.keys.filter { $0.hasPrefix("later") }.count
                + second.diary.commits.keys.filter { $0.hasPrefix("later") }.count == 60
        }
        // Only what moved was read a second time, by its new owner.
        #expect(first.diary.repeated.isEmpty)
        #expect(first.diary.lost.isEmpty && first.diary.strays == 0)
        #expect(second.diary.repeated.isEmpty && second.diary.strays == 0)

        await second.close()
        await first.wait { $0.held.count == Self.partitions && $0.commits.count >= 120 }
        #expect(first.diary.lost.isEmpty && first.diary.strays == 0)
        #expect(!second.feed.isMember)
        await first.close()
        let group = try await venue.stage.describeGroup("shards")
        #expect(group.members.isEmpty)
        await venue.close()
    }

    @Test("a member that the coordinator has given up loses its partitions and gets them back")
    func losing() async throws {
        let venue = try await start()
        let follower = Follower(try venue.feed(session: .seconds(3)))
        await follower.wait { $0.held.count == Self.partitions }
        venue.kafka.pause(1)
        await follower.wait { !$0.lost.isEmpty }
        #expect(!follower.feed.isMember)
        #expect(follower.diary.held.isEmpty)
        venue.kafka.resume(1)
        await follower.wait { $0.held.count == Self.partitions }
        #expect(follower.feed.isMember)
        #expect(follower.diary.strays == 0)
        // Closing is bounded although nobody answers.
        venue.kafka.pause(1)
        await follower.close()
        venue.kafka.resume(1)
        await venue.close()
    }

    @Test("of two members with one instance id the older is fenced, and says so for ever")
    func fencing() async throws {
        let venue = try await start()
        let older = Follower(try venue.feed("replica-1"))
        await older.wait { $0.held.count == Self.partitions }
        let newer = Follower(try venue.feed("replica-1"))
        await newer.wait { $0.held.count == Self.partitions }
        await older.wait { $0.failure != nil }
        #expect(older.diary.failure?.reason == .instanceFenced)
        #expect(older.diary.held.isEmpty)
        #expect(!older.feed.isMember)
        await #expect(throws: ClusterError.self) {
            _ = try await older.feed.nextBatch(limit: 1, within: .milliseconds(10))
        }
        await older.close()
        #expect(newer.feed.isMember)
        await newer.close()
        await venue.close()
    }
}

/// Follows a feed on a task of its own and keeps book of what it is given.
final class Follower: Sendable {
    struct Diary {
        var held: Set<PartitionID> = []
        var lost: Set<PartitionID> = []
        var commits: [String: [Int32: Int64]] = [:]
        var ends: [PartitionID: Int64] = [:]
        /// Next offset of each partition held.
        var next: [PartitionID: Int64] = [:]
        /// Partitions that went back while they were held.
        var repeated: Set<PartitionID> = []
        /// Records of partitions that were not held.
        var strays = 0
        var failure: ClusterError?
    }

    let feed: KafkaFeed
    private let state = Mutex(Diary())
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(_ feed: KafkaFeed) {
        self.feed = feed
        let task = Task { await self.follow() }
        self.task.withLock { $0 = task }
    }

    var diary: Diary { state.withLock { $0 } }

    /// Waits for as long as the test may take.
    func wait(_ isEnough: @Sendable (Diary) -> Bool) async {
        let isMet = await Eventually.holds(within: .seconds(60)) { isEnough(self.diary) }
        #expect(isMet, "\(diary)")
    }

    func close() async {
        await feed.close()
        await task.withLock { $0 }?.value
    }

    private func follow() async {
        while true {
            var reader = CommitDiary()
            do throws(ClusterError) {
                let batch = try await feed.nextBatch(limit: 100, within: .milliseconds(200))
                reader.take(batch)
                write(batch, reader.commits)
            } catch {
                guard error.reason != .closed else { return }
                state.withLock { $0.failure = error }
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private func write(_ batch: FeedBatch, _ commits: [String: [Int32: Int64]]) {
        state.withLock { diary in
            for change in batch.changes {
                switch change {
                case .assigned(let partitions):
                    diary.held.formUnion(partitions)
                    for partition in partitions { diary.next[partition] = 0 }
                case .revoked(let partitions):
                    diary.held.subtract(partitions)
                case .lost(let partitions):
                    diary.held.subtract(partitions)
                    diary.lost.formUnion(partitions)
                }
            }
            for (partition, offset) in zip(batch.records.partitions, batch.records.offsets) {
                if !diary.held.contains(partition) { diary.strays += 1 }
                if offset < diary.next[partition] ?? 0 { diary.repeated.insert(partition) }
                diary.next[partition] = offset + 1
            }
            for end in batch.records.endsReached { diary.ends[end.partition] = end.offset }
            diary.commits.merge(commits) { $1 }
        }
    }
}
