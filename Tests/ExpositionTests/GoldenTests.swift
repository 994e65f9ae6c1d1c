import ClusterAccess
import Exposition
import Foundation
import LagModel
import Testing

/// Whole bodies against documents that were checked by hand and with `promtool check metrics`.
@Suite struct GoldenTests {
    @Test(arguments: [
        (ExpositionFormat.text, "scrape.txt"), (.openMetrics, "scrape.openmetrics"),
    ])
    func `a scrape is byte for byte as written down`(format: ExpositionFormat, file: String) throws {
        let part = KafkaExposition.render([SnapshotFixtures.everything()], format: format)
        let body = part.bytes + ExporterExposition.render(Self.facts(part.seriesByFamily), format: format)
        if let folder = ProcessInfo.processInfo.environment["LAGWARDEN_WRITE_GOLDEN"] {
            try Data(body).write(to: URL(filePath: folder).appending(path: file))
        }
        let golden = try Data(contentsOf: Bundle.module.bundleURL.appending(path: "Golden/\(file)"))
        #expect(String(decoding: body, as: UTF8.self) == String(decoding: golden, as: UTF8.self))
    }

    static func facts(_ series: [FamilySeries]) -> ExporterFacts {
        var durations = DurationHistogram()
        for seconds in [0.004, 0.2, 0.25, 45] { durations.record(seconds: seconds) }
        var requests = RequestStatistics()
        requests.record(.metadata, broker: nil, seconds: 0.002, failure: nil)
        requests.record(.offsetFetch, broker: BrokerID(10), seconds: 5, failure: .timedOut)
        requests.record(.offsetFetch, broker: BrokerID(9), seconds: 0.5, failure: nil)
        requests.throttleMilliseconds = [BrokerID(9): 1_250]
        requests.allowances = [
            BrokerID(10): RequestAllowance(requestsPerSecond: 1_000, inFlight: 32),
            BrokerID(9): RequestAllowance(requestsPerSecond: 62.5, inFlight: 2, rest: .seconds(1)),
        ]
        var facts = ExporterFacts(
            build: .init(version: "0.1.0", revision: "abc", swift: "6.3", librdkafka: "2.0.2"),
            clusters: [
                ClusterFacts(
                    cluster: "west", isUp: false, source: .admin, rounds: ["complete": 0, "failed": 2]),
                ClusterFacts(
                    cluster: "east", constantLabels: [.init(name: "team", value: "a \"b\"")], isUp: true,
                    snapshotAge: .milliseconds(1_500), source: .hybrid, roundDurations: durations,
                    rounds: ["complete": 3, "partial": 1],
                    lastSuccess: WallTime(nanosecondsSince1970: 1_700_000_000_500_000_000),
                    requests: requests),
            ],
            seriesByFamily: series.filter { $0.count > 10 },
            scrapeBytes: ["identity": 5_000, "gzip": 900], scrapeDurations: ["identity": durations],
            httpRequests: [
                .init(path: "/metrics", code: 200): 4, .init(path: "/-/ready", code: 503): 1,
                .init(path: "/metrics", code: 405): 1,
            ],
            process: ProcessFacts(
                cpuSeconds: 1.25, residentMemoryBytes: 20_000_000, virtualMemoryBytes: 300_000_000,
                openDescriptors: 12, descriptorsMax: 1_024,
                startTime: WallTime(nanosecondsSince1970: 1_699_990_000_120_000_000), threads: 5))
        facts.clusters[1].openIncidents = 2
        facts.sinks = [
            .init(
                name: "on-call", attempts: ["delivered": 7, "failed": 1, "refused": 0],
                dropped: ["gave_up": 1, "queue_full": 0], queueLength: 3)
        ]
        return facts
    }

    @Test func `facts that are not there leave no trace`() throws {
        let facts = ExporterFacts(
            build: .init(version: "1", revision: "", swift: "6", librdkafka: "2"),
            clusters: [ClusterFacts(cluster: "c", isUp: false)])
        let body = ExporterExposition.render(facts, format: .openMetrics)
        let parsed = try ParsedExposition(body)
        #expect(
            parsed.families == [
                "lagwarden_build_info", "lagwarden_up", "lagwarden_source",
                "lagwarden_round_duration_seconds",
            ])
        #expect(parsed.samples(named: "lagwarden_up").map(\.number) == ["0"])
        #expect(parsed.samples(named: "lagwarden_source").map(\.number) == ["1", "0", "0"])
        #expect(String(decoding: body, as: UTF8.self).hasSuffix("\n# EOF\n"))
    }

    @Test func `every exporter family can be rendered, in catalogue order`() throws {
        let body = ExporterExposition.render(
            Self.facts([FamilySeries(family: "x", count: 20)]), format: .text)
        #expect(try ParsedExposition(body).families == Catalogue.exporter.map(\.name))
    }

    @Test func `buckets cumulate to the count`() throws {
        let parsed = try ParsedExposition(ExporterExposition.render(Self.facts([]), format: .text))
        let name = "lagwarden_round_duration_seconds"
        let buckets = parsed.samples(named: name + "_bucket").filter { $0.values[0] == "east" }
        #expect(buckets.map { $0.labels.last } == Array(repeating: "le", count: buckets.count))
        #expect(
            buckets.map(\.number) == [0, 0, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 4].map { "\($0)" })
        #expect(buckets.last?.values.last == "+Inf")
        #expect(parsed.samples(named: name + "_count").first?.number == "4")
        #expect(parsed.samples(named: name + "_sum").first?.number == "45.454")
    }
}
