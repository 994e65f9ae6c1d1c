import ClusterAccess
import HTTPService
import LagAnalysis
import LagModel
import Monitor

/// Thousands of rounds in which groups, topics and members come and go, with scrapes in between.
///
/// What the exporter holds must not grow with the names that it has seen, only with those that are there.
package struct Soak: Sendable {
    /// What was looked at, some hundred times in the course of a soak.
    package struct Sample: Hashable, Sendable {
        package var round: Int
        package var residentBytes: Int
        /// Bytes in blocks that are in use; 0 where nobody counts them.
        package var heapBytes: Int
        package var descriptors: Int
        package var threads: ProcessMeter.Threads
        /// Series in a scrape.
        package var series: Int

        package init(
            round: Int, residentBytes: Int, heapBytes: Int = 0, descriptors: Int,
            threads: ProcessMeter.Threads, series: Int
        ) {
            self.round = round
            self.residentBytes = residentBytes
            self.heapBytes = heapBytes
            self.descriptors = descriptors
            self.threads = threads
            self.series = series
        }
    }

    package let rounds: Int
    package let shape: LoadShape
    private let seed: UInt64
    private let isShort: Bool
    /// Bytes in blocks that are in use, where somebody counts them.
    private let heapBytes: @Sendable () -> Int
    /// Called after each round, for a leak that the soak's own test wants to see found.
    package var leak: (@Sendable (_ round: Int) -> Void)?

    /// 4,000 group-partitions with the windows of the defaults, or less of both where less than 2,000 rounds
    /// would be over before all that is remembered for a time has been forgotten once.
    package init(
        rounds: Int, seed: UInt64 = 1, heapBytes: @escaping @Sendable () -> Int = { 0 }
    ) {
        self.rounds = rounds
        self.seed = seed
        self.heapBytes = heapBytes
        isShort = rounds < 2_000
        shape =
            isShort
            ? LoadShape(
                name: "soak", topics: 8, partitionsPerTopic: 10, groups: 24, groupsPerTopic: 3,
                membersPerGroup: 2)
            : LoadShape(
                name: "soak", topics: 40, partitionsPerTopic: 20, groups: 200, groupsPerTopic: 5,
                membersPerGroup: 2)
    }

    /// Growth that is still none.
    package var limits: SoakVerdict.Limits { isShort ? .short : .full }

    /// Rounds between two looks.
    private var pace: Int { max(1, rounds / 100) }

    /// Runs all rounds and returns what was seen; `fault` is the first wrong answer.
    package func run() async -> (samples: [Sample], fault: String?) {
        var samples: [Sample] = []
        do {
            let isShort = isShort
            let bench = try LoadExporter(shape, seed: seed) { settings in
                guard isShort else { return }
                settings.evaluation.window = .seconds(60)
                settings.ledger.growthWindow = .seconds(60)
            }
            await bench.start()
            var fault: String?
            for round in 1...max(1, rounds) {
                bench.happen { $0.live(percent: 10, at: $1) }
                await bench.round()
                leak?(round)
                guard round.isMultiple(of: pace) else { continue }
                // A round in which nothing goes, after which nothing that is gone may be left.
                await bench.round()
                // Before the scrape: a connection lets go of its body some time after the last byte.
                var sample = look(round)
                let body = try await scrape(bench)
                sample.series = body.samples
                samples.append(sample)
                fault = wrongAnswer(bench, body)
                if let fault { return (samples, "round \(round): \(fault)") }
            }
            await bench.stop()
            return (samples, nil)
        } catch {
            return (samples, "it ended with an error: \(error)")
        }
    }

    private func look(_ round: Int) -> Sample {
        Sample(
            round: round, residentBytes: ProcessMeter.residentBytes() ?? 0, heapBytes: heapBytes(),
            descriptors: ProcessMeter.descriptors() ?? 0,
            threads: ProcessMeter.threads() ?? .init(own: 0, pool: 0), series: 0)
    }

    private func scrape(_ bench: LoadExporter) async throws -> BodyReader {
        let client = ScrapeClient(port: bench.port)
        // On a thread that ends with it: one more in the pool would stay while the rounds keep it busy.
        let result = await withCheckedContinuation { continuation in
            BackgroundWork.start {
                continuation.resume(
                    returning: Result {
                        _ = try client.scrape(gzip: true)
                        var reader = BodyReader(family: "kafka_consumer_group_partition_lag")
                        _ = try client.scrape { reader.read($0) }
                        return reader
                    })
            }
        }
        return try result.get()
    }

    /// Groups and topics in the snapshot are those of the cluster, and lags add up.
    private func wrongAnswer(_ bench: LoadExporter, _ body: BodyReader) -> String? {
        guard let snapshot = bench.snapshot else { return "there is no snapshot" }
        let (groups, topics, sum) = bench.source.read { cluster in
            (Set(cluster.groups.map(\.id)), Set(cluster.topics.map(\.name)), cluster.lagSum())
        }
        let shown = Set(snapshot.groups.map(\.id))
        if shown != groups {
            return "\(shown.subtracting(groups).count) groups are shown that are gone, "
                + "\(groups.subtracting(shown).count) are missing"
        }
        let named = Set(snapshot.topics.map(\.name)).union(
            snapshot.groups.flatMap { $0.topics.map(\.name) })
        if named != topics {
            return "\(named.subtracting(topics).count) topics are shown that are gone, "
                + "\(topics.subtracting(named).count) are missing"
        }
        if body.familySamples != shape.groupPartitions { return "\(body.familySamples) lags in the body" }
        if body.sum != sum { return "lags in the body add up to \(body.sum), not to \(sum)" }
        return nil
    }
}
