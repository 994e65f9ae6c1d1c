import KafkaLauncher
import LagwardenTestKit

/// Time from the start of the program to its first complete snapshot, beside the loop's first round.
///
/// The loop's first round is the brokers' own time for what must be asked, and begins with its process too.
/// Where ages are looked up, it makes as many requests for offsets by time as the exporter has just made.
struct FirstSnapshotBenchmark {
    let scene: LiveScene
    let options: LiveOptions

    /// How the exporter is started.
    private struct Start: Hashable {
        var name: String
        var source: String
        var hasLagSeconds: Bool

        /// The settings that are shipped, except that the first round stays the only one for a while.
        var settings: String {
            """
            source: \(source)
            poll: {interval: 60s, jitter: 0}
            lag_seconds: {enabled: \(hasLagSeconds)}

            """
        }
    }

    private static let starts = [
        Start(name: "admin", source: "admin", hasLagSeconds: false),
        Start(name: "hybrid", source: "hybrid", hasLagSeconds: false),
        Start(name: "hybrid_as_shipped", source: "hybrid", hasLagSeconds: true),
    ]

    /// One start and the loop's beside it.
    private struct Pair {
        var exporter: Double
        var broker: Double
        var lookUps: Int
    }

    func run() async throws -> LiveReport {
        var report = LiveReport("live_first_snapshot")
        var pairs: [Start: [Pair]] = [:]
        for _ in 0..<options.tries {
            for start in Self.starts { pairs[start, default: []].append(try await pair(start, &report)) }
        }
        for (start, pairs) in pairs {
            report["\(start.name)_seconds"] = pairs.map(\.exporter).median
            report["\(start.name)_broker_seconds"] = pairs.map(\.broker).median
            report["\(start.name)_look_ups"] = pairs.map { Double($0.lookUps) }.median
            let beyond = pairs.map { $0.exporter - $0.broker }.median ?? .infinity
            report["\(start.name)_seconds_beyond_broker"] = beyond
            report.check(
                options.isQuick || beyond <= 1,
                "\(start.name): the first snapshot takes more than a second longer than the broker")
        }
        report["tries"] = Double(options.tries)
        report["group_partitions"] = Double(scene.fleet.groupPartitions)
        return report
    }

    private func pair(_ start: Start, _ report: inout LiveReport) async throws -> Pair {
        let exporter = try await LiveExporter.start(
            bootstrap: scene.kafka.bootstrap, settings: start.settings)
        let took = try await exporter.waitUntilReady()
        let scrape = try await exporter.scrape()
        try await exporter.stop()
        report.check(
            scrape.sum("kafka_consumer_group_lag") == Double(scene.fleet.lag)
                && scrape.sum("kafka_consumer_group_partitions") == Double(scene.fleet.groupPartitions),
            "\(start.name): the first snapshot is not complete")
        report.check(
            !start.hasLagSeconds
                || scrape.count("kafka_consumer_group_lag_seconds") == Double(scene.fleet.groups),
            "\(start.name): ages are missing from the first snapshot")
        let lookUps = Int(scrape.sum("lagwarden_time_lookup_requests_total") ?? 0)
        return Pair(
            exporter: took.inSeconds, broker: try await firstRound(lookUps: lookUps), lookUps: lookUps)
    }

    private func firstRound(lookUps: Int) async throws -> Double {
        let loop = try LoopRun.start(
            bootstrap: scene.kafka.bootstrap, rounds: 1, interval: options.interval, lookUps: lookUps)
        try await loop.wait(forRounds: 1)
        _ = await loop.process.child.waitForExit(within: .seconds(20))
        guard let seconds = loop.rounds.first?["wall_seconds"].number else {
            throw LaunchError("the loop says nothing")
        }
        return seconds
    }
}
