import ClusterAccess
import LagModel
import LagwardenTestKit
import Monitor
import Testing

@Suite("Forecasts and findings over a scripted cluster")
struct OutlookTests {
    /// A bench with a growth window of a minute, six rounds.
    private static func bench(_ change: (inout ScriptedCluster) -> Void = { _ in }) -> MonitorBench {
        var cluster = RoundTests.threeBrokers()
        change(&cluster)
        return MonitorBench(cluster) { $0.ledger.growthWindow = .seconds(60) }
    }

    @Test func settingsAreReadInOneRequestForAllTopicsAndAgainOnTheirClock() async throws {
        let bench = Self.bench { $0.addTopic("unused", partitions: 1, highWatermark: 1) }
        let view = await bench.round()
        #expect(bench.source.count(.describeConfigs) == 2, "the topics, and one broker")
        let topic = try #require(view.snapshot?.topics.first { $0.name == "t" })
        #expect(topic.retention == TopicRetention(time: .seconds(604_800), minInSyncReplicas: 1))
        #expect(view.snapshot?.offsetsRetention == .seconds(604_800))
        for _ in 0..<5 { await bench.round() }
        #expect(bench.source.count(.describeConfigs) == 2)
        bench.source.withCluster { $0.topics["t"]?.configuration["retention.ms"] = "1000" }
        let later = await bench.round()
        #expect(bench.source.count(.describeConfigs) == 4)
        #expect(later.snapshot?.topics.first { $0.name == "t" }?.retention?.time == .seconds(1))
    }

    @Test func manyTopicsAreAskedInSeveralRequestsSpreadOverRounds() async throws {
        let bench = Self.bench { cluster in
            for number in 0..<1_100 {
                cluster.addTopic(TopicName("n\(number)"), partitions: 1, highWatermark: 1)
                cluster.commit("g", TopicName("n\(number)"), 0, 1)
            }
        }
        let first = await bench.round()
        #expect(bench.source.count(.describeConfigs) == 5)
        #expect(first.snapshot?.topics.count { $0.retention == nil } == 101)
        let second = await bench.round()
        #expect(bench.source.count(.describeConfigs) == 6)
        #expect(second.snapshot?.topics.count { $0.retention == nil } == 0)
    }

    @Test func refusedSettingsCostWhatFollowsFromThemAndOneLogLine() async throws {
        let bench = Self.bench()
        bench.source.fail(.init(.describeConfigs, reason: .topicUnauthorized))
        for _ in 0..<14 { await bench.round() }
        let view = bench.store.view()[0]
        #expect(view.isUp && view.rounds == [.complete: 14])
        #expect(view.unavailable(.configuration, .topicUnauthorized) == 2)
        #expect(view.snapshot?.topics.first?.retention == nil && view.snapshot?.offsetsRetention == nil)
        #expect(bench.source.count(.describeConfigs) == 6, "two, once a minute")
        #expect(bench.log.count { $0.hasPrefix("settings cannot be read") } == 1)
        #expect(bench.group("g")?.totals?.lag == 180)
        bench.source.heal()
        for _ in 0..<6 { await bench.round() }
        #expect(bench.store.view()[0].snapshot?.topics.first?.retention != nil)
        #expect(bench.store.view()[0].unavailable(.configuration, .topicUnauthorized) == 0)
    }

    @Test func aBrokerThatIsSilentOnceLeavesWhatWasKnown() async throws {
        let bench = Self.bench()
        await bench.round()
        bench.source.fail(.init(.describeConfigs, reason: .timedOut))
        for _ in 0..<7 { await bench.round() }
        #expect(bench.source.count(.describeConfigs) == 4)
        #expect(bench.store.view()[0].snapshot?.topics.first?.retention?.time == .seconds(604_800))
    }

    @Test func aGroupThatReadsFasterThanIsProducedCatchesUp() async throws {
        let bench = Self.bench()
        await bench.round()
        #expect(bench.group("g")?.outlook == GroupOutlook(), "one round tells nothing")
        for step in 1...6 {
            bench.source.withCluster { cluster in
                for partition in 0..<3 { cluster.commit("g", "t", Int32(partition), 40 + Int64(step)) }
            }
            await bench.round()
        }
        let outlook = try #require(bench.group("g")?.outlook)
        // 162 records less 18 in a minute.
        #expect(outlook.catchUp == .seconds(540) && outlook.isCatchUpImpossible == false)
    }

    @Test func aGroupThatDoesNotReadNeverCatchesUpAndOneWithoutLagHas() async throws {
        let bench = Self.bench { cluster in
            cluster.groups["done"] = .init(coordinator: BrokerID(1))
            cluster.commit("done", "t", 0, 100)
        }
        for _ in 0..<7 { await bench.round() }
        #expect(bench.group("g")?.outlook == GroupOutlook(catchUp: nil, isCatchUpImpossible: true))
        #expect(bench.group("done")?.outlook == GroupOutlook(catchUp: .zero, isCatchUpImpossible: false))
        bench.source.fail(.init(.offsetFetch, group: "g", reason: .timedOut))
        await bench.round()
        #expect(bench.group("g")?.outlook == GroupOutlook(), "nothing is known of it now")
    }

    @Test func aLogThatIsCutBySizeGivesAMargin() async throws {
        let bench = Self.bench { cluster in
            cluster.topics["t"]?.configuration["retention.ms"] = "-1"
            cluster.topics["t"]?.configuration["retention.bytes"] = "1000"
        }
        for cut in [0, 10, 20] as [Int64] {
            bench.source.withCluster { $0.topics["t"]?.partitions[0].logStart = cut }
            await bench.round()
            if cut < 20 { #expect(bench.group("g")?.topics[0].lossMargin == nil) }
        }
        // Other partitions have not moved, so the topic's soonest loss is not known.
        #expect(bench.group("g")?.topics[0].lossMargin == nil)
        for cut in [10, 20] as [Int64] {
            bench.source.withCluster { cluster in
                for partition in 1..<3 { cluster.topics["t"]?.partitions[partition].logStart = cut }
            }
            await bench.round()
        }
        // 20 offsets at one a second, on two of them; the first fades: 10 in 30 s.
        #expect(bench.group("g")?.topics[0].lossMargin == .seconds(20))
    }

    @Test func findingsComeAndGoWithTheirReason() async throws {
        let bench = Self.bench { cluster in
            cluster.groups["idle"] = .init(coordinator: BrokerID(2))
            cluster.groups["idle"]?.state = .empty
            cluster.commit("idle", "t", 0, 10)
        }
        for _ in 0..<8 { await bench.round() }
        #expect(bench.group("idle")?.findings.map(\.kind) == [.noActiveMembers])
        #expect(bench.group("idle")?.findings.first?.severity == .warning)
        bench.source.withCluster { $0.topics["t"]?.partitions[0].logStart = 50 }
        await bench.round()
        #expect(bench.group("g")?.findings.map(\.kind) == [.recordsLost])
        bench.source.withCluster { cluster in
            cluster.commit("g", "t", 0, 60)
            cluster.commit("idle", "t", 0, 100)
        }
        await bench.round()
        #expect(bench.group("idle")?.findings.map(\.kind) == [.recordsLost], "lost within ten minutes")
        for _ in 0..<70 { await bench.round() }
        #expect(bench.group("g")?.findings.map(\.kind) == [.rareCommits], "its one commit was late")
        #expect(bench.group("idle")?.findings == [], "moved by a tool: nothing was consumed")
    }

    @Test func replicasOutOfSyncAreCounted() async throws {
        let bench = Self.bench { cluster in
            cluster.addTopic("__consumer_offsets", partitions: 50, highWatermark: 0)
            let own = CoordinatorPartition.of("g", count: 50)?.rawValue ?? 0
            cluster.topics["__consumer_offsets"]?.partitions[Int(own)].replicaCount = 3
            cluster.topics["t"]?.partitions[1].replicaCount = 2
        }
        let view = await bench.round()
        #expect(view.snapshot?.topics.first { $0.name == "t" }?.underReplicatedPartitions == 1)
        #expect(view.snapshot?.offsetsTopicReplication?.underReplicated.count == 1)
        #expect(bench.group("g")?.findings.map(\.kind) == [.offsetsTopicUnderReplicated])
    }

    @Test func aGroupThatIsGoneIsForgotten() async throws {
        let bench = Self.bench()
        for _ in 0..<7 { await bench.round() }
        #expect(bench.group("g")?.outlook?.isCatchUpImpossible == true)
        let group = bench.source.withCluster { $0.groups.removeValue(forKey: "g") }
        for _ in 0..<3 { await bench.round() }
        #expect(bench.group("g") == nil)
        bench.source.withCluster { $0.groups["g"] = group }
        await bench.round()
        #expect(bench.group("g")?.outlook == GroupOutlook(), "its window begins anew")
    }
}
