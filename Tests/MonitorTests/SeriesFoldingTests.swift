import ClusterAccess
import LagAnalysis
import LagModel
import LagwardenTestKit
import Monitor
import Testing

@Suite("A limit of series over a scripted cluster")
struct SeriesFoldingTests {
    /// Counts a hundred series by topic for each group and ten for each partition.
    private static let counter = SeriesCounter(
        census: { snapshot, _ in
            SeriesCensus(
                topics: snapshot.topics.map { _ in SeriesCounts() },
                groups: snapshot.groups.map { group in
                    let partitions = group.topics.reduce(0) { $0 + $1.partitions.count }
                    return SeriesCounts(partition: 10 * partitions, topic: 100)
                })
        },
        upperBound: { _ in .max }, partitionSeries: { topic, _ in 10 * topic.partitions.count })

    private static func bench(limit: Int, top: Int? = nil) -> MonitorBench {
        var cluster = RoundTests.threeBrokers()
        cluster.groups["h"] = .init(coordinator: BrokerID(1))
        for partition in 0..<3 { cluster.commit("h", "t", Int32(partition), 90) }
        return MonitorBench(cluster) { settings in
            settings.series = SeriesSettings(limit: limit, counter: counter)
            if let top { settings.series.topPartitions = { _ in top } }
        }
    }

    private static func lines(_ bench: MonitorBench) -> [String] {
        bench.log.filter { $0.hasPrefix("limits.series") }
    }

    @Test func aLimitThatIsReachedIsToldOnceAndOnceThatItSuffices() async {
        let bench = Self.bench(limit: 240)
        for _ in 0..<5 { await bench.round() }
        #expect(bench.group("g")?.fold == .partition)
        #expect(bench.group("h")?.fold == .topic)
        #expect(bench.group("h")?.foldedSeries == SeriesCounts(partition: 30))
        #expect(bench.store.view()[0].snapshot?.series.exported == 231)
        #expect(Self.lines(bench).count == 1)
        // Without h there is room again.
        bench.source.withCluster { $0.groups["h"] = nil }
        for _ in 0..<5 { await bench.round() }
        #expect(bench.group("g")?.fold == .partition)
        #expect(bench.store.view()[0].snapshot?.series.folded.total == 0)
        #expect(Self.lines(bench).count == 2)
        #expect(Self.lines(bench).last?.contains("suffices again") == true)
    }

    @Test func aLimitThatIsTooSmallForTheSummariesIsSaid() async {
        let bench = Self.bench(limit: 3)
        for _ in 0..<3 { await bench.round() }
        #expect(bench.group("g")?.fold == .summary && bench.group("h")?.fold == .summary)
        #expect(bench.store.view()[0].snapshot?.groups.count == 2)
        #expect(bench.store.view()[0].snapshot?.series.isExceeded == true)
        #expect(Self.lines(bench).count == 1)
        #expect(Self.lines(bench).first?.contains("too small") == true)
    }

    @Test func theWorstPartitionsAreChosenAnewInEachRound() async {
        let bench = Self.bench(limit: 1_000, top: 1)
        await bench.round()
        #expect(bench.group("g")?.topics.first?.exportedPositions == [0])
        #expect(bench.store.view()[0].snapshot?.series.beyondTop == 40)
        bench.source.withCluster { $0.commit("g", "t", 2, 10) }
        await bench.round()
        #expect(bench.group("g")?.topics.first?.exportedPositions == [2])
        #expect(bench.group("g")?.totals?.partitions == 3)
    }

    @Test func withoutALimitNothingIsCountedOrFolded() async {
        let bench = MonitorBench(RoundTests.threeBrokers())
        await bench.round()
        #expect(bench.store.view()[0].snapshot?.series == SeriesPlan())
        #expect(bench.group("g")?.fold == .partition)
    }
}
