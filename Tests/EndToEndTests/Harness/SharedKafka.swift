import KafkaLauncher
import KafkaTurns
import LagwardenTestKit
import Locking
import Testing

/// Tests with the built binary and a real broker, one after the other on one cluster.
///
/// Names of topics and groups are unique to each test, so that none sees what another does.
@Suite(.enabled(if: KafkaRequirement.isMet), .serialized, .sharedKafka, .timeLimit(.minutes(2)))
struct RealKafka {}

/// One broker, one stage and one exporter for all tests of a run.
final class SharedKafka: Sendable {
    @TaskLocal static var current: SharedKafka?

    let cluster: KafkaCluster
    let stage: Stage
    let oracle: ConsumerGroupOracle
    let exporter: ServedExporter
    private let made = Mutex(Made())

    /// What the tests have put into the cluster.
    struct Made {
        var topics: Set<String> = []
        var groups: Set<String> = []
    }

    /// Whatever asked for a topic by mistake would create it: nothing hides behind a strict broker.
    private static let options = KafkaClusterOptions(
        overrides: [
            "auto.create.topics.enable": "true", "group.min.session.timeout.ms": "1000",
            "log.cleaner.backoff.ms": "300",
        ])

    /// Rounds a second apart, whatever the settings of a test.
    static let pace = ["--poll.interval=1s"]

    private static let settings = """
        poll:
          jitter: 0
          metadata_interval: 1s
          stale_after: 1m
          last_stable_offset: ["/transactions-.*/"]

        """

    private init(cluster: KafkaCluster, stage: Stage, exporter: ServedExporter) {
        self.cluster = cluster
        self.stage = stage
        self.exporter = exporter
        oracle = ConsumerGroupOracle(stage)
    }

    /// The cluster of the running suite.
    static func shared() throws -> SharedKafka { try #require(current) }

    /// Starts everything, runs `body` and leaves nothing behind.
    static func provide(_ body: () async throws -> Void) async throws {
        let cluster = try await KafkaCluster.start(try KafkaRequirement.installation(), options)
        do {
            let stage = try await Stage.start(cluster)
            let exporter = try await ServedExporter.start(
                bootstrap: cluster.bootstrap, settings: settings, arguments: pace)
            let kafka = SharedKafka(cluster: cluster, stage: stage, exporter: exporter)
            try await kafka.makeKeepsake()
            try await $current.withValue(kafka) { try await body() }
            let end = await exporter.stop()
            #expect(end.exit == .code(0), "\(end.error)")
            await stage.close()
            await cluster.stop()
        } catch {
            await cluster.stop()
            throw error
        }
    }

    /// Another exporter on the same cluster, for the length of `body`.
    func withExporter(_ settings: String = "", _ body: (ServedExporter) async throws -> Void) async throws {
        try await EndToEndTests.withExporter(
            bootstrap: cluster.bootstrap, settings: settings, arguments: Self.pace, body)
    }

    /// Creates a topic.
    func topic(
        _ name: String, partitions: Int = 1, configs: [String: String] = [:]
    ) async throws -> String {
        made.withLock { _ = $0.topics.insert(name) }
        try await stage.createTopic(name, partitions: partitions, configs: configs)
        return name
    }

    func deleteTopic(_ name: String) async throws {
        try await stage.deleteTopic(name)
        made.withLock { _ = $0.topics.remove(name) }
    }

    /// Announces a group, which comes into being with its first member or commit.
    func group(_ name: String) -> String {
        made.withLock { _ = $0.groups.insert(name) }
        return name
    }

    /// A group of Kafka's protocol that has committed `offset` on partition 0 and whose only member has left.
    func groupThatLeft(_ name: String, _ topic: String, committed offset: Int64) async throws -> String {
        let group = group(name)
        try await withMember(StageMember(name, group: group, topics: [topic]), partitions: nil) {
            try await stage.commitMember(name, [PartitionOffset(topic, 0, offset)])
        }
        return group
    }

    /// A member for the length of `body`, which begins when it holds its partitions.
    func withMember(
        _ member: StageMember, partitions: Int?, _ body: () async throws -> Void
    ) async throws {
        try await stage.startMember(member)
        do {
            if let partitions {
                try await stage.waitForAssignment(of: [member.name], partitions: partitions)
            } else {
                let holdsSome = try await Eventually.holds(within: .seconds(30)) {
                    try await self.stage.memberState(member.name).assignment.isEmpty == false
                }
                #expect(holdsSome, "\(member.name) gets no partitions")
            }
            try await body()
        } catch {
            try? await stage.closeMember(member.name)
            throw error
        }
        try await stage.closeMember(member.name)
    }

    var madeSoFar: Made { made.withLock { $0 } }

    /// Commits from before the first test, which have to be the same after the last.
    static let keepsake = [PartitionOffset("keepsake", 0, 3), PartitionOffset("keepsake", 1, 0)]

    private func makeKeepsake() async throws {
        let topic = try await topic("keepsake", partitions: 2)
        try await stage.produce(topic, 0, count: 5)
        try await stage.commitOffsets(group("keepsake"), Self.keepsake)
    }
}

/// Runs a suite inside ``SharedKafka/provide(_:)``.
struct SharedKafkaTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Turnstile.endToEnd.pass { try await SharedKafka.provide(function) }
    }
}

extension Trait where Self == SharedKafkaTrait {
    static var sharedKafka: SharedKafkaTrait { SharedKafkaTrait() }
}
