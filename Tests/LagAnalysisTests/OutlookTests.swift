import ClusterAccess
import LagAnalysis
import LagModel
import LagwardenTestKit
import Testing

@Suite struct BacklogWindowTests {
    /// One round each, ten seconds apart: lag, and what was lost, skipped and rewound so far.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var lags: [Int64]
        /// Produced in each round; consumption follows from it and the lags.
        var produced: Int64 = 0
        /// Lost so far, by round; nothing where it is shorter.
        var lost: [Int64] = []
        var rewound: [Int64] = []
        var catchUp: Duration?
        var isImpossible: Bool?
    }

    static let window = Duration.seconds(60)

    static let cases: [Case] = [
        Case(testDescription: "no lag", lags: [0, 0, 0, 0, 0, 0, 0], catchUp: .zero, isImpossible: false),
        Case(testDescription: "one round tells nothing", lags: [100], catchUp: nil, isImpossible: nil),
        Case(testDescription: "one round without lag", lags: [0], catchUp: .zero, isImpossible: nil),
        Case(
            testDescription: "half of the window shows shrinking, and no more", lags: [400, 300, 200],
            catchUp: .seconds(20), isImpossible: nil),
        Case(
            testDescription: "ten records a second less", lags: [1600, 1500, 1400, 1300, 1200, 1100, 1000],
            catchUp: .seconds(100), isImpossible: false),
        Case(
            testDescription: "it grows", lags: [1000, 1100, 1200, 1300, 1400, 1500, 1600], produced: 100,
            catchUp: nil, isImpossible: true),
        Case(
            testDescription: "nobody reads and nothing is written", lags: [7, 7, 7, 7, 7, 7, 7],
            catchUp: nil, isImpossible: true),
        Case(
            testDescription: "as fast as production, far behind",
            lags: [9000, 9000, 9000, 9000, 9000, 9000, 9000],
            produced: 1000, catchUp: nil, isImpossible: true),
        Case(
            testDescription: "between two commits", lags: [90, 80, 95, 70, 85, 90, 95], produced: 1000,
            catchUp: nil, isImpossible: false),
        Case(
            testDescription: "it was without lag once", lags: [500, 0, 600, 700, 800, 900, 1000],
            produced: 100, catchUp: nil, isImpossible: false),
        Case(
            testDescription: "lag shrinks because records are deleted",
            lags: [1600, 1500, 1400, 1300, 1200, 1100, 1000], lost: [0, 100, 200, 300, 400, 500, 600],
            catchUp: nil, isImpossible: true),
        Case(
            testDescription: "lag grew because a commit went back, and shrinks",
            lags: [600, 5500, 5400, 5300, 5200, 5100, 5000],
            rewound: [0, 5000, 5000, 5000, 5000, 5000, 5000],
            catchUp: .seconds(500), isImpossible: false),
    ]

    @Test(arguments: cases)
    func `what follows from a window`(of expected: Case) {
        var window = BacklogWindow()
        for (round, lag) in expected.lags.enumerated() {
            let lost = round < expected.lost.count ? expected.lost[round] : 0
            let rewound = round < expected.rewound.count ? expected.rewound[round] : 0
            let backlog = lag + lost - rewound
            let first = expected.lags[0]
            window.record(
                BacklogWindow.Sample(
                    time: time(10 * round), lag: lag, backlog: backlog,
                    consumed: expected.produced * Int64(round) - (backlog - first)),
                window: Self.window)
        }
        let outlook = window.outlook(window: Self.window)
        #expect(outlook.catchUp == expected.catchUp)
        #expect(outlook.isCatchUpImpossible == expected.isImpossible)
    }

    @Test func `a lag of zero between two kept rounds is not forgotten`() {
        var window = BacklogWindow()
        for second in 0...120 {
            let lag: Int64 = second == 97 ? 0 : 500
            window.record(
                BacklogWindow.Sample(time: time(second), lag: lag, backlog: 500, consumed: 0),
                window: Self.window)
        }
        #expect(window.outlook(window: Self.window).isCatchUpImpossible == false)
    }

    /// Rounds ten seconds apart, of which those are recorded that saw something new.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func `an outlook stays until its next change`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var window = BacklogWindow()
        var (lag, backlog, consumed): (Int64, Int64, Int64) = (0, 0, 0)
        var known: (outlook: GroupOutlook, next: MonotonicTime?)?
        var looks = 0
        for round in 0..<400 {
            let now = time(10 * round)
            var isNew = round == 0
            if Int.random(in: 0..<12, using: &random) == 0 {
                isNew = true
                let step = Int64.random(in: -30...30, using: &random)
                lag = Bool.random(using: &random) ? lag : max(0, lag + step)
                backlog += Bool.random(using: &random) ? 0 : step
                consumed += Int64.random(in: 0...200, using: &random)
            }
            if isNew {
                window.record(
                    BacklogWindow.Sample(time: now, lag: lag, backlog: backlog, consumed: consumed),
                    after: round > 0 ? time(10 * (round - 1)) : nil, window: Self.window)
            }
            let outlook = window.outlook(at: now, window: Self.window)
            if let known, !isNew, known.next.map({ now < $0 }) ?? true {
                #expect(outlook == known.outlook, "round \(round)")
            } else {
                looks += isNew ? 0 : 1
                known = (outlook, window.nextChange(at: now, window: Self.window))
            }
        }
        #expect(looks < 200, "most rounds pass it over")
    }

    @Test func `a lag that stands is looked at again when the window has left its last movement`() {
        var window = BacklogWindow()
        for round in 0...2 {
            window.record(
                BacklogWindow.Sample(
                    time: time(10 * round), lag: 500, backlog: 500, consumed: Int64(1_000 * round)),
                window: Self.window)
        }
        #expect(window.nextChange(at: time(20), window: Self.window) == time(60), "the window is full")
        #expect(window.nextChange(at: time(60), window: Self.window) == time(70), "the first has gone")
        #expect(window.nextChange(at: time(70), window: Self.window) == time(80))
        #expect(window.nextChange(at: time(80), window: Self.window) == nil)
    }

    @Test func `a sample takes losses and resets out of the lag`() throws {
        var topic = Script.topic("t", committed: [90], end: [100])
        topic.counters.lost = 3
        topic.counters.skippedRecords = 4
        topic.counters.rewoundRecords = 5
        topic.counters.consumed = 6
        let group = Script.group([topic])
        let sample = try #require(BacklogWindow.Sample(group, at: time(1)))
        #expect(sample == BacklogWindow.Sample(time: time(1), lag: 10, backlog: 12, consumed: 6))
        var unknown = group
        unknown.totals = LagTotals(partitions: 1, unknownPartitions: 1, lag: nil, lagMax: nil)
        #expect(BacklogWindow.Sample(unknown, at: time(1)) == nil)
    }
}

@Suite struct LogStartMovementTests {
    /// Where the log begins, by second; the rate at the end.
    @Test(
        arguments: [
            ("never moved", [0: 5, 100: 5], 200, nil),
            ("one deletion is no rate", [0: 0, 100: 1000], 200, nil),
            ("two", [0: 0, 100: 1000, 200: 2000], 200, 10),
            ("between two of many", [0: 0, 100: 1000, 200: 2000, 300: 2500], 350, 7.5),
            ("it has stopped", [0: 0, 100: 1000, 200: 2000], 600, 2),
            ("another log", [0: 0, 100: 1000, 200: 2000, 300: 0], 300, nil),
        ] as [(String, [Int: Int64], Int, Double?)])
    func `the rate of deletions`(_ name: String, starts: [Int: Int64], now: Int, rate: Double?) throws {
        var movement = LogStartMovement(start: try #require(starts[0]))
        for (second, start) in starts.sorted(by: { $0.key < $1.key }) {
            movement.observe(start, at: time(second))
        }
        movement.observe(try #require(starts.max { $0.key < $1.key }?.value), at: time(now))
        #expect(movement.offsetsPerSecond(at: time(now)) == rate, "\(name)")
    }

    @Test func `deletions of another day tell nothing`() {
        var movement = LogStartMovement(start: 0)
        movement.observe(10, at: time(100))
        movement.observe(20, at: time(200))
        movement.observe(20, at: time(200 + 25 * 3600))
        #expect(movement.offsetsPerSecond(at: time(200 + 25 * 3600)) == nil)
    }
}

@Suite struct LossMarginTests {
    static let hour = TopicRetention(time: .seconds(3600))
    static let sized = TopicRetention(bytes: 1_000)
    static let both = TopicRetention(time: .seconds(3600), bytes: 1_000)
    static let compacted = TopicRetention(deletes: false, compacts: true)
    static let forever = TopicRetention()

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var committed: Int64 = 50
        var logStart: Int64? = 0
        var end: Int64? = 100
        var age: Duration?
        var rate: Double?
        var retention: TopicRetention?
        var margin: LossMargin
    }

    static let cases: [Case] = [
        Case(
            testDescription: "young enough", age: .seconds(600), retention: hour,
            margin: .time(.seconds(3000))),
        Case(testDescription: "too old already", age: .seconds(3601), retention: hour, margin: .time(.zero)),
        Case(testDescription: "age unknown", retention: hour, margin: .unknown),
        Case(
            testDescription: "age decides, whatever a tool deletes", age: .seconds(600), rate: 50,
            retention: hour, margin: .time(.seconds(3000))),
        Case(
            testDescription: "nothing unread", committed: 100, age: .zero, retention: hour,
            margin: .unlimited),
        Case(testDescription: "compaction only", age: .seconds(9), retention: compacted, margin: .unlimited),
        Case(testDescription: "for ever", age: .seconds(9), rate: 1, retention: forever, margin: .unlimited),
        Case(testDescription: "by size, not seen moving", retention: sized, margin: .unknown),
        Case(
            testDescription: "by size, moving", rate: 10, retention: sized, margin: .time(.seconds(5))),
        Case(
            testDescription: "by both, size first", age: .zero, rate: 10, retention: both,
            margin: .time(.seconds(5))),
        Case(
            testDescription: "by both, age first", age: .seconds(3598), rate: 10, retention: both,
            margin: .time(.seconds(2))),
        Case(
            testDescription: "by both, age unknown", rate: 10, retention: both, margin: .unknown),
        Case(
            testDescription: "by both, not seen moving", age: .seconds(600), retention: both,
            margin: .time(.seconds(3000))),
        Case(testDescription: "settings unknown, moving", rate: 10, margin: .time(.seconds(5))),
        Case(testDescription: "settings unknown, not moving", age: .seconds(5), margin: .unknown),
        Case(
            testDescription: "some is lost already", committed: 5, logStart: 10, rate: 1, retention: sized,
            margin: .time(.zero)),
        Case(testDescription: "end unknown", end: nil, age: .zero, retention: hour, margin: .unknown),
        Case(testDescription: "start unknown", logStart: nil, age: .zero, retention: hour, margin: .unknown),
    ]

    @Test(arguments: cases)
    func `the margin of a partition`(of expected: Case) {
        let partition = LossMargin.Partition(
            committed: expected.committed, logStart: expected.logStart, end: expected.end,
            age: expected.age, logStartOffsetsPerSecond: expected.rate)
        #expect(LossMargin(partition, retention: expected.retention) == expected.margin)
    }

    @Test func `the smallest is unknown where one is`() {
        let (one, two) = (LossMargin.time(.seconds(1)), LossMargin.time(.seconds(2)))
        #expect(LossMargin.smallest([]) == .unlimited)
        #expect(LossMargin.smallest([.unlimited, two, one]) == one)
        #expect(LossMargin.smallest([one, .unknown]) == .unknown)
        #expect(LossMargin.smallest([.unlimited, .unknown, one]) == .unknown)
    }
}

@Suite struct TopicRetentionTests {
    static func settings(_ policy: String, _ time: String, _ bytes: String) -> [String: String] {
        [
            "cleanup.policy": policy, "retention.ms": time, "retention.bytes": bytes,
            "min.insync.replicas": "2",
        ]
    }

    @Test(
        arguments: [
            (settings("delete", "3600000", "-1"), true, false, 3600, nil),
            (settings("delete", "-1", "1000"), true, false, nil, 1000),
            (settings("compact", "3600000", "1000"), false, true, nil, nil),
            (settings("compact, delete", "0", "-1"), true, true, 0, nil),
        ] as [([String: String], Bool, Bool, Int?, Int64?)])
    func `settings are read`(
        _ entries: [String: String], deletes: Bool, compacts: Bool, seconds: Int?, bytes: Int64?
    ) throws {
        let retention = try #require(TopicRetention(entries: entries))
        #expect(retention.deletes == deletes && retention.compacts == compacts)
        #expect(retention.time == seconds.map { .seconds($0) })
        #expect(retention.bytes == bytes)
        #expect(retention.minInSyncReplicas == 2)
    }

    @Test func `what is missing or no number is not guessed`() {
        #expect(TopicRetention(entries: [:]) == nil)
        #expect(TopicRetention(entries: Self.settings("delete", "a week", "-1")) == nil)
    }
}

func time(_ seconds: Int) -> MonotonicTime { MonotonicTime(sinceOrigin: .seconds(seconds)) }
