import Foundation
import KafkaLauncher
import LagwardenTestKit
import Locking
import Testing

extension WatchedKafka {
    /// Replicas that share the groups of a cluster, of which one dies and one stands still for a while.
    @Suite struct ShardingTests {
        @Test("each group is served by one replica, also after another was killed, or paused and continued")
        func threeReplicas() async throws {
            let kafka = try OwnKafka.shared()
            let stage = kafka.stage
            try await stage.createTopic("shared")
            let groups = (0..<40).map { "shared-\($0)" }
            for group in groups { try await stage.commitOffsets(group, [PartitionOffset("shared", 0, 0)]) }

            var replicas: [ServedExporter] = []
            for _ in 0..<3 {
                replicas.append(
                    try await ServedExporter.start(
                        bootstrap: kafka.cluster.bootstrap, settings: Self.settings))
            }
            let watch = ReplicaWatch(replicas, groups: Set(groups))
            try await watch.waitUntilShared(among: [0, 1, 2], within: .seconds(60))
            try await Self.expectAgreement(replicas)
            watch.begin()

            let survivors = [try await Self.reading(replicas[1]), try await Self.reading(replicas[2])]
            replicas[0].process.child.send(SIGKILL)
            watch.ignore(0)
            let killed = ContinuousClock.now
            try await watch.waitUntilShared(among: [1, 2], within: .seconds(30))
            let takenOver = ContinuousClock.now - killed
            for (number, before) in zip([1, 2], survivors) {
                let after = try await Self.reading(replicas[number])
                let ends = try await stage.endOffsets("__consumer_offsets")
                #expect(before.partitions.isSubset(of: after.partitions), "what it had has moved")
                let gained = after.partitions.subtracting(before.partitions).map { Int(ends[$0]) }
                // What other tests of this cluster write meanwhile comes on top of it, once.
                let new = zip(ends, before.ends).map { Int($0) - Int($1) }.reduce(0, +)
                let read = after.records - before.records
                #expect(read <= gained.reduce(0, +) + new, "partitions that stay are read again")
            }
            try await Self.expectAgreement(Array(replicas[1...]))

            replicas[1].process.child.send(SIGSTOP)
            let paused = ContinuousClock.now
            try await watch.waitUntilShared(among: [2], within: .seconds(30))
            let takenOverAgain = ContinuousClock.now - paused
            replicas[1].process.child.send(SIGCONT)
            try await watch.waitUntilShared(among: [1, 2], within: .seconds(40))
            try await Task.sleep(for: .seconds(3))
            let spans = await watch.end()
            print(
                "ShardingTests: taken over after \(takenOver) and \(takenOverAgain),",
                "longest time without a server \(spans.unserved), with two \(spans.doubled)",
                "in \(spans.looks) looks")
            // The session, a round, and what a busy machine takes for both.
            let limit = Self.session + .seconds(2) + .seconds(6)
            #expect(takenOver < limit)
            #expect(takenOverAgain < limit)
            #expect(spans.unserved < limit)
            #expect(spans.doubled < Self.session + .seconds(2))
            for replica in replicas[1...] { #expect(await replica.stop().exit == .code(0)) }
        }

        private static let session = Duration.seconds(6)

        private static let settings =
            WatchedScene.settings + "sharding: {enabled: true, session_timeout: 6s}\n"
            + "groups: {include: [\"/shared-.*/\"]}\n"

        /// What a replica has read, and holds.
        private static func reading(
            _ replica: ServedExporter
        ) async throws -> (partitions: Set<Int>, records: Int, ends: [Int64]) {
            let kafka = try OwnKafka.shared()
            let ends = try await kafka.stage.endOffsets("__consumer_offsets")
            let scrape = try await replica.settled()
            let held = scrape.document.samples("lagwarden_shard_partition").filter { $0.value == 1 }
                .compactMap { $0["partition"].flatMap { Int($0) } }
            let records = scrape.document.samples("lagwarden_offsets_records_total").map(\.value)
            return (Set(held), Int(records.reduce(0, +)), ends)
        }

        /// Waits until the replicas hold all partitions, each about as many, as API and metrics both say.
        private static func expectAgreement(_ replicas: [ServedExporter]) async throws {
            let count = try await OwnKafka.shared().stage.endOffsets("__consumer_offsets").count
            let agree = try await Eventually.holds(within: .seconds(30)) {
                var counts: [Int] = []
                for replica in replicas {
                    let scrape = try await replica.scrape()
                    let held = scrape.document.samples("lagwarden_shard_partition").filter { $0.value == 1 }
                        .compactMap { $0["partition"] }
                    let answer = JSONValue(decoding: try await replica.get("/api/v1/shards").body)
                    let told = answer?["clusters"][0]["partitions"].elements
                        .filter { $0["state"].string != "elsewhere" }
                        .compactMap { $0["partition"].integer.map { "\($0)" } }
                    guard !held.isEmpty, Set(held) == Set(told ?? []),
                        scrape.value("lagwarden_shard_member") == 1,
                        scrape.value("lagwarden_shard_partitions") == Double(held.count)
                    else { return false }
                    counts.append(held.count)
                }
                return counts.reduce(0, +) == count && (counts.max() ?? 0) - (counts.min() ?? 0) <= 1
            }
            #expect(agree, "replicas, metrics and API do not agree")
        }
    }
}

/// Looks again and again at which replica serves which groups.
final class ReplicaWatch: Sendable {
    /// The longest times of any group.
    struct Spans: Sendable {
        var unserved = Duration.zero
        var doubled = Duration.zero
        var looks = 0
    }

    private let replicas: [ServedExporter]
    private let groups: Set<String>
    private let ignored = Mutex(Set<Int>())
    private let looking = Mutex(Looking())

    /// The looks so far, and the task that takes them.
    private struct Looking {
        var task: Task<Void, Never>?
        var spans = Spans()
        /// Since when each group has been without a server, or with two of them.
        var unservedSince: [String: ContinuousClock.Instant] = [:]
        var doubledSince: [String: ContinuousClock.Instant] = [:]
    }

    init(_ replicas: [ServedExporter], groups: Set<String>) {
        self.replicas = replicas
        self.groups = groups
    }

    /// A replica that is no more.
    func ignore(_ number: Int) { ignored.withLock { _ = $0.insert(number) } }

    /// Begins to look.
    func begin() {
        let task = Task { [self] in
            while !Task.isCancelled {
                note(await look())
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        looking.withLock { $0.task = task }
    }

    /// Looks no more.
    func end() async -> Spans {
        let task = looking.withLock { $0.task }
        task?.cancel()
        await task?.value
        return looking.withLock { $0.spans }
    }

    private func note(_ served: [Int: Set<String>]) {
        let now = ContinuousClock.now
        var counts: [String: Int] = [:]
        for groups in served.values { for group in groups { counts[group, default: 0] += 1 } }
        looking.withLock { looking in
            looking.spans.looks += 1
            for group in groups {
                let count = counts[group] ?? 0
                Self.stretch(&looking.unservedSince[group], while: count == 0, now, &looking.spans.unserved)
                Self.stretch(&looking.doubledSince[group], while: count > 1, now, &looking.spans.doubled)
            }
        }
    }

    private static func stretch(
        _ since: inout ContinuousClock.Instant?, while holds: Bool, _ now: ContinuousClock.Instant,
        _ longest: inout Duration
    ) {
        guard holds else { return since = nil }
        let start = since ?? now
        since = start
        longest = max(longest, now - start)
    }

    /// Waits until these replicas, and no other, serve all groups, each group once and each replica some.
    func waitUntilShared(among numbers: [Int], within limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        while true {
            let served = await look()
            let all = served.values.reduce(into: Set<String>()) { $0.formUnion($1) }
            let isDisjoint = served.values.map(\.count).reduce(0, +) == all.count
            let holders = served.filter { !$0.value.isEmpty }.keys.sorted()
            if all == groups, isDisjoint, holders == numbers { return }
            guard ContinuousClock.now < deadline else {
                let logs = numbers.map { replicas[$0].process.error.suffix(1500) }.joined(separator: "\n--\n")
                let counts = served.mapValues(\.count)
                throw LaunchError("\(numbers) do not share \(groups.count) groups: \(counts)\n\(logs)")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Groups that each replica serves now; one that does not answer serves none.
    private func look() async -> [Int: Set<String>] {
        let gone = ignored.withLock { $0 }
        return await withTaskGroup(of: (Int, Set<String>).self) { tasks in
            for (number, replica) in replicas.enumerated() where !gone.contains(number) {
                tasks.addTask { [groups] in
                    guard let answer = try? await replica.get("/metrics", timeout: .milliseconds(700)),
                        answer.status == 200
                    else { return (number, []) }
                    let scrape = Scrape(
                        document: ExpositionChecker.ofExporter(.text).check(answer.body).document)
                    let said = scrape.document.samples("kafka_consumer_group_lag").compactMap { $0["group"] }
                    return (number, groups.intersection(said))
                }
            }
            var served: [Int: Set<String>] = [:]
            for await (number, groups) in tasks { served[number] = groups }
            return served
        }
    }
}
