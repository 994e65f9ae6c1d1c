import ClusterAccess
import KafkaLauncher
import KafkaTurns
import LagwardenTestKit
import StructuredLog
import Testing

@testable import KafkaClient

/// Feeds without a group on a real broker, whose offsets topic real consumers and tools write.
@Suite(
    "Feed of a real broker", .enabled(if: KafkaRequirement.isMet), .serialized, .inTurn,
    .timeLimit(.minutes(5)))
struct FeedBrokerTests {
    private static let partitions = 8
    private static let topic = "orders"

    private func start(
        _ options: KafkaClusterOptions = KafkaClusterOptions()
    ) async throws -> (KafkaLauncher.KafkaCluster, LagwardenTestKit.Stage) {
        var options = options
        options.heapMegabytes = 256
        options.overrides["offsets.topic.num.partitions"] = "\(Self.partitions)"
        let kafka = try await KafkaLauncher.KafkaCluster.start(
            try KafkaRequirement.installation(), options)
        let stage = try await LagwardenTestKit.Stage.start(kafka)
        try await stage.createTopic(Self.topic, partitions: 3)
        return (kafka, stage)
    }

    private var everything: [PartitionID: FeedStart] {
        let all = (0..<Self.partitions).map { (PartitionID(Int32($0)), FeedStart.beginning) }
        return Dictionary(uniqueKeysWithValues: all)
    }

    @Test(
        "every commit is read; aborted ones are not, open ones hold the end back but not an uncommitted feed")
    func commits() async throws {
        let (kafka, stage) = try await start()
        for number in 0..<40 {
            try await stage.commitOffsets(
                "group-\(number)", (0..<3).map { PartitionOffset(Self.topic, $0, Int64(number)) })
        }
        let cluster = try KafkaClient.KafkaCluster(
            settings: KafkaClientSettings(brokers: kafka.bootstrap), logger: .silent)
        let feed = try cluster.makeFeed(FeedOptions(), of: CoordinatorPartition.topic)
        let uncommitted = try cluster.makeFeed(
            FeedOptions(readsCommitted: false), of: CoordinatorPartition.topic)
        for feed in [feed, uncommitted] { try await feed.follow(everything) }
        var (diary, other) = (CommitDiary(), CommitDiary())
        try await diary.read(feed) { $0.diary.ends.count == Self.partitions }
        for number in 0..<40 {
            let commits = diary.commits["group-\(number)"]
            #expect(commits == Dictionary(uniqueKeysWithValues: (0..<3).map { ($0, Int64(number)) }))
        }
        let group = "transactional"
        let place = try #require(CoordinatorPartition.of(GroupID(group), count: Self.partitions)).rawValue
        try await stage.beginTransaction("aborting")
        try await stage.sendOffsets(
            inTransaction: "aborting", group: group, [PartitionOffset(Self.topic, 0, 111)])
        try await stage.abortTransaction("aborting")
        try await stage.beginTransaction("open")
        try await stage.sendOffsets(
            inTransaction: "open", group: group, [PartitionOffset(Self.topic, 0, 222)])
        try await stage.commitOffsets(group, [PartitionOffset(Self.topic, 1, 333)])
        try await other.read(uncommitted) { $0.commits[group]?[1] == 333 }
        #expect(other.commits[group] == [0: 222, 1: 333])
        // The end is the last stable offset, behind the aborted commit and its marker.
        let stable = try await stage.stableOffsets("__consumer_offsets")[Int(place)]
        try await diary.read(feed) { $0.diary.ends[place] == stable }
        #expect(diary.commits[group] == nil)
        try await stage.commitTransaction("open")
        try await diary.read(feed) { $0.commits[group]?[1] == 333 }
        #expect(diary.commits[group] == [0: 222, 1: 333])
        #expect(diary.diary.failures.isEmpty && other.diary.failures.isEmpty)
        // A broker that goes and comes back costs nothing and repeats nothing.
        await kafka.kill(1)
        try await diary.read(feed) { !$0.diary.failures.isEmpty }
        try await kafka.restart(1)
        for number in 0..<8 {
            let isDone = await Eventually.holds {
                let commits = [PartitionOffset(Self.topic, 0, 7)]
                return (try? await stage.commitOffsets("after-\(number)", commits)) != nil
            }
            #expect(isDone)
        }
        try await diary.read(feed) { diary in (0..<8).allSatisfy { diary.commits["after-\($0)"] == [0: 7] } }
        let ends = try await stage.endOffsets("__consumer_offsets")
        try await diary.read(feed) { diary in
            ends.indices.allSatisfy { diary.diary.ends[Int32($0)] == ends[$0] }
        }
        for (partition, offsets) in diary.diary.offsets {
            #expect(offsets == Array(Set(offsets)).sorted(), "partition \(partition)")
        }
        for feed in [feed, uncommitted] { await feed.close() }
        await cluster.close()
        await stage.close()
        await kafka.stop()
    }

    @Test("without Read on the topic every partition fails by name, and records flow once it is granted")
    func rights() async throws {
        let user = KafkaClusterOptions.User(name: "follower", password: "open-sesame")
        let (kafka, stage) = try await start(
            KafkaClusterOptions(listeners: [.sasl], users: [user], superUsers: []))
        try await stage.commitOffsets("billing", [PartitionOffset(Self.topic, 0, 5)])
        var properties = try kafka.librdkafkaProperties(.sasl, user: user, mechanism: "PLAIN")
        properties["bootstrap.servers"] = nil
        let cluster = try KafkaClient.KafkaCluster(
            settings: KafkaClientSettings(
                brokers: kafka.bootstrap(.sasl), properties: properties.map { ($0.key, $0.value) }),
            logger: .silent)
        let principal = "User:\(user.name)"
        let describe = StageACL(
            principal: principal, resource: "TOPIC", name: "__consumer_offsets", operation: "DESCRIBE")
        let read = StageACL(
            principal: principal, resource: "TOPIC", name: "__consumer_offsets", operation: "READ")
        // First without any right, then with Describe alone, which fails in another place.
        for rule in [nil, describe] {
            if let rule { try await stage.createACL(rule) }
            let feed = try cluster.makeFeed(FeedOptions(), of: CoordinatorPartition.topic)
            try await feed.follow(everything)
            var diary = CommitDiary()
            try await diary.read(feed) { $0.diary.failures.count == Self.partitions }
            #expect(Set(diary.diary.failures.values.flatMap(\.self)) == [.topicUnauthorized])
            #expect(diary.diary.offsets.isEmpty)
            try await stage.createACL(read)
            try await diary.read(feed) { $0.diary.ends.count == Self.partitions }
            #expect(diary.commits["billing"] == [0: 5])
            try await stage.deleteACL(read)
            diary = CommitDiary()
            try await diary.read(feed) { $0.diary.failures.count == Self.partitions }
            #expect(Set(diary.diary.failures.values.flatMap(\.self)) == [.topicUnauthorized])
            await feed.close()
        }
        await cluster.close()
        await stage.close()
        await kafka.stop()
    }
}

/// What a feed's records say that groups have committed.
struct CommitDiary {
    var diary = FeedDiary()
    /// Newest commits by group and partition, whatever the topic.
    var commits: [String: [Int32: Int64]] = [:]

    /// Reads until `isEnough`; the test's own time limit ends what never is.
    mutating func read(_ feed: some OffsetsFeed, until isEnough: (CommitDiary) -> Bool) async throws {
        while !isEnough(self) {
            take(try await feed.nextBatch(limit: 1_000, within: .seconds(1)))
        }
    }

    mutating func take(_ batch: FeedBatch) {
        diary.write(batch)
        for index in 0..<batch.records.count {
            guard let key = batch.records.key(index), let value = batch.records.value(index) else { continue }
            note(Array(key), Array(value))
        }
    }

    /// Key: type, group, topic, partition; value: version, offset and more.
    private mutating func note(_ key: [UInt8], _ value: [UInt8]) {
        guard key.starts(with: [0, 1]) || key.starts(with: [0, 0]), value.count >= 10 else { return }
        var place = 2
        func number(_ bytes: ArraySlice<UInt8>) -> Int64 { bytes.reduce(0) { $0 << 8 | Int64($1) } }
        func text() -> String {
            let length = Int(number(key[place..<(place + 2)]))
            defer { place += 2 + length }
            return String(decoding: key[(place + 2)..<(place + 2 + length)], as: UTF8.self)
        }
        let group = text()
        _ = text()
        let partition = Int32(number(key[place..<(place + 4)]))
        commits[group, default: [:]][partition] = number(value[2..<10])
    }
}
