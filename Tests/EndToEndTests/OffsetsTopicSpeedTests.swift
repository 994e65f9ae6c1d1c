import Foundation
import KafkaLauncher
import LagwardenTestKit
import Testing

/// A million commits, read by the exporter and by a bare consumer on the same machine.
@Suite(
    .enabled(if: KafkaRequirement.isMet), .serialized, .ownKafka(SpeedScene.options),
    .timeLimit(.minutes(4)))
struct OffsetsTopicSpeedTests {
    static let groups = 10_000
    static let partitions = 100

    @Test("10,000 groups with 100 commits each are read about as quickly as the broker hands them out")
    func million() async throws {
        let kafka = try OwnKafka.shared()
        try await kafka.stage.createTopic("wide", partitions: Self.partitions)
        let start = ContinuousClock.now
        try await kafka.stage.commitManyGroups(
            "wide-", count: Self.groups, topic: "wide", partitions: Self.partitions, offset: 0)
        print("OffsetsTopicSpeedTests: committed in \(ContinuousClock.now - start)")
        var (bare, reading, own): ([Duration], [Duration], [Duration]) = ([], [], [])
        for _ in 0..<3 {
            let read = try await kafka.stage.readOffsetsTopic()
            #expect(read.records >= Int64(Self.groups * Self.partitions))
            bare.append(read.took)
            let took = try await Self.timesUntilCurrent(kafka)
            reading.append(took.reading)
            own.append(took.whole)
        }
        let (best, bestBare) = (own.min() ?? .zero, bare.min() ?? .zero)
        print("OffsetsTopicSpeedTests: bare \(bare), exporter \(reading), from its start \(own)")
        let medians = (reading.sorted()[1], bare.sorted()[1])
        print("OffsetsTopicSpeedTests: ratio of the medians \(medians.0 / medians.1)")
        // Its start and the rounds up to the first snapshot are in the exporter's time. Only optimised code
        // is quick, and any machine is busy at times, so this holds back no more than a slip by a multiple.
        if Program.isOptimised { #expect(best < bestBare * 3 + .seconds(5)) }
    }

    /// What reading took by the exporter's own log, and the time from the start of the process until its
    /// metrics say that every partition is read to its end.
    private static func timesUntilCurrent(
        _ kafka: OwnKafka
    ) async throws -> (reading: Duration, whole: Duration) {
        let start = ContinuousClock.now
        var took: Duration?
        var reading: Duration?
        try await withExporter(
            bootstrap: kafka.cluster.bootstrap, settings: "poll: {jitter: 0, interval: 1s}\n",
            arguments: ["--source=offsets-topic", "--granularity=group"], isQuick: true
        ) { exporter in
            let wanted = "lagwarden_offsets_partitions{cluster=\"\(Scrape.cluster)\",state=\"current\"} 50\n"
            while took == nil {
                let answer = try await exporter.get("/metrics", timeout: .seconds(60))
                if answer.text.contains(wanted) {
                    took = ContinuousClock.now - start
                    let log = exporter.process.error.split(separator: "\n")
                    let said = log.first { $0.contains("has been read to its end") }
                    reading = said?.split(separator: "seconds=").last.flatMap { Double($0) }
                        .map { .seconds($0) }
                    // All of it, not a beginning.
                    #expect(
                        answer.text.split(separator: "\n").count { line in
                            line.hasPrefix("kafka_consumer_group_lag{") && line.hasSuffix(" 0")
                        } == Self.groups)
                }
                guard ContinuousClock.now - start < .seconds(60) else {
                    throw LaunchError("the offsets topic is not read: \(exporter.process.error.suffix(2000))")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        return (try #require(reading, "the log does not say how long reading took"), took ?? .zero)
    }
}

/// How the broker is.
enum SpeedScene {
    static let options = KafkaClusterOptions(
        overrides: ["offsets.topic.num.partitions": "50"], heapMegabytes: 512)
}
