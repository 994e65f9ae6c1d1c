import ClusterAccess
import Exposition
import LagModel
import Testing

@Suite struct ForecastExpositionTests {
    /// Sample lines of one family in the text format.
    private static func lines(_ snapshot: ClusterSnapshot, _ family: MetricFamily) -> [String] {
        let part = KafkaExposition.render([snapshot], format: .text)
        return String(decoding: part.bytes, as: UTF8.self).split(separator: "\n").map(String.init).filter {
            $0.hasPrefix(family.name + "{")
        }
    }

    @Test func `a finding of one kind and severity is one series`() {
        var snapshot = SnapshotFixtures.everything()
        snapshot.constantLabels = []
        let group = #"kafka_consumer_group_finding{cluster="east",group="billing","#
        #expect(
            Self.lines(snapshot, Catalogue.groupFinding) == [
                group + #"finding="hot_partition",severity="warning"} 1"#,
                group + #"finding="records_lost",severity="critical"} 1"#,
            ])
        snapshot.groups[0].findings = []
        #expect(Self.lines(snapshot, Catalogue.groupFinding) == [])
    }

    @Test func `what is unlimited or unknown has no sample`() {
        var snapshot = SnapshotFixtures.everything()
        #expect(Self.lines(snapshot, Catalogue.topicRetentionSeconds).count == 1)
        snapshot.topics[0].retention = TopicRetention()
        #expect(Self.lines(snapshot, Catalogue.topicRetentionSeconds) == [])
        #expect(Self.lines(snapshot, Catalogue.topicRetentionBytes) == [])
        #expect(Self.lines(snapshot, Catalogue.groupCatchUpSeconds).count == 1)
        #expect(Self.lines(snapshot, Catalogue.groupCatchUpImpossible).count == 2)
        snapshot.groups[0].outlook = nil
        #expect(Self.lines(snapshot, Catalogue.groupCatchUpSeconds) == [])
        #expect(Self.lines(snapshot, Catalogue.groupCatchUpImpossible).count == 1)
    }

    @Test func `the offsets topic is among the topics, in its place and once`() {
        var snapshot = SnapshotFixtures.everything()
        snapshot.constantLabels = []
        let offsets =
            #"kafka_topic_under_replicated_partitions{cluster="east",topic="__consumer_offsets"} 2"#
        let orders = #"kafka_topic_under_replicated_partitions{cluster="east",topic="orders"} 1"#
        #expect(Self.lines(snapshot, Catalogue.topicUnderReplicatedPartitions) == [offsets, orders])
        snapshot.topics[0].name = CoordinatorPartition.topic
        #expect(Self.lines(snapshot, Catalogue.topicUnderReplicatedPartitions).count == 1)
    }

    /// Ages that were told in an earlier round are read as of the snapshot.
    @Test func `what was told thirty seconds ago is thirty seconds older`() throws {
        var snapshot = SnapshotFixtures.everything()
        snapshot.constantLabels = []
        let now = snapshot.endOffsetsRead.wall
        let place = try #require(snapshot.groups.firstIndex { $0.id == "billing" })
        let before = Self.lines(snapshot, Catalogue.groupLagSeconds)
        snapshot.groups[place].agesTold = WallTime(
            nanosecondsSince1970: now.nanosecondsSince1970 - 30_000_000_000)
        var aged = snapshot
        aged.groups[place] = snapshot.groups[place].aged(to: now)
        #expect(aged.groups[place].agesTold == now)
        #expect(Self.lines(snapshot, Catalogue.groupLagSeconds) != before)
        let total = #"{cluster="east",group="billing"} 113.20025"#
        #expect(
            Self.lines(snapshot, Catalogue.groupLagSeconds) == ["kafka_consumer_group_lag_seconds" + total])
        let families = [
            Catalogue.groupLagSeconds, Catalogue.groupTopicLagSeconds, Catalogue.groupLossMarginSeconds,
        ]
        for family in families {
            #expect(Self.lines(snapshot, family) == Self.lines(aged, family), "\(family.name)")
            #expect(!Self.lines(aged, family).isEmpty)
        }
        #expect(Self.lines(aged, Catalogue.groupLossMarginSeconds).contains { $0.hasSuffix(" 3570.5") })
    }

    @Test func `margins are left out by group`() {
        var snapshot = SnapshotFixtures.everything()
        #expect(Self.lines(snapshot, Catalogue.groupLossMarginSeconds).count == 2)
        for index in snapshot.groups.indices { snapshot.groups[index].granularity = .group }
        #expect(Self.lines(snapshot, Catalogue.groupLossMarginSeconds) == [])
        #expect(Self.lines(snapshot, Catalogue.groupFinding).count == 2)
    }
}
