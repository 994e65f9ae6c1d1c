import ClusterAccess
import LagModel
import LagwardenTestKit
import Testing

@testable import Exposition

/// Bodies that come in chunks and runs, against the one body that they are.
@Suite struct ChunkTests {
    private static func snapshots(seed: UInt64) -> [ClusterSnapshot] {
        var generator = SeededRandom(seed: seed)
        return ["a", "b\"\\\n"].map { SnapshotFixtures.random(cluster: $0, using: &generator) }
    }

    /// `groups` groups with commits of `partitions` partitions on each of `topics` topics.
    private static func regular(
        groups: Int, topics: Int, partitions: Int, committed: (Int, Int) -> Int64
    ) -> ClusterSnapshot {
        let logs = (0..<topics).map { topic in
            TopicSnapshot(
                name: TopicName("topic-\(topic)"),
                logStart: OffsetColumn(Array(repeating: 0, count: partitions)),
                highWatermark: OffsetColumn(Array(repeating: 1_000_000, count: partitions)),
                leaders: Array(repeating: 1, count: partitions))
        }
        let groups = (0..<groups).map { group in
            GroupSnapshot(
                id: GroupID("group-\(group)"),
                topics: (0..<topics).map { topic in
                    GroupTopicSnapshot(
                        name: logs[topic].name, topicIndex: topic, partitions: Array(0..<Int32(partitions)),
                        committed: (0..<partitions).map { committed(group, $0) }, totals: LagTotals())
                })
        }
        let moment = Moment(
            wall: WallTime(nanosecondsSince1970: 0), monotonic: MonotonicTime(sinceOrigin: .zero))
        return ClusterSnapshot(
            cluster: "c", round: 1, endOffsetsRead: moment, topics: logs, groups: SharedList(groups),
            topicGranularity: .partition)
    }

    /// Runs of a rendering, as a sink sees them.
    private static func runs(_ snapshot: ClusterSnapshot, chunkSize: Int) -> [[UInt8]] {
        var runs: [[UInt8]] = [[]]
        _ = KafkaExposition.render([snapshot], format: .text, chunkSize: chunkSize) { chunk, ends in
            var start = 0
            for end in ends {
                runs[runs.count - 1] += chunk[start..<end]
                runs.append([])
                start = end
            }
            runs[runs.count - 1] += chunk[start...]
        }
        return runs
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `a body is the same for every size of chunk`(seed: UInt64) {
        let snapshots = Self.snapshots(seed: seed)
        for format in ExpositionFormat.allCases {
            let whole = KafkaExposition.render(snapshots, format: format, chunkSize: 1 << 24)
            #expect(whole.chunks.count == 1)
            for size in [1, 2, 64, 199, 200, 201, 1000, 4096, 65_521] {
                let part = KafkaExposition.render(snapshots, format: format, chunkSize: size)
                #expect(part.bytes == whole.bytes)
                #expect(part.seriesByFamily == whole.seriesByFamily)
                for chunk in part.chunks {
                    #expect(chunk.last == UInt8(ascii: "\n"))
                    // Only a line that is longer than a chunk may have more, and a HELP line has three ends.
                    #expect(chunk.count <= size || chunk.filter { $0 == UInt8(ascii: "\n") }.count <= 3)
                }
            }
        }
    }

    @Test(arguments: [1, 300, 5_000, 1 << 20])
    func `wide rows go over the ends of chunks`(chunkSize: Int) {
        let snapshot = Self.regular(groups: 1, topics: 1, partitions: 10_050) { _, partition in
            501_000 - Int64(partition) * 7
        }
        let whole = KafkaExposition.render([snapshot], format: .text, chunkSize: 1 << 26)
        let part = KafkaExposition.render([snapshot], format: .text, chunkSize: chunkSize)
        #expect(part.bytes == whole.bytes)
        #expect(
            String(decoding: whole.bytes, as: UTF8.self).contains(
                "{cluster=\"c\",group=\"group-0\",topic=\"topic-0\",partition=\"10049\"} 430657\n"))
    }

    @Test func `runs are of some thousand series, in the last family as in the first`() {
        let snapshot = Self.regular(groups: 60, topics: 2, partitions: 300) { _, _ in 1_000 }
        var (series, most, runs) = (0, 0, 0)
        let all = KafkaExposition.render([snapshot], format: .text) { chunk, runEnds in
            var start = 0
            func count(to end: Int) {
                series += chunk[start..<end].count { $0 == UInt8(ascii: "\n") }
                start = end
            }
            for end in runEnds {
                count(to: end)
                (most, runs, series) = (max(most, series), runs + 1, 0)
            }
            count(to: chunk.count)
        }
        #expect(max(most, series) < 6_000)
        #expect(runs > all.reduce(0) { $0 + $1.count } / 6_000)
    }

    @Test(arguments: [1 << 10, 1 << 16, 1 << 20])
    func `runs of groups that did not move are the same whatever the others do`(chunkSize: Int) {
        let quiet = Self.regular(groups: 60, topics: 2, partitions: 300) { _, _ in 1_000 }
        // The digits of one group's numbers change, and so do the places of all bytes behind them.
        let moved = Self.regular(groups: 60, topics: 2, partitions: 300) { group, _ in
            group == 17 ? 9 : 1_000
        }
        let before = Self.runs(quiet, chunkSize: chunkSize)
        let after = Self.runs(moved, chunkSize: chunkSize)
        #expect(before.flatMap { $0 } == KafkaExposition.render([quiet], format: .text).bytes)
        #expect(before == Self.runs(quiet, chunkSize: 1 << 22))
        #expect(before.count == after.count)
        #expect(before.count > 20)
        let changed = zip(before, after).count { $0 != $1 }
        // Committed offsets and lag of the one group, each in two runs at most.
        #expect((1...4).contains(changed))
    }

    @Test func `seconds have the decimals that they have`() {
        let cases: [(Int64, String)] = [
            (0, "0"), (1, "0.000001"), (10, "0.00001"), (100_000, "0.1"), (999_999, "0.999999"),
            (1_000_000, "1"), (1_500_000, "1.5"), (12_345_678, "12.345678"), (90_000_010, "90.00001"),
            (-5, "0"), (.max, "9223372036854.775807"),
        ]
        let family = MetricFamily("t", .gauge, .seconds, ["partition"], help: "Time.")
        let kept = CollectedChunks()
        var writer = SampleWriter(
            format: .text, output: ChunkedOutput(chunkSize: 100, sink: kept.take))
        writer.begin(family)
        writer.openLabel()
        writer.samples(numbers: cases.indices.map { Int32($0) }, as: .microseconds) { cases[$0].0 }
        writer.finish(endingBody: true)
        let lines = String(decoding: kept.bytes, as: UTF8.self).split(separator: "\n").dropFirst(2)
        #expect(lines.map(String.init) == cases.indices.map { "t{partition=\"\($0)\"} \(cases[$0].1)" })
    }

    @Test func `partitions are spelt as Swift spells them`() {
        let numbers: [Int32] = [0, 9, 10, 99, 100, 999, 1_000, 9_999, 10_000, 123_456, .max, -1, .min]
        let kept = CollectedChunks()
        var writer = SampleWriter(
            format: .text, output: ChunkedOutput(chunkSize: 1 << 12, sink: kept.take))
        writer.begin(MetricFamily("t", .gauge, .count, ["partition"], help: "Number."))
        writer.openLabel()
        writer.samples(numbers: numbers) { Int64($0) }
        writer.finish(endingBody: true)
        let lines = String(decoding: kept.bytes, as: UTF8.self).split(separator: "\n").dropFirst(2)
        #expect(
            lines.map(String.init) == numbers.indices.map { "t{partition=\"\(numbers[$0])\"} \($0)" })
    }
}
