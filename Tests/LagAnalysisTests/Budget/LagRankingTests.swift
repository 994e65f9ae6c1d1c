import ClusterAccess
import LagAnalysis
import LagModel
import Testing

@Suite struct LagRankingTests {
    private static func group(_ name: String, lag: Int64?, topics: [Int64?] = []) -> GroupSnapshot {
        GroupSnapshot(
            id: GroupID(name),
            topics: topics.enumerated().map { number, lag in
                GroupTopicSnapshot(
                    name: TopicName("t\(number)"), topicIndex: nil, partitions: [], committed: [],
                    totals: LagTotals(
                        partitions: 1, unknownPartitions: lag == nil ? 1 : 0, lag: lag, lagMax: lag))
            },
            totals: LagTotals(partitions: 1, unknownPartitions: lag == nil ? 1 : 0, lag: lag, lagMax: lag))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// One lag for each ten seconds.
        var lags: [Int64]
        var ranks: [Int64]
    }

    @Test(arguments: [
        Case(testDescription: "the first lag counts", lags: [70], ranks: [70]),
        Case(testDescription: "twice is not clear", lags: [10, 20, 15, 10], ranks: [10, 10, 10, 10]),
        Case(testDescription: "more than twice counts at once", lags: [10, 21, 43], ranks: [10, 21, 43]),
        Case(testDescription: "from nothing to something", lags: [0, 1], ranks: [0, 1]),
        Case(
            testDescription: "low for thirty seconds counts, with its peak",
            lags: [100, 10, 30, 20, 20, 20], ranks: [100, 100, 100, 100, 30, 30]),
        Case(
            testDescription: "a lag that alternates keeps its place", lags: [100, 0, 100, 0, 60, 0, 100, 0],
            ranks: [100, 100, 100, 100, 100, 100, 100, 100]),
        Case(
            testDescription: "the largest number", lags: [.max, 0, .max, 1], ranks: [.max, .max, .max, .max]),
    ])
    func `lag counts when it changed clearly`(_ test: Case) {
        var ranking = LagRanking(settling: .seconds(30))
        for (number, lag) in test.lags.enumerated() {
            let now = MonotonicTime(sinceOrigin: .seconds(10 * number))
            #expect(ranking.observe([Self.group("g", lag: lag)], at: now) == [test.ranks[number]])
        }
    }

    @Test func `a group whose lag is unknown counts with what is known of it`() {
        var ranking = LagRanking()
        let now = MonotonicTime(sinceOrigin: .zero)
        let groups: SharedList = [
            Self.group("a", lag: nil, topics: [5, nil, 7]), Self.group("b", lag: nil),
            Self.group("c", lag: 3, topics: [3]),
        ]
        #expect(ranking.observe(groups, at: now) == [12, 0, 3])
    }

    @Test func `a group that is gone is forgotten`() {
        var ranking = LagRanking()
        let now = MonotonicTime(sinceOrigin: .zero)
        #expect(ranking.observe([Self.group("a", lag: 100)], at: now) == [100])
        #expect(ranking.observe([], at: now) == [])
        #expect(ranking.observe([Self.group("a", lag: 60)], at: now) == [60])
    }

    @Test func `groups that come and go leave the others what they count`() {
        var ranking = LagRanking()
        let now = MonotonicTime(sinceOrigin: .zero)
        #expect(ranking.observe([Self.group("b", lag: 100), Self.group("d", lag: 7)], at: now) == [100, 7])
        let next = SharedList(["a", "b", "c", "d"].map { Self.group($0, lag: 5) })
        #expect(ranking.observe(next, at: now) == [5, 100, 5, 7])
        #expect(ranking.observe([Self.group("d", lag: 4)], at: now) == [7])
    }
}
