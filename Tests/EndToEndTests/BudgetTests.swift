import Foundation
import KafkaLauncher
import LagwardenTestKit
import Testing

/// What a round costs the brokers, and a scrape the scraper, on a cluster of some size.
@Suite(
    .enabled(if: KafkaRequirement.isMet), .serialized,
    .ownKafka(BudgetScene.options, prepare: BudgetScene.prepare), .timeLimit(.minutes(4)))
struct BudgetTests {
    @Test(
        "a round keeps to its budget of requests, and a paused broker does not slow a scrape",
        arguments: ["admin", "hybrid"])
    func requests(source: String) async throws {
        let kafka = try OwnKafka.shared()
        let settings = "source: \(source)\n" + BudgetScene.settings
        try await withExporter(bootstrap: kafka.cluster.bootstrap, settings: settings) {
            exporter in
            let first = try await exporter.wait(for: "all groups", within: .seconds(120)) { scrape in
                let loading = scrape.value("lagwarden_offsets_partitions", ["state": "loading"])
                guard source == "admin" || loading == 0 else { return false }
                return BudgetScene.groups.allSatisfy { scrape.group("lag", $0) == BudgetScene.lag }
                    && BudgetScene.members.allSatisfy { scrape.group("members", $0) == 1 }
            }
            #expect(BudgetScene.groups.allSatisfy { first.group("partitions", $0) == BudgetScene.partitions })
            // The counts are those of whole rounds: taken when one has just ended, seconds before the next.
            let start = try await Self.endOfRound(exporter)
            var end = start
            while end.rounds < start.rounds + 5 { end = try await Self.endOfRound(exporter) }
            let rounds = end.rounds - start.rounds
            func each(_ apis: String...) -> Double {
                let total = apis.map { Self.requests(end, $0) - Self.requests(start, $0) }.reduce(0, +)
                return total / rounds
            }
            let duration = Self.roundSeconds(end) - Self.roundSeconds(start)
            print(
                """
                BudgetTests: source \(source), \
                \(Int(BudgetScene.partitions)) partitions, \(BudgetScene.groups.count) groups, \
                \(BudgetScene.members.count) with members, \(Int(rounds)) rounds of \(duration / rounds) s; \
                requests a round: ListGroups \(each("ListGroups")), Metadata \(each("Metadata")), \
                ListOffsets \(each("ListOffsets")), OffsetFetch \(each("OffsetFetch")), \
                DescribeGroups \(each("DescribeGroups"))
                """)
            #expect(each("ListGroups", "Metadata") <= 3, "for one broker")
            // The offsets topic is asked for its ends by itself, in a request of its own.
            let ends = 2 * BudgetScene.partitions / 500 + (source == "admin" ? 0 : 2)
            #expect(each("ListOffsets") <= ends, "for one leader")
            #expect(each("OffsetFetch") <= (source == "admin" ? Double(BudgetScene.groups.count) : 10))
            #expect(each("DescribeGroups") <= (source == "admin" ? Double(BudgetScene.members.count) : 0))
            #expect(each("ListGroups") > 0 && each("ListOffsets") > 0)
            #expect(source != "admin" || each("OffsetFetch") > 0)

            let quick = try await Self.durations(of: exporter, for: .seconds(3))
            kafka.cluster.pause(1)
            defer { kafka.cluster.resume(1) }
            let paused = try await Self.durations(of: exporter, for: .seconds(9))
            kafka.cluster.resume(1)
            let (usual, beside) = (quick[quick.count / 2], paused[paused.count / 2])
            print(
                "BudgetTests: a scrape takes \(usual), beside a paused broker \(beside), "
                    + "the slowest of \(paused.count) \(paused.last ?? .zero)")
            #expect(beside < max(usual * 5, .seconds(2)))
            #expect(paused.allSatisfy { $0 < .seconds(5) }, "a round takes ten")
            try await exporter.wait(for: "the broker again") { scrape in
                scrape.rounds > end.rounds + 1 && scrape.value("lagwarden_up") == 1
                    && BudgetScene.groups.allSatisfy { scrape.group("lag", $0) == BudgetScene.lag }
            }
        }
    }

    @Test("TERM ends it within five seconds with 0 while somebody reads a large scrape, slowly")
    func slowReader() async throws {
        let kafka = try OwnKafka.shared()
        let settings = ServedExporter.patient + "topics:\n  include: [budget-0]\n"
        let exporter = try await ServedExporter.start(bootstrap: kafka.cluster.bootstrap, settings: settings)
        try await exporter.waitForReady(200, within: .seconds(120))
        let socket = try ClientSocket(port: exporter.port, timeout: .seconds(60))
        try socket.send(Array("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
        let beginning = try socket.receive(atMost: 512)
        #expect(String(decoding: beginning, as: UTF8.self).hasPrefix("HTTP/1.1 200"))
        let start = ContinuousClock.now
        exporter.process.child.send(SIGTERM)
        let exit = await exporter.process.child.waitForExit(within: .seconds(20))
        let took = ContinuousClock.now - start
        print("BudgetTests: TERM during a scrape ended the exporter in \(took)")
        #expect(exit == .code(0), "\(exporter.process.error)")
        #expect(took < .seconds(5))
        #expect(try socket.receive().isEmpty == false, "the socket was open until now")
    }

    /// The first scrape after the end of a round.
    private static func endOfRound(_ exporter: ServedExporter) async throws -> Scrape {
        let before = try await exporter.scrape().rounds
        return try await exporter.wait(for: "the end of a round") { $0.rounds > before }
    }

    private static func requests(_ scrape: Scrape, _ api: String) -> Double {
        scrape.document.samples("lagwarden_kafka_requests_total", matching: ["api": api])
            .map(\.value).reduce(0, +)
    }

    private static func roundSeconds(_ scrape: Scrape) -> Double {
        scrape.document.samples("lagwarden_round_duration_seconds_sum").map(\.value).reduce(0, +)
    }

    /// How long scrapes take, one after the other, ascending.
    private static func durations(
        of exporter: ServedExporter, for time: Duration
    ) async throws -> [Duration] {
        var durations: [Duration] = []
        let deadline = ContinuousClock.now + time
        while ContinuousClock.now < deadline {
            durations.append(try await exporter.timedScrape().took)
            try await Task.sleep(for: .milliseconds(50))
        }
        return durations.sorted()
    }
}

/// Two thousand partitions, and fifty groups that have committed on all of them.
enum BudgetScene {
    static let topics = (0..<4).map { "budget-\($0)" }
    static let partitionsPerTopic = 500
    static let partitions = Double(topics.count * partitionsPerTopic)
    static let groups = (0..<50).map { "budget-group-\($0)" }
    /// Groups with a member.
    static let members = [groups[7], groups[21]]
    /// Records, and commits behind them, are in the first partition of each topic.
    static let lag = Double(3 * topics.count)

    static let options = KafkaClusterOptions(
        overrides: ["log.index.size.max.bytes": "65536"], heapMegabytes: 512)

    static let settings = """
        poll:
          interval: 3s
          jitter: 0
          stale_after: 5m
        granularity: group

        """

    static let prepare: @Sendable (OwnKafka) async throws -> Void = { kafka in
        let start = ContinuousClock.now
        for topic in topics {
            try await kafka.stage.createTopic(topic, partitions: partitionsPerTopic)
            try await kafka.stage.produce(topic, count: 3)
        }
        let commits = topics.flatMap { topic in
            (0..<partitionsPerTopic).map { PartitionOffset(topic, Int32($0), 0) }
        }
        for group in groups { try await kafka.stage.commitOffsets(group, commits) }
        for group in members {
            try await kafka.stage.startMember(StageMember(group, group: group, topics: [topics[0]]))
        }
        for group in members {
            try await kafka.stage.waitForAssignment(of: [group], partitions: partitionsPerTopic)
        }
        print("BudgetTests: the scene took \(ContinuousClock.now - start)")
    }
}
