import KafkaLauncher
import LagwardenTestKit

/// One broker with the fleet's topics, records and commits on it.
struct LiveScene {
    let kafka: KafkaCluster
    let stage: Stage
    let fleet: StageFleet

    /// Starts it, or throws and leaves nothing behind.
    static func open(_ fleet: StageFleet) async throws -> LiveScene {
        let partitions = fleet.topics * fleet.partitions
        let options = KafkaClusterOptions(
            overrides: [
                "offsets.topic.num.partitions": "50",
                // Small indexes and few looks at logs: ten thousand of them are only to be there.
                "log.index.size.max.bytes": "4096",
                "log.retention.check.interval.ms": "300000",
                "log.flush.offset.checkpoint.interval.ms": "600000",
                "log.flush.start.offset.checkpoint.interval.ms": "600000",
                "replica.high.watermark.checkpoint.interval.ms": "600000",
            ], heapMegabytes: partitions > 2_000 ? 1_536 : 384)
        let kafka = try await KafkaCluster.start(try KafkaRequirement.installation(), options)
        do {
            let stage = try await Stage.start(kafka)
            try await stage.launch(fleet)
            return LiveScene(kafka: kafka, stage: stage, fleet: fleet)
        } catch {
            await kafka.stop()
            throw error
        }
    }

    func close() async {
        await stage.close()
        await kafka.stop()
    }
}
