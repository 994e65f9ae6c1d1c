import KafkaLauncher
import LagwardenTestKit

/// Time from the start of the program to its first complete snapshot, beside the loop's first round.
///
/// The loop's first round is the brokers' own time for what must be asked: it begins with its process too.
struct FirstSnapshotBenchmark {
    let scene: LiveScene
    let options: LiveOptions

    /// The settings that are shipped, except that the first round stays the only one for a while.
    private static func settings(_ source: String) -> String {
        "source: \(source)\npoll: {interval: 60s, jitter: 0}\n"
    }

    func run() async throws -> LiveReport {
        var report = LiveReport("live_first_snapshot")
        var (broker, took): ([Double], [String: [Double]]) = ([], [:])
        for _ in 0..<options.tries {
            broker.append(try await firstRound())
            for source in ["admin", "hybrid"] {
                took[source, default: []].append(try await firstSnapshot(source, &report))
            }
        }
        report["loop_first_round_seconds"] = broker.median
        for (source, times) in took {
            report["\(source)_seconds"] = times.median
            guard let median = times.median, let own = broker.median else { continue }
            report["\(source)_seconds_beyond_broker"] = median - own
            report.check(
                options.isQuick || median - own <= 1,
                "\(source): the first snapshot takes more than a second longer than the broker")
        }
        report["tries"] = Double(options.tries)
        report["group_partitions"] = Double(scene.fleet.groupPartitions)
        return report
    }

    private func firstRound() async throws -> Double {
        let loop = try LoopRun.start(bootstrap: scene.kafka.bootstrap, rounds: 1, interval: options.interval)
        try await loop.wait(forRounds: 1)
        _ = await loop.process.child.waitForExit(within: .seconds(20))
        guard let seconds = loop.rounds.first?["wall_seconds"].number else {
            throw LaunchError("the loop says nothing")
        }
        return seconds
    }

    private func firstSnapshot(_ source: String, _ report: inout LiveReport) async throws -> Double {
        let exporter = try await LiveExporter.start(
            bootstrap: scene.kafka.bootstrap, settings: Self.settings(source))
        let took = try await exporter.waitUntilReady()
        let scrape = try await exporter.scrape()
        try await exporter.stop()
        report.check(
            scrape.sum("kafka_consumer_group_lag") == Double(scene.fleet.lag)
                && scrape.sum("kafka_consumer_group_partitions") == Double(scene.fleet.groupPartitions),
            "\(source): the first snapshot is not complete")
        return took.inSeconds
    }
}
