import CAllocationCounter
import ClusterAccess
import Exposition
import KafkaLauncher
import LagAnalysis
import LagModel
import LoadHarness
import Monitor

/// One run of the exporter on a scripted cluster: `--load=SHAPE:CHURN[:SOURCE]`, in a process of its own.
///
/// With `--series=N` the cluster is folded within N series, as `limits.series` does; without it nothing is.
///
/// Costs of the scripted side are taken off what a round costs: its own calls are timed on their threads.
struct LoadRun {
    var shape: LoadShape
    /// Hundredths of the topics that get records in a round.
    var churn: Int
    var commits: CommitSource
    /// Most series that follow from a snapshot; `nil` for no limit.
    var seriesLimit: Int?
    var isQuick: Bool
    /// How many rounds are measured.
    var rounds: Int
    /// Whether lag gets its age.
    var findsAges = true
    /// Whether the exporter is scraped after the rounds; without, a profile shows nothing else than rounds.
    var isScraped = true
    /// Whether rounds follow in which everything changes, to compare with in one process; nobody scrapes.
    private(set) var isBesideFull = false
    /// Rounds before those that are measured: until histories are as long as they get.
    var warmUpRounds: Int

    private var fullRounds: Int { 3 }
    private var scrapedRounds: Int { isQuick ? 1 : 3 }

    /// Reads `SHAPE:CHURN[:SOURCE]`; `nil` for what is not one.
    init?(_ text: some StringProtocol, isQuick: Bool) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let churn = Int(parts[1]), (0...100).contains(churn),
            let shape = LoadShape.all(isQuick: isQuick).first(where: { $0.name == parts[0] }),
            let commits = parts.count == 3 ? CommitSource(rawValue: String(parts[2])) : .hybrid
        else { return nil }
        self.shape = shape
        self.churn = churn
        self.commits = commits
        self.isQuick = isQuick
        rounds = isQuick ? 3 : 7
        warmUpRounds = isQuick ? 3 : Self.roundsOfHistory
    }

    /// Rounds until the evaluation forgets the first, and two more.
    private static var roundsOfHistory: Int {
        Int(EvaluationSettings().window / LoadExporter.interval) + 2
    }

    /// Lets full rounds follow in the same process, and measures more of the others.
    mutating func compareWithFullRounds() {
        isBesideFull = true
        if !isQuick { rounds = 19 }
    }

    var name: String {
        "load_\(shape.name)_\(churn)" + (commits == .hybrid ? "" : "_\(commits.rawValue)")
            + (findsAges ? "" : "_without_ages") + (isBesideFull ? BenchLines.besideFullSuffix : "")
            + (seriesLimit == nil ? "" : BenchLines.limitedSuffix)
    }

    func run() async -> Measurement {
        var measurement = Measurement(name: name, figures: [], fault: nil)
        do {
            try await run(into: &measurement)
        } catch {
            measurement.fault = "it ended with an error: \(error)".filter { $0 != "\"" && $0 != "\\" }
        }
        return measurement
    }

    private func run(into measurement: inout Measurement) async throws {
        let meter = CallMeter { Int64(lagwarden_allocations_of_thread()) }
        let residentBefore = ProcessMeter.residentBytes() ?? 0
        let heapBefore = lagwarden_bytes_in_use()
        let (findsAges, seriesLimit) = (findsAges, seriesLimit)
        let bench = try LoadExporter(shape, commits: commits, meter: meter) { settings in
            if !findsAges { settings.time = nil }
            guard let seriesLimit else { return }
            settings.series = SeriesSettings(limit: seriesLimit, counter: SeriesCounting.counter)
        }
        ProcessMeter.forgetPeak()
        let first = await cost(meter) { await bench.start() }
        for _ in 0..<warmUpRounds { await step(bench) }
        var costs: [RoundCost] = []
        for _ in 0..<rounds {
            happen(in: bench)
            costs.append(await cost(meter) { await bench.round() })
        }
        let groupPartitions = Double(shape.groupPartitions)
        let resident = Double((ProcessMeter.residentBytes() ?? 0) - residentBefore)
        let heap = Double(lagwarden_bytes_in_use() - heapBefore)
        let round = RoundCost.median(of: costs)
        measurement.figures += [
            ("group_partitions", groupPartitions), ("churn_percent", Double(churn)),
            ("first_snapshot_cpu_seconds", first.cpuSeconds), ("first_snapshot_seconds", first.wallSeconds),
            ("round_cpu_seconds", round.cpuSeconds), ("round_wall_seconds", round.wallSeconds),
            ("round_cpu_seconds_least", costs.map(\.cpuSeconds).min() ?? 0),
            ("round_cpu_seconds_most", costs.map(\.cpuSeconds).max() ?? 0),
            ("source_cpu_seconds", round.sourceSeconds),
            ("requests_per_round", round.requests), ("record_bytes_per_round", round.recordBytes),
            ("allocations_per_round", round.allocations),
            ("resident_bytes", resident), ("resident_bytes_per_group_partition", resident / groupPartitions),
            ("resident_peak_bytes", Double(ProcessMeter.peakResidentBytes() ?? 0)),
            ("heap_bytes_per_group_partition", heap / groupPartitions),
        ]
        measurement.fault = fault(of: bench)
        if isBesideFull {
            let full = await fullRound(bench, meter).cpuSeconds
            measurement.figures += [
                ("full_round_cpu_seconds", full),
                ("part_of_full_round", full > 0 ? round.cpuSeconds / full : 0),
            ]
            measurement.fault = measurement.fault ?? fault(of: bench)
        } else if isScraped {
            try await scrape(bench, into: &measurement)
        }
        await bench.stop()
    }

    /// A round in which every topic gets records and every reader commits, after one more of them.
    private func fullRound(_ bench: LoadExporter, _ meter: CallMeter) async -> RoundCost {
        var costs: [RoundCost] = []
        for number in 0...fullRounds {
            happen(in: bench, churn: 100)
            let cost = await cost(meter) { await bench.round() }
            if number > 0 { costs.append(cost) }
        }
        return RoundCost.median(of: costs)
    }

    private func happen(in bench: LoadExporter, churn: Int? = nil) {
        let churn = churn ?? self.churn
        bench.happen { $0.churn(percent: churn, at: $1) }
    }

    private func step(_ bench: LoadExporter) async {
        happen(in: bench)
        await bench.round()
    }

    /// What is wrong with the newest snapshot; `nil` when nothing is.
    private func fault(of bench: LoadExporter) -> String? {
        guard let snapshot = bench.snapshot else { return "there is no snapshot" }
        let expected = bench.source.read { $0.lagSum() }
        var sum: Int64 = 0
        var count = 0
        for group in snapshot.groups {
            for topic in group.topics {
                for position in topic.partitions.indices {
                    sum += snapshot.lag(of: topic, at: position)?.lag ?? 0
                    count += 1
                }
            }
        }
        if snapshot.groups.count != shape.groups { return "\(snapshot.groups.count) groups" }
        if count != shape.groupPartitions { return "\(count) group-partitions" }
        if sum != expected { return "lags add up to \(sum), not to \(expected)" }
        if commits != snapshot.source { return "commits came from \(snapshot.source.rawValue)" }
        return nil
    }
}

/// What one round cost, without the scripted side.
struct RoundCost {
    var cpuSeconds: Double
    var wallSeconds: Double
    /// CPU time of the scripted side.
    var sourceSeconds: Double
    var allocations: Double
    var requests: Double
    var recordBytes: Double

    /// Each figure's own median.
    static func median(of costs: [RoundCost]) -> RoundCost {
        func middle(_ figure: (RoundCost) -> Double) -> Double {
            costs.isEmpty ? 0 : costs.map(figure).sorted()[costs.count / 2]
        }
        return RoundCost(
            cpuSeconds: middle(\.cpuSeconds), wallSeconds: middle(\.wallSeconds),
            sourceSeconds: middle(\.sourceSeconds), allocations: middle(\.allocations),
            requests: middle(\.requests), recordBytes: middle(\.recordBytes))
    }
}

extension LoadRun {
    private func cost(_ meter: CallMeter, _ work: () async -> Void) async -> RoundCost {
        let spent = meter.spent
        let allocated = lagwarden_allocations_of_process()
        let (cpu, wall) = (ProcessMeter.cpuSeconds(), ProcessMeter.wallSeconds())
        await work()
        let tookCPU = ProcessMeter.cpuSeconds() - cpu
        let tookWall = ProcessMeter.wallSeconds() - wall
        let allocations = Double(lagwarden_allocations_of_process() - allocated)
        let source = meter.spent - spent
        return RoundCost(
            cpuSeconds: tookCPU - source.cpuSeconds, wallSeconds: tookWall, sourceSeconds: source.cpuSeconds,
            allocations: allocations - Double(source.allocations), requests: Double(source.requests),
            recordBytes: Double(source.recordBytes))
    }

    /// Scrapes after some rounds: each kind twice, so that the second finds what the first has made.
    private func scrape(_ bench: LoadExporter, into measurement: inout Measurement) async throws {
        let client = ScrapeClient(port: bench.port)
        var outcomes: [String: [ScrapeClient.Outcome]] = [:]
        for _ in 0..<scrapedRounds {
            await step(bench)
            for (name, gzip) in [("plain", false), ("gzip", true)] {
                for number in ["first", "second"] {
                    let outcome = try await scrape(client, gzip: gzip)
                    outcomes["\(name)_\(number)", default: []].append(outcome)
                }
            }
        }
        for name in ["plain_first", "plain_second", "gzip_first", "gzip_second"] {
            let wall = outcomes[name]?.map(\.wallSeconds).min() ?? 0
            let cpu = outcomes[name]?.map(\.cpuSeconds).min() ?? 0
            measurement.figures += [
                ("scrape_\(name)_seconds", wall), ("scrape_\(name)_cpu_seconds", cpu),
            ]
        }
        let plain = outcomes["plain_second"]?.last, packed = outcomes["gzip_second"]?.last
        measurement.figures += [
            ("scrape_plain_bytes", Double(plain?.bodyBytes ?? 0)),
            ("scrape_gzip_bytes", Double(packed?.bodyBytes ?? 0)),
            ("resident_bytes_scraped", Double(ProcessMeter.residentBytes() ?? 0)),
            ("resident_peak_bytes_scraped", Double(ProcessMeter.peakResidentBytes() ?? 0)),
        ]
        measurement.fault = measurement.fault ?? fault(of: bench)
        let body = try await read(client, family: countedFamily)
        measurement.figures += [
            ("series", Double(body.samples)), ("copy_seconds", secondsToCopy(plain?.bodyBytes ?? 0)),
        ]
        let expected = bench.source.read { $0.lagSum() }
        if body.sum != expected {
            measurement.fault =
                measurement.fault ?? "lags in the body add up to \(body.sum), not to \(expected)"
        }
        if let seriesLimit, body.samples > seriesLimit + Self.ownSeriesMax {
            measurement.fault = measurement.fault ?? "there are \(body.samples) series"
        }
        // The exporter's own part differs from scrape to scrape by some digits.
        if let plain, let packed, abs(plain.bodyBytes - Int(packed.inflatedBytes)) > 4_096 {
            measurement.fault = measurement.fault ?? "a gzip body holds \(packed.inflatedBytes) bytes of text"
        }
    }

    private func scrape(_ client: ScrapeClient, gzip: Bool) async throws -> ScrapeClient.Outcome {
        let result = await BlockingCall.run { Result { try client.scrape(gzip: gzip) } }
        return try result.get()
    }

    /// Series about the exporter itself, which no limit counts.
    private static let ownSeriesMax = 2_000

    /// The finest family that shows every group's lag: partitions, or groups where folding may be.
    private var countedFamily: String {
        seriesLimit == nil ? "kafka_consumer_group_partition_lag" : "kafka_consumer_group_lag"
    }

    private func read(_ client: ScrapeClient, family: String) async throws -> BodyReader {
        let result = await BlockingCall.run {
            Result {
                var reader = BodyReader(family: family)
                _ = try client.scrape { reader.read($0) }
                return reader
            }
        }
        return try result.get()
    }
}
