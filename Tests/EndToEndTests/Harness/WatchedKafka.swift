import KafkaLauncher
import LagwardenTestKit
import Testing

/// One broker with quick heart-beats, whose groups the exporter follows in `__consumer_offsets`.
///
/// The tests run beside each other, each with exporters and groups of its own.
@Suite(
    .enabled(if: KafkaRequirement.isMet), .ownKafka(WatchedScene.options, prepare: WatchedScene.prepare),
    .timeLimit(.minutes(4)))
struct WatchedKafka {}

/// How the broker of ``WatchedKafka`` is, and what it holds.
enum WatchedScene {
    /// May see everything and change nothing, and has no right to read the offsets topic at first.
    static let reader = KafkaClusterOptions.User(name: "reader", password: "open-sesame-reader")

    static let options = KafkaClusterOptions(
        overrides: quick, listeners: [.sasl], users: [reader], superUsers: [])

    /// Heart-beats that bring news at once; nobody's session ends because the machine is busy.
    static let quick = [
        "group.min.session.timeout.ms": "1000", "group.consumer.min.session.timeout.ms": "1000",
        "group.consumer.session.timeout.ms": "20000", "group.consumer.min.heartbeat.interval.ms": "100",
        "group.consumer.heartbeat.interval.ms": "100",
    ]

    static let prepare: @Sendable (OwnKafka) async throws -> Void = { kafka in
        let principal = "User:\(reader.name)"
        try await kafka.stage.createACL(.describeCluster(principal))
        for resource in ["TOPIC", "GROUP"] {
            try await kafka.stage.createACL(
                StageACL(principal: principal, resource: resource, name: "*", operation: "DESCRIBE"))
        }
        // Makes the offsets topic.
        try await kafka.stage.createTopic("first")
        try await kafka.stage.commitOffsets("first", [PartitionOffset("first", 0, 0)])
    }

    /// Rounds two seconds apart: an age beside the pace of what happens in the groups.
    static let settings = """
        poll:
          interval: 2s
          jitter: 0
          metadata_interval: 2s
          stale_after: 5m

        """
}

/// The old group coordinator, which only Kafka 3 has.
@Suite(
    .enabled(if: KafkaRequirement.isMet && OldScene.exists), .ownKafka(OldScene.options),
    .timeLimit(.minutes(4)))
struct OldCoordinator {}

/// How the broker of ``OldCoordinator`` is.
enum OldScene {
    static let exists = (try? KafkaRequirement.installation().majorVersion) == 3

    static let options = KafkaClusterOptions(
        overrides: WatchedScene.quick.merging(["group.coordinator.rebalance.protocols": "classic"]) { $1 })
}

extension OwnKafka {
    /// Runs `body` with an exporter that follows the whole offsets topic, and with its first such scrape.
    func withFollower(
        settings: String = WatchedScene.settings, arguments: [String] = [],
        _ body: (ServedExporter, Scrape) async throws -> Void
    ) async throws {
        try await withExporter(
            bootstrap: cluster.bootstrap, settings: settings, arguments: arguments
        ) { exporter in
            try await body(exporter, try await exporter.following())
        }
    }
}

extension ServedExporter {
    /// The first scrape in which all of the offsets topic is followed.
    func following(within limit: Duration = .seconds(60)) async throws -> Scrape {
        try await wait(for: "the whole offsets topic", within: limit) { $0.followsAll }
    }
}

extension Scrape {
    /// Rebalances that the offsets topic tells of.
    func rebalances(_ group: String) -> Double? {
        self.group("rebalances_total", group, ["source": "offsets"])
    }

    func generation(_ group: String) -> Double? { self.group("generation", group) }

    /// Partitions of the offsets topic by what they are to the exporter.
    var offsetsPartitions: [String: Double] {
        let samples = document.samples("lagwarden_offsets_partitions")
        return Dictionary(samples.map { ($0["state"] ?? "", $0.value) }) { _, last in last }
    }

    /// Whether every partition of the offsets topic is read to its end.
    var followsAll: Bool {
        let states = offsetsPartitions
        let current = states["current"] ?? 0
        return value("lagwarden_source", ["source": "admin"]) == 0 && current > 0
            && states.values.reduce(0, +) == current
    }

    /// Whether a transaction holds up this partition of the offsets topic.
    func isBlocked(_ partition: Int32) -> Bool {
        value("lagwarden_offsets_partition_blocked", ["partition": "\(partition)"]) == 1
    }
}
