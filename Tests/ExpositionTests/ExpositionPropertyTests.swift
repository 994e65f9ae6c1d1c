import ClusterAccess
import Exposition
import LagModel
import LagwardenTestKit
import Testing

/// What holds for any snapshot, checked over seeded random ones.
@Suite struct ExpositionPropertyTests {
    private static func snapshots(seed: UInt64) -> [ClusterSnapshot] {
        var generator = SeededRandom(seed: seed)
        return ["a", "b\"\\\n"].map { SnapshotFixtures.random(cluster: $0, using: &generator) }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `renderings repeat, agree between formats and hold no series twice`(seed: UInt64) throws {
        let snapshots = Self.snapshots(seed: seed)
        let text = KafkaExposition.render(snapshots, format: .text)
        #expect(KafkaExposition.render(snapshots, format: .text).bytes == text.bytes)
        let open = KafkaExposition.render(snapshots, format: .openMetrics)
        let samples = try ParsedExposition(text.bytes).samples
        #expect(try ParsedExposition(open.bytes).samples.map(Self.withPlainBounds) == samples)
        #expect(text.seriesByFamily == open.seriesByFamily)
        #expect(text.seriesByFamily.reduce(0) { $0 + $1.count } == samples.count)
        let keys = samples.map { [$0.name] + $0.values }
        #expect(Set(keys).count == keys.count)
    }

    /// OpenMetrics writes `1.0` for the bound of a bucket that text writes as `1`.
    private static func withPlainBounds(_ sample: ParsedExposition.Sample) -> ParsedExposition.Sample {
        guard sample.labels.last == "le", let bound = sample.values.last, bound.hasSuffix(".0") else {
            return sample
        }
        var sample = sample
        sample.values[sample.values.count - 1] = String(bound.dropLast(2))
        return sample
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `every number is the snapshot's and every unknown one is absent`(seed: UInt64) throws {
        let snapshots = Self.snapshots(seed: seed)
        let parsed = try ParsedExposition(KafkaExposition.render(snapshots, format: .text).bytes)
        var lags: [[String]: String] = [:]
        var stableLags: [[String]: String] = [:]
        var commits: [[String]: String] = [:]
        for snapshot in snapshots {
            for group in snapshot.groups where group.granularity == .partition {
                for topic in group.topics {
                    for (position, partition) in topic.partitions.enumerated() {
                        let key = [snapshot.cluster, group.id.rawValue, topic.name.rawValue, "\(partition)"]
                        commits[key] = "\(topic.committed[position])"
                        lags[key] = snapshot.lag(of: topic, at: position).map { "\($0.lag)" }
                        stableLags[key] = snapshot.stableLag(of: topic, at: position).map { "\($0.lag)" }
                    }
                }
            }
        }
        #expect(values(parsed, "kafka_consumer_group_partition_committed_offset") == commits)
        #expect(values(parsed, "kafka_consumer_group_partition_lag") == lags)
        #expect(values(parsed, "kafka_consumer_group_partition_stable_lag") == stableLags)
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `granularity decides which families of a group and topic are there`(seed: UInt64) throws {
        let snapshots = Self.snapshots(seed: seed)
        let parsed = try ParsedExposition(KafkaExposition.render(snapshots, format: .text).bytes)
        var growths: [[String]: String] = [:]
        var produced: [[String]: String] = [:]
        var watermarks: [[String]: String] = [:]
        for snapshot in snapshots {
            for group in snapshot.groups where group.granularity != .group {
                for topic in group.topics {
                    growths[[snapshot.cluster, group.id.rawValue, topic.name.rawValue]] =
                        topic.lagGrowth.map { "\($0)" }
                }
            }
            for topic in snapshot.topics where snapshot.topicGranularity != .group {
                produced[[snapshot.cluster, topic.name.rawValue]] = "\(topic.recordsProduced)"
            }
            for topic in snapshot.topics where snapshot.topicGranularity == .partition {
                for partition in 0..<Int32(topic.highWatermark.count) {
                    watermarks[[snapshot.cluster, topic.name.rawValue, "\(partition)"]] =
                        topic.highWatermark[partition].map { "\($0)" }
                }
            }
        }
        #expect(values(parsed, "kafka_consumer_group_lag_growth_records_per_second") == growths)
        #expect(values(parsed, "kafka_topic_records_produced_total") == produced)
        #expect(values(parsed, "kafka_topic_partition_high_watermark") == watermarks)
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `partitions of one line of lags ascend`(seed: UInt64) throws {
        let part = KafkaExposition.render(Self.snapshots(seed: seed), format: .text)
        let samples = try ParsedExposition(part.bytes).samples(named: "kafka_consumer_group_partition_lag")
        for (one, next) in zip(samples, samples.dropFirst())
        where one.values.prefix(3) == next.values.prefix(3) {
            #expect(try #require(Int(one.values[3])) < #require(Int(next.values[3])))
        }
    }

    private func values(_ parsed: ParsedExposition, _ name: String) -> [[String]: String] {
        let samples = parsed.samples(named: name)
        return Dictionary(samples.map { ($0.values, $0.number) }) { one, _ in one + " twice" }
    }
}
