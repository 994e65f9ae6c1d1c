import ClusterAccess
import Foundation
import KafkaLauncher
import KafkaTurns
import LagwardenTestKit
import StructuredLog
import Testing

@testable import KafkaClient

/// Single records read at offsets of a real broker's topics.
@Suite("Sampler", .enabled(if: KafkaRequirement.isMet), .serialized, .inTurn, .timeLimit(.minutes(4)))
struct SamplerTests {
    /// An hour ago: what is older than a week, a broker deletes within a minute of its start.
    private static let base = Int64(Date().timeIntervalSince1970 - 3_600) * 1_000

    private func request(
        _ topic: TopicName, _ partition: Int32, _ offset: Int64, end: Int64
    ) -> SampleRequest {
        SampleRequest(topic: topic, partition: PartitionID(partition), offset: offset, end: end)
    }

    private func reason(_ reply: SampleReply?) -> ClusterError.Reason? {
        if case .failure(let error) = reply { return error.reason }
        return nil
    }

    @Test("records, markers, aborted data, cut logs and topics that are not there, each with its own answer")
    func answers() async throws {
        let kafka = try await KafkaLauncher.KafkaCluster.start(
            try KafkaRequirement.installation(), KafkaClusterOptions(heapMegabytes: 256))
        let stage = try await LagwardenTestKit.Stage.start(kafka)
        let cluster = try KafkaClient.KafkaCluster(
            settings: KafkaClientSettings(brokers: kafka.bootstrap), logger: .silent)
        try await many(stage, cluster)
        try await transactions(stage, cluster)
        try await oddLogs(stage, cluster)
        await kafka.kill(1)
        let silent = await cluster.firstRecords(at: [request("many", 0, 0, end: 20)])
        #expect(reason(silent.first) == .brokerUnavailable || reason(silent.first) == .timedOut)
        let start = ContinuousClock.now
        await cluster.close()
        #expect(ContinuousClock.now - start < .seconds(6))
        #expect(reason(await cluster.firstRecords(at: [request("many", 0, 0, end: 20)]).first) == .closed)
        await stage.close()
        await kafka.stop()
    }

    /// More partitions than are read at a time, again and again, each from another place.
    private func many(_ stage: LagwardenTestKit.Stage, _ cluster: KafkaClient.KafkaCluster) async throws {
        try await stage.createTopic("many", partitions: 150)
        for partition: Int32 in 0..<150 {
            try await stage.produce(
                "many", partition, count: 20, size: 3_000, timestamp: Self.base + Int64(partition),
                step: 1_000)
        }
        for turn: Int64 in [0, 7, 7, 19, 3] {
            let start = ContinuousClock.now
            let replies = await cluster.firstRecords(
                at: (0..<150).map { request("many", $0, turn, end: 20) })
            print("SamplerTests: 150 partitions in \(ContinuousClock.now - start)")
            let expected = (0..<150).map {
                SampleReply.record(offset: turn, timestamp: Self.base + Int64($0) + turn * 1_000)
            }
            #expect(replies == expected)
        }
        #expect(await cluster.firstRecords(at: []) == [])
        #expect(await cluster.firstRecords(at: [request("many", 3, 20, end: 20)]) == [.nothing])
    }

    private func transactions(
        _ stage: LagwardenTestKit.Stage, _ cluster: KafkaClient.KafkaCluster
    ) async throws {
        try await stage.createTopic("ledger")
        func first(_ offset: Int64, end: Int64) async -> SampleReply? {
            await cluster.firstRecords(at: [request("ledger", 0, offset, end: end)]).first
        }
        try await stage.beginTransaction("sampled")
        try await stage.produce(inTransaction: "sampled", "ledger", count: 10)
        try await stage.commitTransaction("sampled")
        let isCommitted = await Eventually.holds { (try? await stage.stableOffsets("ledger")) == [11] }
        #expect(isCommitted)
        // A reader that committed its last record + 1 stands at the marker.
        for _ in 0..<3 {
            let start = ContinuousClock.now
            #expect(await first(10, end: 11) == .nothing)
            print("SamplerTests: nothing but a marker in \(ContinuousClock.now - start)")
        }
        if case .record(let offset, _) = await first(9, end: 11) {
            #expect(offset == 9)
        } else {
            Issue.record("the last record is not there")
        }
        try await stage.beginTransaction("sampled")
        try await stage.produce(inTransaction: "sampled", "ledger", count: 4)
        try await stage.abortTransaction("sampled")
        let isAborted = await Eventually.holds { (try? await stage.stableOffsets("ledger")) == [16] }
        #expect(isAborted)
        #expect(await first(10, end: 16) == .nothing)
        #expect(await first(13, end: 16) == .nothing)
        try await stage.produce("ledger", count: 1, timestamp: Self.base)
        #expect(await first(10, end: 17) == .record(offset: 16, timestamp: Self.base))
        // As far as the end that was asked for there is nothing.
        #expect(await first(10, end: 16) == .nothing)
        try await stage.beginTransaction("sampled")
        try await stage.produce(inTransaction: "sampled", "ledger", count: 3)
        #expect(await first(16, end: 17) == .record(offset: 16, timestamp: Self.base))
        // Who takes the high watermark for the end learns at once that a transaction is open.
        #expect(reason(await first(17, end: 20)) == .unstableOffset)
        try await stage.abortTransaction("sampled")
    }

    private func oddLogs(
        _ stage: LagwardenTestKit.Stage, _ cluster: KafkaClient.KafkaCluster
    ) async throws {
        try await stage.createTopic("odd", partitions: 2)
        try await stage.produce("odd", 0, count: 10, timestamp: Self.base, step: 1)
        try await stage.deleteRecords("odd", 0, before: 6)
        // Larger than what is fetched of a partition at a time.
        try await stage.produce("odd", 1, count: 3, size: 700_000, timestamp: Self.base, step: 1)
        let start = ContinuousClock.now
        let replies = await cluster.firstRecords(at: [
            request("odd", 0, 2, end: 10), request("odd", 1, 2, end: 3), request("odd", 7, 0, end: 3),
            request("nowhere", 0, 0, end: 3), request("many", 0, 4, end: 20),
        ])
        print("SamplerTests: odd logs in \(ContinuousClock.now - start)")
        #expect(reason(replies[0]) == .offsetOutOfRange)
        #expect(replies[1] == .record(offset: 2, timestamp: Self.base + 2))
        #expect(reason(replies[2]) == .unknownTopicOrPartition)
        #expect(reason(replies[3]) == .unknownTopicOrPartition)
        #expect(replies[4] == .record(offset: 4, timestamp: Self.base + 4_000))
        #expect(
            await cluster.firstRecords(at: [request("odd", 0, 6, end: 10)])
                == [.record(offset: 6, timestamp: Self.base + 6)])
        #expect(try await stage.listTopics().contains("nowhere") == false)
    }

    @Test("without Read the answer is a refusal, at once and for a while; with it the record")
    func refused() async throws {
        let user = KafkaClusterOptions.User(name: "reader", password: "open-sesame-reader")
        let kafka = try await KafkaLauncher.KafkaCluster.start(
            try KafkaRequirement.installation(),
            KafkaClusterOptions(listeners: [.sasl], users: [user], superUsers: [], heapMegabytes: 256))
        let stage = try await LagwardenTestKit.Stage.start(kafka)
        for topic in ["open", "secret"] {
            try await stage.createTopic(topic)
            try await stage.produce(topic, count: 5, timestamp: Self.base, step: 1)
            try await stage.createACL(
                StageACL(principal: "User:reader", resource: "TOPIC", name: topic, operation: "DESCRIBE"))
        }
        try await stage.createACL(
            StageACL(principal: "User:reader", resource: "TOPIC", name: "open", operation: "READ"))
        let properties = try kafka.librdkafkaProperties(.sasl, user: user, mechanism: "PLAIN")
        let cluster = try KafkaClient.KafkaCluster(
            settings: KafkaClientSettings(
                brokers: kafka.bootstrap(.sasl),
                properties: properties.filter { $0.key != "bootstrap.servers" }.map { ($0.key, $0.value) }),
            logger: .silent)
        let sampler = KafkaSampler(cluster.core, refusalPause: .seconds(2))
        let both = [request("secret", 0, 1, end: 5), request("open", 0, 1, end: 5)]
        // The first is the broker's refusal, the second our own memory of it, the third the broker's again.
        for pause in [Duration.zero, .zero, .milliseconds(2_100), .zero] {
            try await Task.sleep(for: pause)
            let start = ContinuousClock.now
            let replies = await sampler.firstRecords(at: both)
            print("SamplerTests: one refusal, one record in \(ContinuousClock.now - start)")
            #expect(reason(replies[0]) == .topicUnauthorized)
            #expect(replies[1] == .record(offset: 1, timestamp: Self.base + 1))
        }
        try await stage.createACL(
            StageACL(principal: "User:reader", resource: "TOPIC", name: "secret", operation: "READ"))
        let isRead = await Eventually.holds(within: .seconds(20)) {
            await sampler.firstRecords(at: both).first == .record(offset: 1, timestamp: Self.base + 1)
        }
        #expect(isRead)
        await sampler.close()
        await cluster.close()
        await stage.close()
        await kafka.stop()
    }

    @Test("without brokers a call ends by its deadline, and closing ends it at once")
    func deadBrokers() async throws {
        let settings = KafkaClientSettings(brokers: "127.0.0.1:1", requestTimeout: .seconds(2))
        let cluster = try KafkaClient.KafkaCluster(settings: settings, logger: .silent)
        let start = ContinuousClock.now
        let replies = await cluster.firstRecords(at: [request("many", 0, 0, end: 20)])
        #expect(reason(replies.first) == .brokerUnavailable || reason(replies.first) == .timedOut)
        #expect(ContinuousClock.now - start < .seconds(5))
        async let waiting = cluster.firstRecords(at: [request("many", 0, 0, end: 20)])
        try await Task.sleep(for: .milliseconds(100))
        await cluster.close()
        let ended = reason(await waiting.first)
        #expect(ended == .closed || ended == .brokerUnavailable)
    }
}
