import Foundation
import KafkaLauncher
import LagwardenTestKit
import Testing

/// Three brokers, of which one hangs or dies; the tests stand in the order in which the cluster gets worse.
@Suite(
    .enabled(if: KafkaRequirement.isMet), .serialized,
    .ownKafka(FaultScene.options, prepare: FaultScene.prepare), .timeLimit(.minutes(4)))
struct FaultTests {
    @Test("a paused broker costs its own groups and partitions, with reasons; the rest stays fresh and quick")
    func paused() async throws {
        let kafka = try OwnKafka.shared()
        var truth = try await FaultScene.truth(kafka)
        try await withExporter(bootstrap: kafka.cluster.bootstrap) { exporter in
            let before = try await exporter.wait(for: "all groups") { truth.isWhole(in: $0) }
            let coordinators = FaultScene.coordinators(in: before, of: truth)
            let leaders = try await FaultScene.leaders(kafka)
            let paused = 2
            #expect(Set(coordinators.values) == ["1", "2", "3"], "every broker coordinates some group")

            kafka.cluster.pause(paused)
            defer { kafka.cluster.resume(paused) }
            var took: [Duration] = []
            var gap = Duration.zero
            var lastChange = ContinuousClock.now
            var rounds = before.rounds
            var without: Scrape?
            let deadline = ContinuousClock.now + .seconds(60)
            while without == nil, ContinuousClock.now < deadline {
                let (scrape, duration) = try await exporter.timedScrape()
                took.append(duration)
                truth.check(scrape)
                if scrape.rounds != rounds {
                    gap = max(gap, ContinuousClock.now - lastChange)
                    (rounds, lastChange) = (scrape.rounds, .now)
                }
                if scrape.value("kafka_broker_up", ["broker": "\(paused)"]) == 0 { without = scrape }
                try await Task.sleep(for: .milliseconds(100))
            }
            let hanging = try #require(without, "the broker is not reported as down")
            took.sort()
            let median = took[took.count / 2]
            print(
                "FaultTests: \(took.count) scrapes beside a round of \(gap): median \(median),",
                "slowest \(took.last ?? .zero)")
            #expect(gap > .seconds(8), "the round did not meet the hanging broker")
            #expect(median < .seconds(2))
            #expect(took.allSatisfy { $0 < gap / 2 }, "a scrape waited for the round")

            FaultScene.expect(
                hanging, toLack: "\(paused)", coordinators: coordinators, leaders: leaders, truth: truth)
            #expect(hanging.value("kafka_broker_up", ["broker": "1"]) == 1)
            #expect(hanging.value("kafka_broker_up", ["broker": "3"]) == 1)
            #expect(hanging.unavailable("broker", "timed_out") == 1)

            // What the others lead and coordinate goes on: five records more are five more of lag.
            try await kafka.stage.produce(FaultScene.pinned, 0, count: 5)
            for group in truth.lags.keys where group.hasPrefix("wide") {
                truth.lags[group]?[.init(topic: FaultScene.pinned, partition: 0)]? += 5
            }
            let fresh = try await exporter.wait(for: "fresh numbers from the others") { scrape in
                scrape.log("high_watermark", FaultScene.pinned, 0) == 25
            }
            truth.check(fresh)
            #expect(fresh.log("high_watermark", FaultScene.pinned, 1) == nil, "its leader is paused")

            kafka.cluster.resume(paused)
            let back = try await exporter.wait(for: "everything again", within: .seconds(90)) {
                truth.isWhole(in: $0) && $0.unavailable == 0
            }
            truth.check(back)
            for broker in ["1", "2", "3"] { #expect(back.value("kafka_broker_up", ["broker": broker]) == 1) }
            let next = try await exporter.settled()
            #expect(
                next.value("lagwarden_rounds_total", ["outcome": "complete"]) ?? 0
                    > before.value("lagwarden_rounds_total", ["outcome": "complete"]) ?? .infinity)
        }
    }

    @Test("TERM and INT end it within five seconds with 0 while a broker hangs; a second one ends it at once")
    func signals() async throws {
        let kafka = try OwnKafka.shared()
        let truth = try await FaultScene.truth(kafka)
        // Two that are in the middle of a round, then two that know no other broker and never had one.
        let whole = kafka.cluster.bootstrap
        let alone = "127.0.0.1:\(try #require(kafka.cluster.port(of: 1)))"
        let inRound = [
            try await ServedExporter.start(bootstrap: whole),
            try await ServedExporter.start(bootstrap: whole),
        ]
        for exporter in inRound { try await exporter.wait(for: "all groups") { truth.isWhole(in: $0) } }
        kafka.cluster.pause(1)
        defer { kafka.cluster.resume(1) }
        let beforeFirst = try await ServedExporter.start(bootstrap: alone)
        for exporter in inRound {
            let rounds = try await exporter.scrape().rounds
            // At most one more round ends; then one hangs for ten seconds, of which this takes three.
            try await Task.sleep(for: .seconds(3))
            #expect(try await exporter.scrape().rounds <= rounds + 1, "no round hangs")
        }
        for (exporter, signal) in zip(inRound, [SIGTERM, SIGINT]) {
            await FaultScene.expectQuickEnd(of: exporter, after: signal)
        }
        #expect(try await beforeFirst.get("/-/ready").status == 503)
        await FaultScene.expectQuickEnd(of: beforeFirst, after: SIGTERM)

        // Its first request hangs for five seconds; between two requests it would end at once by itself.
        let stubborn = try await ServedExporter.start(bootstrap: alone).process
        try await Task.sleep(for: .seconds(1))
        stubborn.child.send(SIGTERM)
        #expect(await stubborn.waitForText("msg=stopping"))
        let second = ContinuousClock.now
        stubborn.child.send(SIGINT)
        let exit = await stubborn.child.waitForExit(within: .seconds(20))
        #expect(exit == .code(128 + SIGINT), "\(stubborn.error)")
        #expect(ContinuousClock.now - second < .seconds(2))
    }

    @Test(
        "a killed broker: groups move, leaderless partitions say so, and no scrape ever says a wrong number")
    func killed() async throws {
        let kafka = try OwnKafka.shared()
        let truth = try await FaultScene.truth(kafka)
        let killed = 3
        let place = Truth.Place(topic: FaultScene.pinned, partition: 2)
        try await withExporter(bootstrap: kafka.cluster.bootstrap) { exporter in
            let before = try await exporter.wait(for: "all groups") {
                truth.isWhole(in: $0) && $0.unavailable == 0
            }
            let coordinators = FaultScene.coordinators(in: before, of: truth)
            #expect(coordinators.values.contains("\(killed)"))
            await kafka.cluster.kill(killed)
            var scrapes = 0
            var absences: Set<String> = []
            let steady = truth.lags.filter { $0.key.hasPrefix("steady") }
            let after = try await exporter.wait(for: "the end of the move", within: .seconds(90)) { scrape in
                truth.check(scrape)
                scrapes += 1
                absences.formUnion(truth.lags.keys.compactMap { scrape.unavailability(of: $0) })
                let moved = FaultScene.coordinators(in: scrape, of: truth)
                return Truth(lags: steady).isWhole(in: scrape) && !moved.values.contains("\(killed)")
                    && scrape.log("leaderless", place.topic, place.partition) == 1
                    && scrape.unavailable <= 1
            }
            print(
                "FaultTests: \(scrapes) scrapes during the move, groups away because of \(absences.sorted())")
            #expect(!absences.isEmpty, "nothing was away, so nothing was tested")

            #expect(after.unavailable("partition", "leader_unavailable") == 1)
            #expect(after.unavailable == 1, "the one partition, and nothing else")
            for (group, lags) in truth.lags where lags[place] != nil {
                #expect(after.group("lag", group) == nil)
                #expect(after.topic("topic_lag", group, place.topic) == nil)
                #expect(after.group("unknown_partitions", group) == 1)
                #expect(after.partition("committed_offset", group, place.topic, place.partition) != nil)
                for partition: Int32 in [0, 1] {
                    let expected = lags[.init(topic: place.topic, partition: partition)]
                    #expect(after.partition("lag", group, place.topic, partition) == expected)
                }
            }
            for group in steady.keys.sorted() {
                let rows = try await kafka.oracle.offsets(of: group)
                #expect(rows.count == 3)
                for row in rows {
                    let lag = after.partition("lag", group, row.topic, row.partition)
                    #expect(lag == row.lag.map(Double.init))
                }
                let state = try await kafka.oracle.states(of: group).first
                #expect(after.info(of: group)["coordinator"] == state.map { "\($0.coordinatorID)" })
            }
        }
    }
}

/// What the three brokers hold, and questions about it.
enum FaultScene {
    /// Three partitions on all brokers: whoever dies, another one leads.
    static let replicated = "replicated"
    /// Three partitions, of which each broker has one alone.
    static let pinned = "pinned"

    /// A broker counts as dead late enough for a round of ten seconds to meet it.
    static let options = KafkaClusterOptions(
        brokers: 3, overrides: ["broker.session.timeout.ms": "16000"])

    static let groups = (0..<9).map { "steady-\($0)" } + (0..<6).map { "wide-\($0)" }

    static let prepare: @Sendable (OwnKafka) async throws -> Void = { kafka in
        try await kafka.stage.createTopic(replicated, replicas: [[1, 2, 3], [2, 3, 1], [3, 1, 2]])
        try await kafka.stage.createTopic(pinned, replicas: [[1], [2], [3]])
        for partition: Int32 in 0..<3 {
            try await kafka.stage.produce(replicated, partition, count: 10)
            try await kafka.stage.produce(pinned, partition, count: 20)
        }
        for group in groups { try await kafka.stage.commitOffsets(group, commits(of: group)) }
    }

    /// Everybody commits on the replicated topic, the wide ones on the other too.
    private static func commits(of group: String) -> [PartitionOffset] {
        let number = Int64(group.split(separator: "-").last ?? "") ?? 0
        let steady = (0..<3).map { PartitionOffset(replicated, Int32($0), (number + $0) % 10) }
        guard group.hasPrefix("wide") else { return steady }
        return steady + (0..<3).map { PartitionOffset(pinned, Int32($0), number + $0) }
    }

    /// Every lag, from the ends as Kafka's own client sees them while all brokers live.
    static func truth(_ kafka: OwnKafka) async throws -> Truth {
        let ends = [
            replicated: try await kafka.stage.endOffsets(replicated),
            pinned: try await kafka.stage.endOffsets(pinned),
        ]
        var truth = Truth()
        for group in groups {
            for commit in commits(of: group) {
                let end = ends[commit.topic]?[Int(commit.partition)] ?? -1
                let place = Truth.Place(topic: commit.topic, partition: commit.partition)
                truth.lags[group, default: [:]][place] = Double(end - commit.offset)
            }
        }
        return truth
    }

    /// Coordinator of each group that has one now.
    static func coordinators(in scrape: Scrape, of truth: Truth) -> [String: String] {
        var result: [String: String] = [:]
        for group in truth.lags.keys { result[group] = scrape.info(of: group)["coordinator"] }
        return result
    }

    static func leaders(_ kafka: OwnKafka) async throws -> [Truth.Place: String] {
        var leaders: [Truth.Place: String] = [:]
        for topic in [replicated, pinned] {
            for row in try await kafka.stage.describeTopic(topic) {
                leaders[.init(topic: topic, partition: row.partition)] = row.leader.map { "\($0)" }
            }
        }
        return leaders
    }

    /// Checks that exactly the groups and partitions of one broker are missing.
    static func expect(
        _ scrape: Scrape, toLack broker: String, coordinators: [String: String],
        leaders: [Truth.Place: String], truth: Truth
    ) {
        for (group, lags) in truth.lags {
            guard coordinators[group] != broker else {
                #expect(scrape.unavailability(of: group) == "timed_out", "\(group)")
                #expect(scrape.group("lag", group) == nil)
                #expect(scrape.group("members", group) == nil)
                #expect(scrape.state(of: group) == nil)
                let topic = scrape.topic("records_consumed_total", group, replicated)
                #expect(topic != nil, "counters stay true: \(group)")
                continue
            }
            #expect(scrape.unavailability(of: group) == nil)
            for (place, lag) in lags {
                let said = scrape.partition("lag", group, place.topic, place.partition)
                #expect(said == (leaders[place] == broker ? nil : lag), "\(group), \(place)")
            }
            let missing = lags.keys.filter { leaders[$0] == broker }.count
            #expect(missing > 0)
            #expect(scrape.group("unknown_partitions", group) == Double(missing))
        }
        let lost = leaders.values.filter { $0 == broker }.count
        #expect(scrape.unavailable("partition", "timed_out") == Double(lost))
    }

    /// Sends a signal and expects the process to end in good order soon.
    static func expectQuickEnd(of exporter: ServedExporter, after signal: Int32) async {
        let start = ContinuousClock.now
        exporter.process.child.send(signal)
        let exit = await exporter.process.child.waitForExit(within: .seconds(20))
        let took = ContinuousClock.now - start
        print("FaultTests: signal \(signal) ended the exporter in \(took)")
        #expect(exit == .code(0), "\(exporter.process.error)")
        #expect(took < .seconds(5))
    }
}
