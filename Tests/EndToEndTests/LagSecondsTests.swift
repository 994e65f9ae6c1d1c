import Foundation
import KafkaLauncher
import LagwardenTestKit
import Testing

extension RealKafka {
    /// Lag in seconds against a workload that knows when it produced each record.
    @Suite struct LagSecondsTests {
        @Test(
            "lag in seconds is right at random moments and in the first snapshot after a restart",
            arguments: LoadedLibrary.available)
        func againstTheTruth(_ library: LoadedLibrary) async throws {
            let kafka = try SharedKafka.shared()
            let seed = Self.seed
            print("LagSecondsTests: \(library), seed \(seed) (LAGWARDEN_SEED repeats it)")
            let workload = try await AgeScene.make(kafka, library.rawValue, seed: seed)
            let (start, records) = (ContinuousClock.now, try await kafka.stage.startWorkload(workload))
            do {
                // One group has fallen behind the log.
                try await kafka.stage.deleteRecords(AgeScene.past(library.rawValue), 0, before: 9_000)
                try await atRandomMoments(kafka, workload, library, seed)
                for source in ["admin", "hybrid"] {
                    try await afterRestart(kafka, workload, library, source: source)
                }
            } catch {
                _ = try? await kafka.stage.stopWorkload(workload.name)
                throw error
            }
            let all = try await kafka.stage.stopWorkload(workload.name)
            print(
                "LagSecondsTests: \(library), \(records) records of the past, \(all - records) more in",
                "\((ContinuousClock.now - start).components.seconds) s")
            #expect(all > records)
        }

        /// The seed of the environment, or another for each run.
        private static var seed: Int64 {
            ProcessInfo.processInfo.environment["LAGWARDEN_SEED"].flatMap { Int64($0) }
                ?? Int64.random(in: 1..<1_000_000)
        }

        private func atRandomMoments(
            _ kafka: SharedKafka, _ workload: StageWorkload, _ library: LoadedLibrary, _ seed: Int64
        ) async throws {
            var random = SeededRandom(seed: UInt64(seed))
            try await withExporter(
                bootstrap: kafka.cluster.bootstrap, settings: AgeScene.settings, arguments: SharedKafka.pace,
                environment: library.environment
            ) { exporter in
                var truth = AgeTruth(kafka.stage, workload)
                let first = try await exporter.wait(for: "all groups") { AgeScene.isWhole($0, workload) }
                var (before, spent) = (first, [Double]())
                for _ in 0..<20 {
                    try await Task.sleep(for: .milliseconds(Int.random(in: 100..<2_000, using: &random)))
                    let scrape = try await exporter.scrape()
                    try await truth.compare(scrape)
                    let rounds = scrape.rounds - before.rounds
                    guard rounds > 0 else { continue }
                    spent.append((scrape.lookupRequests - before.lookupRequests) / rounds)
                    before = scrape
                }
                print("LagSecondsTests: \(library), 20 moments: \(truth.summary)")
                print(
                    "LagSecondsTests: \(library), requests for each round: median",
                    spent.sorted()[spent.count / 2], "most", spent.max() ?? 0)
                judge(truth)
                let rounds = before.rounds - first.rounds
                #expect(before.lookupRequests - first.lookupRequests <= rounds * AgeScene.requestsMax)
                #expect(before.lookupRequests > 0)
            }
        }

        /// The first snapshot of another process.
        private func afterRestart(
            _ kafka: SharedKafka, _ workload: StageWorkload, _ library: LoadedLibrary, source: String
        ) async throws {
            try await withExporter(
                bootstrap: kafka.cluster.bootstrap, settings: AgeScene.settings,
                arguments: ["--poll.interval=30s", "--source=\(source)"], environment: library.environment
            ) { exporter in
                let scrape = try await exporter.wait(for: "the first snapshot") {
                    $0.value("lagwarden_snapshot_timestamp_seconds") != nil
                }
                #expect(scrape.rounds <= (source == "admin" ? 1 : 2))
                var truth = AgeTruth(kafka.stage, workload)
                try await truth.compare(scrape)
                print(
                    "LagSecondsTests: \(library), first snapshot (\(source)): \(truth.summary),",
                    "\(scrape.lookupRequests) requests")
                judge(truth)
                #expect(scrape.lookupRequests <= 10 * AgeScene.requestsMax)
            }
        }

        private func judge(_ truth: AgeTruth) {
            #expect(truth.samples.count > 40)
            #expect(truth.idle > 0)
            #expect(truth.absent == 0)
            #expect(truth.error(atMostIn: 0.5) <= 1)
            #expect(truth.samples.count { !$0.isGood } * 100 <= truth.samples.count)
        }
    }
}

/// The workload of ``RealKafka/LagSecondsTests``.
enum AgeScene {
    /// `lag_seconds.max_requests`, as it is without a word in the configuration.
    static let requestsMax = 30.0

    static let settings = """
        poll:
          jitter: 0
          metadata_interval: 1s
          stale_after: 1m

        """

    static func past(_ name: String) -> String { "seconds-\(name)-past" }

    /// Topics and groups, which write and read nothing yet.
    static func make(_ kafka: SharedKafka, _ name: String, seed: Int64) async throws -> StageWorkload {
        var streams: [StageWorkload.Stream] = []
        func topic(
            _ kind: String, partitions: Int, configs: [String: String] = [:],
            _ stream: (inout StageWorkload.Stream) -> Void
        ) async throws {
            let topic = try await kafka.topic(
                "seconds-\(name)-\(kind)", partitions: partitions, configs: configs)
            for partition in 0..<partitions {
                var made = StageWorkload.Stream(topic, Int32(partition), perSecond: 20)
                stream(&made)
                streams.append(made)
            }
        }
        // A hundred to one, and a partition in which there has never been anything.
        try await topic("skewed", partitions: 4) { stream in
            stream.perSecond = [300, 3, 3, 0][Int(stream.partition)]
            stream.burst = stream.partition == 1 ? 500 : 0
            stream.pauses = stream.partition == 2
        }
        // Small segments, so that look-ups meet more than one.
        try await topic("past", partitions: 4, configs: ["segment.bytes": "1048576"]) { stream in
            (stream.historyRecords, stream.historyMilliseconds) = (20_000, 6 * 3_600_000)
            stream.pauses = stream.partition == 1
        }
        try await topic("shuffled", partitions: 2) { stream in
            (stream.historyRecords, stream.historyMilliseconds) = (5_000, 3_600_000)
            stream.disorderMilliseconds = 90_000
        }
        try await topic(
            "appended", partitions: 2, configs: ["message.timestamp.type": "LogAppendTime"]
        ) { stream in
            stream.isAppendTime = true
            stream.burst = 400
        }
        try await topic("transactions", partitions: 2) { stream in
            stream.isTransactional = true
            stream.perSecond = 10
        }
        let groups: [StageWorkload.Group] = [
            .init("seconds-\(name)-tail", .tail), .init("seconds-\(name)-stopped", .steady, start: 0.3),
            .init("seconds-\(name)-slow", .steady, perSecond: 15),
            .init("seconds-\(name)-backlog", .steady, perSecond: 800, start: 0.1),
            .init("seconds-\(name)-wandering", .wandering, perSecond: 10),
        ]
        for group in groups { _ = kafka.group(group.name) }
        return StageWorkload("seconds-\(name)", seed: seed, streams: streams, groups: groups)
    }

    /// Whether every partition of every group is there.
    static func isWhole(_ scrape: Scrape, _ workload: StageWorkload) -> Bool {
        workload.groups.allSatisfy { group in
            workload.streams.allSatisfy {
                scrape.partition("lag", group.name, $0.topic, $0.partition) != nil
            }
        }
    }
}

/// The librdkafka that the binary is run with.
enum LoadedLibrary: String, Sendable, CustomTestStringConvertible {
    case system, newest

    var testDescription: String { "\(rawValue) librdkafka" }

    static let available: [LoadedLibrary] = NewestLibrdkafka.isAvailable ? [.system, .newest] : [.system]

    var environment: [String: String?] {
        self == .newest ? ["LD_LIBRARY_PATH": NewestLibrdkafka.folders] : [:]
    }
}

extension Scrape {
    /// Look-ups by time since the start.
    var lookupRequests: Double { value("lagwarden_time_lookup_requests_total") ?? 0 }
}
