import KafkaLauncher
import KafkaTurns
import LagwardenTestKit
import Testing

/// A cluster of a suite's own with a stage on it; the tests of the suite share it and find it in ``current``.
final class OwnKafka: Sendable {
    @TaskLocal static var current: OwnKafka?

    let cluster: KafkaCluster
    let stage: Stage
    let oracle: ConsumerGroupOracle

    private init(cluster: KafkaCluster, stage: Stage) {
        self.cluster = cluster
        self.stage = stage
        oracle = ConsumerGroupOracle(stage)
    }

    /// The cluster of the running suite.
    static func shared() throws -> OwnKafka { try #require(current) }

    /// Starts everything, makes ready, runs `body` and leaves nothing behind.
    static func provide(
        _ options: KafkaClusterOptions, _ prepare: @Sendable (OwnKafka) async throws -> Void,
        _ body: () async throws -> Void
    ) async throws {
        let cluster = try await KafkaCluster.start(try KafkaRequirement.installation(), options)
        do {
            let stage = try await Stage.start(cluster)
            let kafka = OwnKafka(cluster: cluster, stage: stage)
            try await prepare(kafka)
            try await $current.withValue(kafka) { try await body() }
            await stage.close()
        } catch {
            await cluster.stop()
            throw error
        }
        await cluster.stop()
    }
}

/// Runs a suite inside ``OwnKafka/provide(_:_:_:)``.
struct OwnKafkaTrait: SuiteTrait, TestScoping {
    let options: KafkaClusterOptions
    let prepare: @Sendable (OwnKafka) async throws -> Void

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Turnstile.endToEnd.pass { try await OwnKafka.provide(options, prepare, function) }
    }
}

extension Trait where Self == OwnKafkaTrait {
    /// A cluster of the suite's own, filled by `prepare` before the first test.
    static func ownKafka(
        _ options: KafkaClusterOptions = KafkaClusterOptions(),
        prepare: @escaping @Sendable (OwnKafka) async throws -> Void = { _ in }
    ) -> OwnKafkaTrait {
        OwnKafkaTrait(options: options, prepare: prepare)
    }
}
