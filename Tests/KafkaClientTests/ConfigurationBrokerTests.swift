import ClusterAccess
import KafkaLauncher
import KafkaTurns
import LagwardenTestKit
import StructuredLog
import Testing

@testable import KafkaClient

/// Settings as a real broker with its authorizer tells them, or does not.
@Suite(
    "Settings of real brokers", .enabled(if: KafkaRequirement.isMet), .serialized, .inTurn,
    .timeLimit(.minutes(3)))
struct ConfigurationBrokerTests {
    private static let user = KafkaClusterOptions.User(name: "asker", password: "asker-password")
    private static let settings = ["cleanup.policy", "retention.ms", "retention.bytes"]
    private static let broker = BrokerID(1)

    private static func client(
        _ kafka: KafkaLauncher.KafkaCluster, _ listener: KafkaListener
    ) throws -> KafkaClient.KafkaCluster {
        var properties: [(String, String)] = []
        if listener == .sasl {
            properties = try kafka.librdkafkaProperties(listener, user: user, mechanism: "PLAIN")
                .filter { $0.key != "bootstrap.servers" }.map { ($0.key, $0.value) }
        }
        return try KafkaClient.KafkaCluster(
            settings: KafkaClientSettings(brokers: kafka.bootstrap(listener), properties: properties),
            logger: .silent)
    }

    @Test("values are those that were set, defaults those of the broker, refusals those of the authorizer")
    func settingsAndRefusals() async throws {
        let kafka = try await KafkaLauncher.KafkaCluster.start(
            try KafkaRequirement.installation(),
            KafkaClusterOptions(
                overrides: ["offsets.retention.minutes": "4321", "log.retention.ms": "7654321"],
                listeners: [.sasl], users: [Self.user], superUsers: [], heapMegabytes: 256))
        let stage = try await Stage.start(kafka)
        try await stage.createTopic("hourly", configs: ["retention.ms": "3600000"])
        try await stage.createTopic("sized", configs: ["retention.ms": "-1", "retention.bytes": "12345"])
        try await stage.createTopic("tables", configs: ["cleanup.policy": "compact"])
        try await stage.createTopic("plain")
        let topics: [ConfigurationResource] = ["hourly", "sized", "tables", "plain", "nowhere"]
            .map { .topic(TopicName($0)) }

        let master = try Self.client(kafka, .plaintext)
        let told = await master.configurations(of: topics, settings: Self.settings, on: Self.broker)
        #expect(told.map(\.resource) == topics)
        #expect(
            told.map { try? $0.answer.get() } == [
                ["cleanup.policy": "delete", "retention.ms": "3600000", "retention.bytes": "-1"],
                ["cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "12345"],
                ["cleanup.policy": "compact", "retention.ms": "7654321", "retention.bytes": "-1"],
                ["cleanup.policy": "delete", "retention.ms": "7654321", "retention.bytes": "-1"], nil,
            ])
        #expect(told[4].answer.failure?.reason == .unknownTopicOrPartition)
        #expect(told[4].answer.failure?.subject == "topic nowhere")
        let own = await master.configurations(
            of: [.broker(Self.broker)], settings: ["offsets.retention.minutes"], on: Self.broker)
        #expect(own.map { try? $0.answer.get() } == [["offsets.retention.minutes": "4321"]])
        let both = await master.configurations(
            of: [topics[0], .broker(Self.broker)], settings: ["retention.ms", "offsets.retention.minutes"],
            on: Self.broker)
        #expect(both.compactMap { try? $0.answer.get().count } == [1, 1])
        let counted = master.requestStatistics().requests[.init(broker: Self.broker, kind: .describeConfigs)]
        #expect(counted == 4)
        await master.close()

        let principal = "User:\(Self.user.name)"
        try await stage.createACL(
            StageACL(principal: principal, resource: "TOPIC", name: "*", operation: "DESCRIBE"))
        let asker = try Self.client(kafka, .sasl)
        let asked = Array(topics.prefix(2)) + [.broker(Self.broker)]
        @Sendable func reasons() async -> [ClusterError.Reason?] {
            await asker.configurations(of: asked, settings: Self.settings, on: Self.broker)
                .map { $0.answer.failure?.reason }
        }
        #expect(await reasons() == [.topicUnauthorized, .topicUnauthorized, .clusterUnauthorized])
        try await stage.createACL(
            StageACL(
                principal: principal, resource: "TOPIC", name: "hourly", operation: "DESCRIBE_CONFIGS"))
        let isGranted = await Eventually.holds(within: .seconds(20)) {
            await reasons() == [nil, .topicUnauthorized, .clusterUnauthorized]
        }
        #expect(isGranted)
        await asker.close()
        await stage.close()
        await kafka.stop()
    }

    @Test("a broker that is silent or gone fails for each resource within the time-out")
    func silence() async throws {
        let cluster = try KafkaClient.KafkaCluster(
            settings: KafkaClientSettings(brokers: "127.0.0.1:1", requestTimeout: .milliseconds(500)),
            logger: .silent)
        let asked: [ConfigurationResource] = [.topic("a"), .topic("b"), .broker(Self.broker)]
        let replies = await cluster.configurations(of: asked, settings: Self.settings, on: Self.broker)
        #expect(replies.map(\.resource) == asked)
        for reply in replies {
            let reason = reply.answer.failure?.reason
            #expect(reason == .timedOut || reason == .brokerUnavailable, "\(reply)")
        }
        await cluster.close()
        let closed = await cluster.configurations(of: asked, settings: Self.settings, on: Self.broker)
        #expect(closed.allSatisfy { $0.answer.failure?.reason == .closed })
    }
}
