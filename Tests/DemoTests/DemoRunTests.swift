import ClusterAccess
import Demo
import Foundation
import HTTPService
import KafkaClient
import KafkaLauncher
import KafkaTurns
import LagwardenTestKit
import Locking
import Service
import StructuredLog
import Testing

/// What the demo says to a person.
private final class Script: Sendable {
    private let text = Mutex("")

    var all: String { text.withLock { $0 } }

    func add(_ paragraph: String) { text.withLock { $0 += paragraph + "\n" } }

    /// Port in the first address that follows `word`.
    func port(after word: String) -> Int? {
        guard let line = all.split(separator: "\n").first(where: { $0.contains("  \(word) ") }),
            let address = line.split(separator: " ").last, let url = URL(string: String(address))
        else { return nil }
        return url.port
    }
}

/// The whole demo in this process: exporter, cast, tables and Prometheus.
@Suite(.serialized, .timeLimit(.minutes(5))) struct DemoRunTests {
    private func demo(
        _ playground: DemoSettings.Playground, prometheus: DemoSettings.PrometheusChoice = .off,
        duration: Duration? = nil, script: Script
    ) -> Demo {
        let options = Exporter.Options(
            address: ListenAddress(host: "127.0.0.1", port: 0), staleAfter: .seconds(60),
            build: BuildInfo.facts(librdkafka: KafkaClient.KafkaCluster.libraryVersion))
        return Demo(
            settings: DemoSettings(
                playground: playground, prometheus: prometheus, duration: duration, exporter: options,
                interval: .milliseconds(500), tableInterval: .seconds(2)),
            logger: .silent, say: script.add)
    }

    private func get(_ path: String, port: Int) async -> String {
        (try? await HTTPProbe.get(path, port: port))?.text ?? ""
    }

    @Test func playsUntilItIsCancelledAndLeavesNothing() async throws {
        let script = Script()
        let prometheus: DemoSettings.PrometheusChoice = PrometheusServer.isInstalled ? .auto : .off
        let demo = demo(.embedded, prometheus: prometheus, script: script)
        let running = Task { () -> DemoFailure? in
            do throws(DemoFailure) {
                try await demo.run()
                return nil
            } catch {
                return error
            }
        }
        let isShown = await Eventually.holds(within: .seconds(60)) {
            script.all.contains("A first look at the groups")
        }
        #expect(isShown, "\(script.all)")
        let port = try #require(script.port(after: "Metrics"))
        let series = "kafka_consumer_group_lag{cluster=\"demo\",group=\"audit-stopped\"}"
        let isServed = await Eventually.holds(within: .seconds(30)) {
            await get("/metrics", port: port).contains(series)
        }
        #expect(isServed)
        if prometheus == .auto {
            let queries = try #require(script.port(after: "Prometheus"))
            let isScraped = await Eventually.holds(within: .seconds(30)) {
                await get("/api/v1/query?query=kafka_consumer_group_lag", port: queries).contains(
                    "audit-stopped")
            }
            #expect(isScraped)
        }
        running.cancel()
        #expect(await running.value == nil)
        #expect(await get("/metrics", port: port).isEmpty)
        if let queries = script.port(after: "Prometheus") {
            #expect(await get("/-/ready", port: queries).isEmpty)
        }
        let own = "lagwarden-demo-prometheus-\(getpid())-"
        let left = try FileManager.default.contentsOfDirectory(
            atPath: FileManager.default.temporaryDirectory.path)
        #expect(left.filter { $0.hasPrefix(own) }.isEmpty)
    }

    @Test func endsByItselfAfterItsDuration() async throws {
        let script = Script()
        try await demo(.embedded, duration: .seconds(1), script: script).run()
        #expect(script.all.contains("Lagwarden watches an embedded cluster"))
    }

    @Test func missingPrometheusIsNoObstacle() async throws {
        let script = Script()
        let choice = DemoSettings.PrometheusChoice.path("/nonexistent/prometheus")
        try await demo(.embedded, prometheus: choice, duration: .seconds(1), script: script).run()
        #expect(script.all.contains("Going on without Prometheus: "))
    }

    @Test func brokersThatDoNotAnswerAreToldAsSuch() async {
        let script = Script()
        await #expect {
            try await demo(.existing(brokers: "127.0.0.1:1"), duration: .seconds(1), script: script).run()
        } throws: { error in
            "\(error)".contains("cannot") && "\(error)".contains("Check that the broker")
        }
    }

    @Test func folderWithoutKafkaIsToldAsSuch() async {
        await #expect(throws: DemoFailure.self) {
            try await demo(.launched(kafkaHome: "/nonexistent"), script: Script()).run()
        }
    }
}

/// The cast on a real Kafka, compared with Kafka's own tool.
@Suite(.enabled(if: KafkaRequirement.isMet), .serialized, .inTurn, .timeLimit(.minutes(6)))
struct RealVenueTests {
    private static let prefix = "lagwarden-demo-"

    private func withKafka(
        _ body: (KafkaLauncher.KafkaCluster, KafkaInstallation) async throws -> Void
    ) async throws {
        let installation = try KafkaRequirement.installation()
        let kafka = try await KafkaLauncher.KafkaCluster.start(installation)
        do {
            try await body(kafka, installation)
        } catch {
            await kafka.stop()
            throw error
        }
        await kafka.stop()
    }

    @Test func groupsPlayTheirParts() async throws {
        try await withKafka { kafka, installation in
            let venue = try RealVenue(
                cast: .standard(prefix: Self.prefix), brokers: kafka.bootstrap, seed: 3, logger: .silent)
            try await venue.open()
            let source = try await venue.makeSource()
            let names = [
                "billing-keeps-up", "audit-stopped", "reports-in-bursts", "payments-one-stuck",
            ].map { Self.prefix + $0 }
            let start = ContinuousClock.now
            // On a busy machine members take their time to join: the play goes on until they have read.
            while true {
                let elapsed = ContinuousClock.now - start
                let hasRead = await Self.hasCommitted(names[0], source)
                if elapsed >= .seconds(20), hasRead { break }
                guard elapsed < .seconds(120) else { break }
                try await venue.play(to: elapsed)
                try await Task.sleep(for: .milliseconds(250))
            }
            // The writers rest now. Those that keep up get to the end, those at rest stay where they are.
            let stage = try await LagwardenTestKit.Stage.start(installation, bootstrap: kafka.bootstrap)
            let oracle = ConsumerGroupOracle(stage)
            let hasKeptUp = try await Eventually.holds(within: .seconds(30)) {
                try await oracle.offsets(of: Self.prefix + "billing-keeps-up").allSatisfy { $0.lag == 0 }
            }
            #expect(hasKeptUp)
            #expect(await Self.hasCommitted(names[0], source))
            // The others' scripts are tested on mock brokers. Here a member that joined after its cue may
            // have committed nothing, and then there is nothing to compare.
            for name in names where await Self.hasCommitted(name, source) {
                try await compare(name, oracle, source)
            }
            await source.close()
            await stage.close()
            await venue.close()
        }
    }

    /// Whether the group has committed something.
    private static func hasCommitted(_ name: String, _ source: any ClusterSource) async -> Bool {
        let commits = try? await source.committedOffsets(of: GroupID(name), on: BrokerID(1))
        return commits?.topics.isEmpty == false
    }

    /// The exporter's source and Kafka's tool agree on every partition of a group.
    private func compare(
        _ name: String, _ oracle: ConsumerGroupOracle, _ source: any ClusterSource
    ) async throws {
        let expected = try await oracle.offsets(of: name).filter { $0.committed != nil }
        let commits = try await source.committedOffsets(of: GroupID(name), on: BrokerID(1))
        let topic = try #require(commits.topics.first, "\(name)")
        let asked = TopicPartitions(topic: topic.name, partitions: topic.partitions)
        let ends = await source.logOffsets(.highWatermark, of: [asked], leader: BrokerID(1))
        let end = Dictionary(
            uniqueKeysWithValues: zip(ends.topics.first?.partitions ?? [], ends.topics.first?.offsets ?? []))
        var lags: [Int32: Int64] = [:]
        for (partition, committed) in zip(topic.partitions, topic.offsets) {
            lags[partition.rawValue] = try #require(end[partition]) - committed
        }
        let wanted = Dictionary(expected.map { ($0.partition, $0.lag ?? -1) }) { first, _ in first }
        #expect(lags == wanted, "\(name)")
    }

    @Test func nothingIsLeftOnSomebodysCluster() async throws {
        try await withKafka { kafka, _ in
            let script = Script()
            let options = Exporter.Options(
                address: ListenAddress(host: "127.0.0.1", port: 0), staleAfter: .seconds(60),
                build: BuildInfo.facts(librdkafka: KafkaClient.KafkaCluster.libraryVersion))
            let demo = Demo(
                settings: DemoSettings(
                    playground: .existing(brokers: kafka.bootstrap), prometheus: .off, duration: .seconds(12),
                    exporter: options, interval: .seconds(1)),
                logger: .silent, say: script.add)
            try await demo.run()
            #expect(script.all.contains("lagwarden-demo-billing-keeps-up"), "\(script.all)")
            let client = try KafkaClient.KafkaCluster(
                settings: KafkaClientSettings(brokers: kafka.bootstrap), logger: .silent)
            let areGone = try await Eventually.holds(within: .seconds(20)) {
                try await client.metadata().topics.allSatisfy { !$0.name.rawValue.hasPrefix(Self.prefix) }
            }
            #expect(areGone)
            let groups = try await client.listGroups(on: BrokerID(1)).groups.map(\.group.rawValue)
            #expect(groups.filter { $0.hasPrefix(Self.prefix) } == [])
            await client.close()
        }
    }
}
