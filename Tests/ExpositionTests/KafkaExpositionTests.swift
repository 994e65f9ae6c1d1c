import ClusterAccess
import Exposition
import LagModel
import LagwardenTestKit
import Testing

@Suite struct KafkaExpositionTests {
    @Test(arguments: ExpositionFormat.allCases)
    func `a full snapshot has every family in catalogue order`(format: ExpositionFormat) throws {
        let part = KafkaExposition.render([SnapshotFixtures.everything()], format: format)
        let parsed = try ParsedExposition(part.bytes)
        let names = Catalogue.snapshot.map { format == .text ? $0.name : $0.openMetricsName }
        #expect(parsed.families == names)
        #expect(part.seriesByFamily.map(\.family) == Catalogue.snapshot.map(\.name))
        let counts = Catalogue.snapshot.map { family in
            family.sampleNames.reduce(0) { $0 + parsed.samples(named: $1).count }
        }
        #expect(part.seriesByFamily.map(\.count) == counts)
    }

    @Test func `labels are those of the catalogue, then the constant ones`() throws {
        let part = KafkaExposition.render([SnapshotFixtures.everything()], format: .text)
        for sample in try ParsedExposition(part.bytes).samples {
            let family = try #require(Catalogue.snapshot.first { $0.sampleNames.contains(sample.name) })
            let isBucket = family.kind == .histogram && sample.name.hasSuffix("_bucket")
            #expect(sample.labels == family.labels + ["team"] + (isBucket ? ["le"] : []))
            #expect(sample.values[family.labels.count] == "a \"b\"")
        }
    }

    @Test(arguments: ExpositionFormat.allCases)
    func `nothing is rendered without snapshots`(format: ExpositionFormat) {
        let part = KafkaExposition.render([], format: format)
        #expect(part.bytes.isEmpty)
        #expect(part.seriesByFamily.allSatisfy { $0.count == 0 })
    }

    @Test func `clusters come by name and families stay together`() throws {
        var generator = SeededRandom(seed: 3)
        let east = SnapshotFixtures.random(cluster: "east", using: &generator)
        let west = SnapshotFixtures.random(cluster: "west", using: &generator)
        let part = KafkaExposition.render([west, east], format: .text)
        #expect(part.bytes == KafkaExposition.render([east, west], format: .text).bytes)
        let parsed = try ParsedExposition(part.bytes)
        #expect(Set(parsed.families).count == parsed.families.count)
        let timestamps = parsed.samples(named: "lagwarden_snapshot_timestamp_seconds")
        #expect(timestamps.map { $0.values[0] } == ["east", "west"])
    }

    @Test(arguments: GroupState.allCases)
    func `exactly one state is 1`(state: GroupState) throws {
        var snapshot = SnapshotFixtures.everything()
        snapshot.groups = [GroupSnapshot(id: "g", state: state)]
        let parsed = try ParsedExposition(KafkaExposition.render([snapshot], format: .text).bytes)
        let states = parsed.samples(named: "kafka_consumer_group_state")
        #expect(states.map { $0.values[2] } == GroupState.allCases.map(\.rawValue))
        #expect(states.filter { $0.number == "1" }.map { $0.values[2] } == [state.rawValue])
        #expect(states.allSatisfy { $0.number == "0" || $0.number == "1" })
    }

    @Test func `a group that cannot be read has its reason and counters and no lag`() throws {
        var snapshot = SnapshotFixtures.everything()
        snapshot.groups = [SnapshotFixtures.unreadable]
        let parsed = try ParsedExposition(KafkaExposition.render([snapshot], format: .text).bytes)
        let names = Set(parsed.samples.filter { $0.labels.contains("group") }.map(\.name))
        #expect(
            names == [
                "lagwarden_group_unavailable", "kafka_consumer_group_records_consumed_total",
                "kafka_consumer_group_records_lost_total", "kafka_consumer_group_offset_resets_total",
                "kafka_consumer_group_offset_reset_records_total", "kafka_consumer_group_rebalances_total",
            ])
        let reason = parsed.samples(named: "lagwarden_group_unavailable").first
        #expect(reason?.values.prefix(3) == ["east", "secret", "group_unauthorized"])
    }

    @Test func `a group without commits has none rather than an unknown number`() throws {
        var snapshot = SnapshotFixtures.everything()
        snapshot.groups = [GroupSnapshot(id: "new", unavailable: .noCommits, totals: LagTotals())]
        let parsed = try ParsedExposition(KafkaExposition.render([snapshot], format: .text).bytes)
        #expect(parsed.samples(named: "kafka_consumer_group_partitions").map(\.number) == ["0"])
        #expect(parsed.samples(named: "kafka_consumer_group_unknown_partitions").map(\.number) == ["0"])
        #expect(parsed.samples(named: "kafka_consumer_group_lag").isEmpty)
    }

    @Test func `columns of unequal length and wrong indices cost samples, not the process`() throws {
        var snapshot = SnapshotFixtures.everything()
        snapshot.groups = [
            GroupSnapshot(
                id: "odd",
                topics: [
                    GroupTopicSnapshot(
                        name: "a", topicIndex: 9, partitions: [0], committed: [1], totals: LagTotals()),
                    GroupTopicSnapshot(
                        name: "b", topicIndex: 0, partitions: [-1, 0, 7, 1], committed: [1, 20, 3],
                        totals: LagTotals()),
                ])
        ]
        let parsed = try ParsedExposition(KafkaExposition.render([snapshot], format: .text).bytes)
        let lags = parsed.samples(named: "kafka_consumer_group_partition_lag")
        #expect(lags.map { $0.values[3] } == ["0"])
        #expect(lags.map(\.number) == ["80"])
    }
}

extension MetricFamily {
    /// Names that samples of the family have in the text format.
    var sampleNames: [String] {
        switch kind {
        case .gauge, .counter: [name]
        case .histogram: [name + "_bucket", name + "_sum", name + "_count"]
        }
    }
}
