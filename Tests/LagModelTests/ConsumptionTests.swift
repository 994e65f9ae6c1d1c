import ClusterAccess
import LagModel
import LagwardenTestKit
import Testing

@Suite("Counters of consumption, loss and resets")
struct ConsumptionTests {
    typealias Log = RoundScript.Log
    typealias Group = RoundScript.Group

    /// One partition through some rounds, and what is counted at the end.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// Log start, high watermark, commit; `nil` means not read.
        var rounds: [(start: Int64?, end: Int64?, commit: Int64?)]
        var state: GroupState = .stable
        var type: GroupType = .classic
        var consumed: Int64 = 0
        var lost: Int64 = 0
        var backward: Int64 = 0
        var forward: Int64 = 0
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "history at the start never counts", rounds: [(0, 1000, 900)]),
        Case(name: "loss before the start never counts", rounds: [(500, 1000, 100), (500, 1000, 100)]),
        Case(name: "progress counts", rounds: [(0, 100, 10), (0, 120, 60)], consumed: 50),
        Case(
            name: "progress over deleted records is loss for their part",
            rounds: [(0, 100, 10), (30, 120, 60)], consumed: 30, lost: 20),
        Case(
            name: "records deleted under a group that stands still",
            rounds: [(0, 100, 10), (30, 100, 10), (50, 100, 10)], lost: 40),
        Case(
            name: "a reader that resumes after loss counts it once",
            rounds: [(0, 100, 10), (50, 100, 10), (50, 100, 70)], consumed: 20, lost: 40),
        Case(
            name: "a commit that goes back is a reset, and what is read again counts",
            rounds: [(0, 100, 80), (0, 100, 20), (0, 100, 50)], consumed: 30, backward: 1),
        Case(
            name: "back to before the log start loses nothing",
            rounds: [(50, 100, 80), (50, 100, 10), (60, 100, 10)], lost: 10, backward: 1),
        Case(
            name: "moved forward without members", rounds: [(0, 100, 10), (0, 100, 90)], state: .empty,
            forward: 1),
        Case(
            name: "a simple group is never judged", rounds: [(0, 100, 10), (0, 100, 90)], state: .empty,
            type: .simple, consumed: 80),
        Case(
            name: "unknown log in between: counted when it is known again",
            rounds: [(0, 100, 10), (nil, nil, 40), (nil, nil, 60), (0, 120, 70)], consumed: 60),
        Case(
            name: "commits unread in between: counted afterwards",
            rounds: [(0, 100, 10), (0, 100, nil), (0, 120, 70)], consumed: 60),
        Case(
            name: "recreated topic makes no reset and no burst",
            rounds: [(0, 1000, 900), (0, 5, 3), (0, 50, 40), (0, 60, 55)], consumed: 15),
        Case(
            name: "recreated while the old commit stands, then read anew",
            rounds: [(500, 1000, 900), (0, 10, 900), (0, 20, 5), (0, 20, 15)], consumed: 10),
        Case(
            name: "a leader that lags behind for one round",
            rounds: [(0, 1000, 900), (0, 800, 900), (0, 1000, 950), (0, 1000, 960)], consumed: 10),
        Case(
            name: "commit beyond the end counts only to the end", rounds: [(0, 100, 90), (0, 100, 200)],
            consumed: 10),
    ]

    @Test(arguments: cases)
    func counts(_ row: Case) throws {
        var script = RoundScript()
        var last: ConsumptionCounters?
        for round in row.rounds {
            let snapshot = script.round(
                Log(start: [round.start], end: [round.end]),
                Group(commits: round.commit.map { [0: $0] }, state: row.state, members: [], type: row.type))
            last = snapshot.onlyCounters
        }
        let counters = try #require(last)
        #expect(counters.consumed == row.consumed)
        #expect(counters.lost == row.lost)
        #expect(counters.resetsBackward == row.backward)
        #expect(counters.resetsForward == row.forward)
    }

    @Test func aNewPartitionSetsItsBaseAndOthersGoOn() throws {
        var script = RoundScript()
        _ = script.round(Log(start: [0, 0], end: [100, 100]), Group(commits: [0: 10]))
        _ = script.round(Log(start: [0, 0, 0], end: [100, 100, 70]), Group(commits: [0: 20, 2: 50]))
        let last = script.round(
            Log(start: [0, 0, 0], end: [100, 100, 70]), Group(commits: [0: 20, 1: 5, 2: 60]))
        #expect(try #require(last.onlyCounters).consumed == 20)
    }

    @Test func countersNeverGoDownWhateverHappens() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<200 {
            var script = RoundScript()
            var before = ConsumptionCounters()
            for _ in 0..<30 {
                let ends = (0..<3).map { _ in random.offset() }
                let starts = (0..<3).map { _ in random.offset() }
                var commits: [Int32: Int64] = [:]
                for partition in 0..<3 where random.next() % 4 != 0 {
                    commits[Int32(partition)] = random.offset()
                }
                let snapshot = script.round(
                    Log(start: starts, end: ends, stable: ends),
                    Group(commits: random.next() % 5 == 0 ? nil : commits, state: .stable))
                for topic in snapshot.groups.flatMap(\.topics) {
                    #expect(topic.totals.lag ?? 0 >= 0)
                    #expect(
                        (topic.totals.lag == nil)
                            == (topic.totals.unknownPartitions > 0 || topic.partitions.isEmpty))
                }
                guard let now = snapshot.onlyCounters else {
                    before = ConsumptionCounters()
                    continue
                }
                #expect(now.consumed >= before.consumed && now.lost >= before.lost)
                #expect(
                    now.resetsBackward >= before.resetsBackward && now.resetsForward >= before.resetsForward)
                before = now
            }
        }
    }
}

extension SeededRandom {
    /// Mostly small offsets, now and then an extreme one.
    mutating func offset() -> Int64 {
        switch next() % 20 {
        case 0: Int64.max
        case 1: 0
        default: Int64(next() % 1000)
        }
    }
}
