import ClusterAccess
import LagAnalysis
import LagModel
import LagwardenTestKit
import Testing

@Suite struct WorstPartitionsTests {
    /// A cluster with one group, whose lags are given by topic and partition.
    private static func cluster(_ lags: [[Int64?]]) -> ClusterSnapshot {
        let topics = lags.enumerated().map { number, lags in
            TopicSnapshot(
                name: TopicName("t\(number)"), logStart: OffsetColumn(lags.map { _ in 0 }),
                highWatermark: OffsetColumn(lags.map { $0 ?? OffsetColumn.unknown }),
                leaders: lags.map { _ in 1 })
        }
        let parts = lags.enumerated().map { number, lags in
            GroupTopicSnapshot(
                name: TopicName("t\(number)"), topicIndex: number,
                partitions: lags.indices.map { Int32($0) }, committed: lags.map { _ in 0 },
                totals: LagTotals())
        }
        let now = Moment(
            wall: WallTime(nanosecondsSince1970: 0), monotonic: MonotonicTime(sinceOrigin: .zero))
        return ClusterSnapshot(
            cluster: "c", round: 1, endOffsetsRead: now, topics: topics,
            groups: [GroupSnapshot(id: "g", topics: parts)])
    }

    private static func worst(_ lags: [[Int64?]], _ count: Int) -> [[Int32]]? {
        let cluster = Self.cluster(lags)
        return WorstPartitions.positions(of: cluster.groups[0], in: cluster, count: count)
    }

    @Test func `the largest lags are kept, wherever they are`() {
        #expect(Self.worst([[1, 9, 3], [8, 0, 9]], 3) == [[1], [0, 2]])
        #expect(Self.worst([[1, 9, 3], [8, 0, 9]], 1) == [[1], []])
    }

    @Test func `of equal lags the first topic and partition count as worse`() {
        #expect(Self.worst([[0, 0, 0], [0, 0]], 2) == [[0, 1], []])
        #expect(Self.worst([[5, 7, 5], [5, 5]], 3) == [[0, 1, 2], []])
    }

    @Test func `an unknown lag comes after every known one`() {
        #expect(Self.worst([[nil, 0, nil], [nil, 3]], 2) == [[1], [1]])
        #expect(Self.worst([[nil, 0, nil], [nil, 3]], 3) == [[0, 1], [1]])
    }

    @Test func `nothing is chosen where there is nothing to leave out`() {
        #expect(Self.worst([[1, 2], [3]], 3) == nil)
        #expect(Self.worst([], 1) == nil)
        #expect(Self.worst([[1, 2], [3]], 0) == [[], []])
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `what is kept is what sorting would keep`(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        let lags = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
            (0..<Int.random(in: 0...30, using: &generator)).map { _ in
                Int.random(in: 0...9, using: &generator) == 0
                    ? nil : Int64.random(in: 0...12, using: &generator)
            }
        }
        let count = Int.random(in: 1...60, using: &generator)
        var all: [(lag: Int64, topic: Int, position: Int)] = []
        for (topic, lags) in lags.enumerated() {
            for (position, lag) in lags.enumerated() { all.append((lag ?? -1, topic, position)) }
        }
        all.sort { $0.lag != $1.lag ? $0.lag > $1.lag : ($0.topic, $0.position) < ($1.topic, $1.position) }
        var expected: [[Int32]] = lags.map { _ in [] }
        for place in all.prefix(count) { expected[place.topic].append(Int32(place.position)) }
        let chosen = Self.worst(lags, count)
        #expect(chosen == (all.count > count ? expected.map { $0.sorted() } : nil))
    }

    @Test func `a topic as it is exported has the chosen partitions in every column`() {
        var topic = Self.cluster([[1, 9, 3]]).groups[0].topics[0]
        topic.statuses = [.ok, .stop, nil]
        topic.ahead = [0, 2]
        let now = WallTime(nanosecondsSince1970: 1_000_000_000_000)
        var ages = LagAgeColumn(unknownCount: 3)
        ages[1, at: now] = LagAge(age: .seconds(5), error: .milliseconds(7))
        topic.lagAges = ages
        topic.exportedPositions = [1, 2]
        let shown = topic.exported
        #expect(shown.partitions == [1, 2])
        #expect(shown.committed.count == 2)
        #expect(shown.statuses == [.stop, nil])
        #expect(shown.ahead == [2])
        #expect(shown.lagAges?[0, at: now] == LagAge(age: .seconds(5), error: .milliseconds(7)))
        #expect(shown.lagAges?[1, at: now] == nil)
        #expect(shown.lagAges?.knownCount == 1)
    }
}
