import ClusterAccess
import LagModel
import LagwardenTestKit
import Testing

@testable import Monitor

/// Columns of logs that are kept from round to round, against what leaders would answer.
@Suite struct LogSweepTests {
    private let names: [TopicName] = ["a", "b", "c", "d"]

    private func change(_ cluster: inout ScriptedCluster, _ random: inout SeededRandom) {
        for name in names where Int.random(in: 0..<10, using: &random) == 0 {
            if cluster.topics[name] == nil {
                cluster.addTopic(name, partitions: Int.random(in: 1...6, using: &random), highWatermark: 5)
            } else if Bool.random(using: &random) {
                cluster.topics[name]?.partitions.append(.init(leader: BrokerID(2), highWatermark: 3))
            } else {
                cluster.topics[name] = nil
            }
        }
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let (name, partition) = (
                names.randomElement(using: &random) ?? "a", Int32.random(in: 0..<6, using: &random)
            )
            let kind = Int.random(in: 0..<6, using: &random)
            cluster.update(name, partition) { found in
                switch kind {
                case 0: found.leader = nil
                case 1: found.leader = BrokerID(partition % 2 == 0 ? 3 : 1)
                case 2: found.error = ClusterError(.leaderUnavailable, operation: "list offsets")
                case 3: found.error = nil
                default:
                    found.highWatermark += 2
                    found.lastStable += 1
                }
            }
        }
    }

    /// What leaders would answer of a partition.
    private func truth(
        _ kind: LogOffsetKind, _ partition: Int, of topic: ClusterMetadata.Topic, _ cluster: ScriptedCluster,
        silent: Set<BrokerID>
    ) -> Int64? {
        guard topic.partitions.indices.contains(partition), let leader = topic.partitions[partition].leader,
            !silent.contains(leader), let found = cluster.topics[topic.name]?.partitions,
            found.indices.contains(partition), found[partition].leader == leader,
            found[partition].error == nil
        else { return nil }
        switch kind {
        case .logStart: return found[partition].logStart
        case .highWatermark: return found[partition].highWatermark
        case .lastStable: return found[partition].lastStable
        }
    }

    @Test(arguments: 0..<60)
    func columnsAreWhatLeadersAnswer(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let source = ScriptedSource(ScriptedCluster(brokers: [1, 2, 3]))
        source.withCluster { cluster in
            for name in names { cluster.addTopic(name, partitions: 3, highWatermark: 10) }
        }
        let moment = Moment(
            wall: WallTime(nanosecondsSince1970: 0), monotonic: MonotonicTime(sinceOrigin: .zero))
        var sweep = LogSweep(source: source, now: { moment })
        var topology = ClusterTopology(try await source.metadata(), read: MonotonicTime(sinceOrigin: .zero))
        var before: [TopicFacts] = []
        for round in 0..<30 {
            source.withCluster { change(&$0, &random) }
            if Int.random(in: 0..<3, using: &random) == 0 {
                topology = ClusterTopology(
                    try await source.metadata(), read: MonotonicTime(sinceOrigin: .seconds(round)),
                    before: topology)
            }
            let some = names.filter { _ in Int.random(in: 0..<12, using: &random) > 0 }
            let asked = Int.random(in: 0..<3, using: &random) > 0 ? Set(names) : Set(some)
            let stable = Set(asked.filter { $0 == "a" || (seed % 2 == 0 && round > 15) })
            var unreachable: [BrokerID: ClusterError.Reason] = [:]
            if Int.random(in: 0..<8, using: &random) == 0 { unreachable[BrokerID(2)] = .timedOut }
            source.heal()
            let isSilent = Int.random(in: 0..<8, using: &random) == 0
            if isSilent { source.fail(.init(.listOffsets, broker: BrokerID(1), reason: .timedOut)) }
            let outcome = await sweep.read(
                asked, stableNames: stable, topology: topology, unreachable: unreachable)
            let cluster = source.withCluster { $0 }
            let silent = Set(unreachable.keys).union(isSilent ? [BrokerID(1)] : [])
            #expect(outcome.topics.map(\.name) == asked.filter { topology.topic($0) != nil }.sorted())
            var unknown = 0
            for facts in outcome.topics {
                let topic = try #require(topology.topic(facts.name))
                #expect(facts.leaders == topic.partitions.map { $0.leader?.rawValue ?? -1 })
                #expect((facts.lastStable != nil) == stable.contains(facts.name))
                for place in topic.partitions.indices {
                    func wanted(_ kind: LogOffsetKind) -> Int64? {
                        truth(kind, place, of: topic, cluster, silent: silent)
                    }
                    let partition = Int32(place)
                    #expect(facts.logStart[partition] == wanted(.logStart), "round \(round)")
                    #expect(facts.highWatermark[partition] == wanted(.highWatermark), "round \(round)")
                    if let column = facts.lastStable { #expect(column[partition] == wanted(.lastStable)) }
                    if wanted(.logStart) == nil { unknown += 1 }
                }
            }
            #expect(outcome.failures.values.reduce(0, +) == unknown, "round \(round)")
            checkStorage(outcome.topics, before)
            before = outcome.topics
        }
    }

    private func checkStorage(_ topics: [TopicFacts], _ before: [TopicFacts]) {
        func address<Element>(_ array: [Element]) -> UInt {
            array.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
        }
        for facts in topics {
            guard let old = before.first(where: { $0.name == facts.name }) else { continue }
            if facts.leaders == old.leaders { #expect(address(facts.leaders) == address(old.leaders)) }
            for column in [\TopicFacts.logStart, \.highWatermark] {
                let (one, two) = (old[keyPath: column].values, facts[keyPath: column].values)
                if one == two { #expect(address(one) == address(two)) }
            }
        }
    }
}
