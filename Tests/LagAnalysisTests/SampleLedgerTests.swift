import ClusterAccess
import LagAnalysis
import LagModel
import Testing

/// Which records are read, for how long what they told is believed, and what follows from it.
@Suite("Sample ledger")
struct SampleLedgerTests {
    /// Commits of one group on the topic `orders`, by partition.
    private typealias Commits = [Int32: Int64]

    private static func moment(_ seconds: Int64) -> Moment {
        Moment(
            wall: WallTime(nanosecondsSince1970: (1_700_000_000 + seconds) * 1_000_000_000),
            monotonic: MonotonicTime(sinceOrigin: .seconds(seconds)))
    }

    /// A snapshot of `orders` with these ends; stable ends are asked for where some are given.
    private static func snapshot(
        _ groups: [Commits], ends: [Int64], stable: [Int64]? = nil, start: Int64 = 0, at seconds: Int64 = 0
    ) -> ClusterSnapshot {
        let topic = TopicSnapshot(
            name: "orders", logStart: OffsetColumn(ends.map { _ in start }),
            highWatermark: OffsetColumn(ends),
            lastStable: stable.map { OffsetColumn($0) }, leaders: ends.map { _ in 1 })
        var snapshot = ClusterSnapshot(
            cluster: "test", round: 1, endOffsetsRead: moment(seconds), topics: [topic])
        let made = groups.enumerated().map { number, commits in
            let partitions = commits.keys.sorted()
            let committed = partitions.map { commits[$0] ?? 0 }
            let stableLag = stable.map { stable in
                partitions.reduce(Int64(0)) { $0 + max(0, stable[Int($1)] - (commits[$1] ?? 0)) }
            }
            let lags = partitions.map { max(0, ends[Int($0)] - max(start, commits[$0] ?? 0)) }
            let totals = LagTotals(
                partitions: partitions.count, unknownPartitions: 0, lag: lags.reduce(0, +),
                lagMax: lags.max(), stableLag: stableLag)
            return GroupSnapshot(
                id: GroupID("group-\(number)"),
                topics: [
                    GroupTopicSnapshot(
                        name: "orders", topicIndex: 0, partitions: partitions, committed: committed,
                        wantsStableLag: stable != nil, totals: totals)
                ], totals: totals)
        }
        snapshot.groups = SharedList(made)
        return snapshot
    }

    private static func asked(_ batches: [[SampleLedger.Question]]) -> [[[Int64]]] {
        batches.map { batch in
            batch.map { [Int64($0.request.partition.rawValue), $0.request.offset, $0.request.end] }
        }
    }

    /// Answers all questions of a round in the same way.
    @discardableResult
    private static func answer(
        _ ledger: inout SampleLedger, _ snapshot: ClusterSnapshot, limit: Int = 100,
        _ reply: (SampleRequest) -> SampleReply
    ) -> (asked: [[[Int64]]], refused: [TopicName]) {
        let batches = ledger.begin(snapshot, limit: limit)
        var refused: [TopicName] = []
        for batch in batches {
            refused += ledger.absorb(
                batch.map { reply($0.request) }, to: batch, at: snapshot.endOffsetsRead.monotonic)
        }
        return (asked(batches), refused)
    }

    @Test("one record for each place with lag, a partition once in a batch, nothing where there is no lag")
    func questions() {
        var ledger = SampleLedger()
        let snapshot = Self.snapshot(
            [[0: 5, 1: 9, 2: 3], [0: 6, 1: 10], [0: 5]], ends: [10, 10, 3], stable: [8, 10, 3])
        #expect(
            Self.asked(ledger.begin(snapshot, limit: 100)) == [[[0, 5, 8], [1, 9, 10]], [[0, 6, 8]]])
        // Before the log start it is the first record that is still there.
        let cut = Self.snapshot([[0: 5]], ends: [10], start: 7)
        #expect(Self.asked(ledger.begin(cut, limit: 100)) == [[[0, 7, 10]]])
        // Nothing can be read behind the last stable offset.
        let open = Self.snapshot([[0: 8]], ends: [10], stable: [8])
        #expect(ledger.begin(open, limit: 100).isEmpty)
        #expect(ledger.begin(snapshot, limit: 0).isEmpty)
    }

    @Test("a record once read is known while the commit stands and the log is the same")
    func memory() {
        var ledger = SampleLedger()
        let read: (SampleRequest) -> SampleReply = {
            .record(offset: $0.offset, timestamp: 1_700_000_000_000 - 90_000)
        }
        let first = Self.snapshot([[0: 5]], ends: [10], at: 10)
        #expect(Self.answer(&ledger, first, read).asked == [[[0, 5, 10]]])
        #expect(
            ledger.age(of: "orders", 0, at: 5, end: 10, now: first.endOffsetsRead.wall)
                == LagAge(age: .seconds(100)))
        #expect(ledger.age(of: "orders", 0, at: 6, end: 10, now: first.endOffsetsRead.wall) == nil)
        #expect(Self.answer(&ledger, Self.snapshot([[0: 5]], ends: [99], at: 20), read).asked == [])
        #expect(ledger.count == 1)
        // The commit moves.
        #expect(
            Self.answer(&ledger, Self.snapshot([[0: 6]], ends: [99], at: 30), read).asked == [[[0, 6, 99]]])
        #expect(ledger.count == 1)
        // The log is another one.
        #expect(
            Self.answer(&ledger, Self.snapshot([[0: 6]], ends: [40], at: 40), read).asked == [[[0, 6, 40]]])
        // Long ago.
        #expect(Self.answer(&ledger, Self.snapshot([[0: 6]], ends: [40], at: 639), read).asked == [])
        #expect(
            Self.answer(&ledger, Self.snapshot([[0: 6]], ends: [40], at: 640), read).asked == [[[0, 6, 40]]])
        // Without lag nothing is remembered.
        #expect(Self.answer(&ledger, Self.snapshot([[0: 40]], ends: [40], at: 650), read).asked == [])
        #expect(ledger.count == 0)
    }

    @Test("an age is never negative, and a record without a time has none")
    func times() {
        var ledger = SampleLedger()
        let snapshot = Self.snapshot([[0: 5, 1: 5, 2: 5]], ends: [10, 10, 10])
        let now = snapshot.endOffsetsRead.wall
        Self.answer(&ledger, snapshot) { request in
            let times: [Int64?] = [1_700_000_005_000, nil, .max]
            return .record(offset: request.offset, timestamp: times[Int(request.partition.rawValue)])
        }
        #expect(ledger.age(of: "orders", 0, at: 5, end: 10, now: now) == LagAge(age: .zero))
        #expect(ledger.age(of: "orders", 1, at: 5, end: 10, now: now) == nil)
        #expect(ledger.age(of: "orders", 2, at: 5, end: 10, now: now) == LagAge(age: .zero))
    }

    @Test("lag of nothing but markers is none, until something follows, which alone is read then")
    func markers() {
        var ledger = SampleLedger()
        var snapshot = Self.snapshot([[0: 10, 1: 4], [0: 10]], ends: [11, 6], stable: [11, 6], at: 0)
        #expect(snapshot.groups[0].totals?.stableLag == 3)
        Self.answer(&ledger, snapshot) { request in
            request.partition.rawValue == 0 ? .nothing : .record(offset: 4, timestamp: 1_700_000_000_000)
        }
        ledger.finish(&snapshot)
        let now = snapshot.endOffsetsRead.wall
        #expect(ledger.age(of: "orders", 0, at: 10, end: 11, now: now) == LagAge(age: .zero))
        for (group, stableLag) in [(0, 2), (1, 0)] as [(Int, Int64)] {
            let topic = snapshot.groups[group].topics[0]
            #expect(topic.passedMarkers == [0])
            #expect(snapshot.stableLag(of: topic, at: 0)?.lag == 0)
            #expect(snapshot.lag(of: topic, at: 0)?.lag == 1)
            #expect(topic.totals.stableLag == stableLag)
            #expect(snapshot.groups[group].totals?.stableLag == stableLag)
        }
        #expect(snapshot.stableLag(of: snapshot.groups[0].topics[0], at: 1)?.lag == 2)
        #expect(snapshot.lagSamples?.outcomes == [.markers: 1, .record: 1])
        // The same again costs nothing.
        let same = Self.snapshot([[0: 10]], ends: [11], stable: [11], at: 10)
        #expect(ledger.begin(same, limit: 100).isEmpty)
        // An open transaction behind the markers: stable lag is none, but not all lag is.
        var open = Self.snapshot([[0: 10]], ends: [13], stable: [11], at: 20)
        #expect(ledger.begin(open, limit: 100).isEmpty)
        ledger.finish(&open)
        #expect(open.groups[0].totals?.stableLag == 0)
        #expect(ledger.age(of: "orders", 0, at: 10, end: 13, now: now) == nil)
        // Its end: only what is new is read, and the record in it counts for the old commit.
        var ended = Self.snapshot([[0: 10]], ends: [14], stable: [14], at: 30)
        let asked = Self.answer(&ledger, ended) { .record(offset: $0.offset, timestamp: 1_700_000_000_000) }
        #expect(asked.asked == [[[0, 11, 14]]])
        ledger.finish(&ended)
        #expect(ended.groups[0].totals?.stableLag == 4)
        #expect(
            ledger.age(of: "orders", 0, at: 10, end: 14, now: ended.endOffsetsRead.wall)
                == LagAge(age: .seconds(30)))
    }

    @Test("what fails is asked again, and a topic that may not be read is told of once")
    func failures() {
        var ledger = SampleLedger()
        let denied = ClusterError(.topicUnauthorized, operation: "read")
        let snapshot = Self.snapshot([[0: 5, 1: 5]], ends: [10, 10])
        for turn in 0..<3 {
            let answer = Self.answer(&ledger, snapshot) { _ in .failure(denied) }
            #expect(answer.asked == [[[0, 5, 10], [1, 5, 10]]])
            #expect(answer.refused == (turn == 0 ? ["orders"] : []))
        }
        Self.answer(&ledger, snapshot) { .record(offset: $0.offset, timestamp: 1) }
        let later = Self.snapshot([[0: 6, 1: 6]], ends: [10, 10])
        #expect(Self.answer(&ledger, later) { _ in .failure(denied) }.refused == ["orders"])
        var last = later
        ledger.finish(&last)
        #expect(last.lagSamples?.outcomes == [.failed(.topicUnauthorized): 8, .record: 2])
        #expect(last.lagSamples?.outcomes.keys.map(\.label).sorted() == ["record", "topic_unauthorized"])
    }

    @Test("a budget reaches every place in turn")
    func budget() {
        var ledger = SampleLedger()
        let commits = Commits(uniqueKeysWithValues: (0..<10).map { ($0, 5) })
        let snapshot = Self.snapshot([commits], ends: (0..<10).map { _ in 10 })
        let denied = ClusterError(.timedOut, operation: "read")
        var seen: Set<Int64> = []
        for _ in 0..<4 {
            let answer = Self.answer(&ledger, snapshot, limit: 3) { _ in .failure(denied) }
            #expect(answer.asked.flatMap { $0 }.count == 3)
            seen.formUnion(answer.asked.flatMap { $0 }.map { $0[0] })
        }
        #expect(seen.count == 10)
        #expect(Self.answer(&ledger, snapshot, limit: 10) { _ in .nothing }.asked.flatMap { $0 }.count == 10)
        #expect(ledger.begin(snapshot, limit: 3).isEmpty)
    }
}
