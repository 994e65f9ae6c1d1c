import Foundation
import KafkaLauncher
import LagwardenTestKit

/// What a round of the exporter costs, beside the C loop over the same calls.
///
/// Each try starts the loop and the contenders one after the other on the same standing cluster, lets them
/// warm up, and takes the CPU time that the kernel books for the process over a whole number of rounds,
/// whatever it does meanwhile. Nobody else is asked for anything in that time, unless scrapes are a part.
struct RoundBenchmark {
    let scene: LiveScene
    let options: LiveOptions

    /// CPU of one round, in seconds, and what else was seen of one process.
    private struct Cost {
        var cpu: Double
        var wall: Double?
        var requests: Double
        var resident: (now: Double, peak: Double)
        /// Whether every round ended before the next was due; else the CPU is not that of so many rounds.
        var isWhole: Bool
        /// Of one body of `/metrics`, uncompressed; the loop has none.
        var scrapeBytes: Double?
    }

    /// What a program found; the loop's and the exporter's must be the same.
    private struct Found: Equatable, CustomStringConvertible {
        var groups: Double
        var groupPartitions: Double
        var lag: Double

        var description: String { "\(groups) groups, \(groupPartitions) partitions, lag \(lag)" }
    }

    func run() async throws -> LiveReport {
        var report = LiveReport("live_round")
        describeScene(in: &report)
        var costs: [String: [Cost]] = [:]
        for _ in 0..<options.tries {
            costs["loop", default: []].append(try await measureLoop(&report))
            for contender in Contender.all {
                costs[contender.name, default: []].append(try await measure(contender, &report))
            }
        }
        for (name, costs) in costs {
            let costs = costs.filter { $0.isWhole || options.isQuick }
            report["\(name)_cpu_seconds"] = costs.map(\.cpu).median
            report["\(name)_cpu_seconds_least"] = costs.map(\.cpu).min()
            report["\(name)_wall_seconds"] = costs.compactMap(\.wall).median
            report["\(name)_requests"] = costs.map(\.requests).median
            report["\(name)_resident_bytes"] = costs.map(\.resident.now).median
            report["\(name)_scrape_bytes"] = costs.compactMap(\.scrapeBytes).median
            report["\(name)_resident_bytes_peak"] = costs.map(\.resident.peak).max()
        }
        for contender in Contender.all {
            let pairs = zip(costs[contender.name] ?? [], costs["loop"] ?? [])
                .filter { $0.isWhole && $1.isWhole || options.isQuick }
            report["\(contender.name)_pairs"] = Double(pairs.count)
            report.check(
                !pairs.isEmpty, "\(contender.name): rounds took longer than the interval in every try")
            report["\(contender.name)_ratio"] = pairs.map { $0.cpu / $1.cpu }.median
        }
        if !options.isQuick, let ratio = report["\(Contender.bare.name)_ratio"] {
            report.check(ratio <= 1.2, "a round costs more than 1.2 times what the C loop costs")
        }
        return report
    }

    private func describeScene(in report: inout LiveReport) {
        let fleet = scene.fleet
        report.note("kafka", scene.kafka.installation.version)
        report["partitions"] = Double(fleet.topics * fleet.partitions)
        report["groups"] = Double(fleet.groups)
        report["group_partitions"] = Double(fleet.groupPartitions)
        report["interval_seconds"] = options.interval.inSeconds
        report["rounds"] = Double(options.rounds)
        report["tries"] = Double(options.tries)
    }

    private var expected: Found {
        Found(
            groups: Double(scene.fleet.groups), groupPartitions: Double(scene.fleet.groupPartitions),
            lag: Double(scene.fleet.lag))
    }

    /// CPU time of a process while so many rounds begin; where in a round this begins does not matter.
    private func cpu(
        of gauge: ProcessGauge, beside work: () async throws -> Void = {}
    ) async throws -> Double {
        let start = ContinuousClock.now
        let before = gauge.cpuSeconds
        try await work()
        try await Task.sleep(until: start + options.interval * options.rounds)
        guard let before, let after = gauge.cpuSeconds else { throw LaunchError("the process is gone") }
        return (after - before) / Double(options.rounds)
    }

    private func measureLoop(_ report: inout LiveReport) async throws -> Cost {
        let all = options.warmUp + options.rounds + 2
        let loop = try LoopRun.start(
            bootstrap: scene.kafka.bootstrap, rounds: all, interval: options.interval)
        try await loop.wait(forRounds: options.warmUp)
        let cpu = try await cpu(of: loop.gauge)
        guard let resident = loop.gauge.resident else { throw LaunchError("the loop is gone") }
        try await loop.wait(forRounds: all)
        _ = await loop.process.child.waitForExit(within: .seconds(20))
        let rounds = loop.rounds.dropFirst(options.warmUp)
        for round in loop.rounds {
            let found = Found(
                groups: round["groups"].number ?? -1,
                groupPartitions: round["group_partitions"].number ?? -1, lag: round["lag"].number ?? -1)
            report.check(found == expected, "the loop found \(found), not \(expected)")
            report.check(round["failures"].integer == 0, "requests of the loop failed")
        }
        let busy = rounds.compactMap { $0["wall_seconds"].number }
        return Cost(
            cpu: cpu, wall: busy.median,
            requests: rounds.compactMap { $0["requests"].number }.median ?? -1, resident: resident,
            isWhole: (busy.max() ?? 0) < options.interval.inSeconds)
    }

    private func measure(_ contender: Contender, _ report: inout LiveReport) async throws -> Cost {
        let exporter = try await LiveExporter.start(
            bootstrap: scene.kafka.bootstrap, settings: contender.settings(interval: options.interval))
        // Not at /metrics: what a scrape asked for is made ready after each round for minutes.
        let warm = try await exporter.waitForRounds(options.warmUp)
        let first = contender.isScraped ? try await exporter.scrape() : nil
        let start = ContinuousClock.now
        let cpu = try await cpu(of: exporter.gauge) {
            guard contender.isScraped else { return }
            for round in 0..<options.rounds {
                _ = try await exporter.scrape(compressed: true)
                try await Task.sleep(until: start + options.interval * (round + 1))
            }
        }
        guard let resident = exporter.gauge.resident else { throw LaunchError("the exporter is gone") }
        let last = try await exporter.scrape()
        try await exporter.stop()
        let found = Found(
            groups: last.count("kafka_consumer_group_partitions"),
            groupPartitions: last.sum("kafka_consumer_group_partitions") ?? -1,
            lag: last.sum("kafka_consumer_group_lag") ?? -1)
        report.check(found == expected, "\(contender.name) found \(found), not \(expected)")
        let rounds = last.rounds - (first?.rounds ?? warm)
        // Of the rounds that were measured, or of all where the first were not scraped.
        let counted = last.rounds - (first?.rounds ?? 0)
        let busy = (last.busySeconds - (first?.busySeconds ?? 0)) / max(1, counted)
        return Cost(
            cpu: cpu, wall: rounds > 0 ? busy : nil,
            requests: rounds > 0 ? (last.requests() - (first?.requests() ?? 0)) / counted : -1,
            resident: resident,
            isWhole: abs(rounds - Double(options.rounds)) <= 1 && busy < 0.8 * options.interval.inSeconds,
            scrapeBytes: Double(last.body.count))
    }
}
