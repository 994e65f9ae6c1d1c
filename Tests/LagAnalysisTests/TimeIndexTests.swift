import ClusterAccess
import LagModel
import LagwardenTestKit
import Testing

@testable import LagAnalysis

@Suite("Bisection over time")
struct TimeIndexTests {
    static let tolerance = TimeTolerance()

    /// Asks until the place is settled; returns the number of look-ups.
    static func settle(
        _ index: inout TimeIndex, about offset: Int64, in log: ImaginedLog, now: WallTime,
        tellsTimestamps: Bool, tolerance: TimeTolerance = tolerance
    ) -> Int {
        index.turn(logStart: log.start, highWatermark: log.end)
        for count in 0..<200 {
            let question = index.question(about: offset, now: now, tolerance: tolerance)
            guard case .ask(let time) = question else {
                index.rest()
                return count
            }
            let found = log.first(atLeast: time)
            index.learn(
                time: time, offset: found?.offset, timestamp: tellsTimestamps ? found?.time : nil)
        }
        return 200
    }

    static func wall(_ milliseconds: Int64) -> WallTime {
        WallTime(nanosecondsSince1970: milliseconds * 1_000_000 + 250_000)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var manner: ImaginedLog.Manner
        var tellsTimestamps: Bool
        var testDescription: String { "\(manner), \(tellsTimestamps ? "2.3" : "2.0.2")" }

        static let all = ImaginedLog.Manner.allCases.flatMap { manner in
            [false, true].map { Case(manner: manner, tellsTimestamps: $0) }
        }
    }

    /// A log that grows and is cut for some rounds, with groups that read on, stop and rewind.
    @Test("brackets hold the truth within the tolerance, in few look-ups", arguments: Case.all)
    func bracketsHold(_ subject: Case) throws {
        var (worst, first, later) = (0, 0, 0)
        for seed in 0..<10 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var log = ImaginedLog()
            var index = TimeIndex()
            var now: Int64 = 1_760_000_000_000
            let history = Int64.random(in: 60_000...(30 * 86_400_000), using: &random)
            log.append(2_000, from: now - history, to: now, subject.manner, &random)
            var commits = (0..<3).map { _ in Int64.random(in: 0..<log.end, using: &random) }
            for round in 0..<8 {
                for commit in commits {
                    let count = Self.settle(
                        &index, about: commit, in: log, now: Self.wall(now),
                        tellsTimestamps: subject.tellsTimestamps)
                    worst = max(worst, count)
                    first += round == 0 ? count : 0
                    later += round == 0 ? 0 : count
                    let truth = log.newest(upTo: commit)
                    guard let bracket = index.bracket(of: commit, now: Self.wall(now)) else {
                        #expect(truth == nil && index.lacksTimestamps(from: commit))
                        continue
                    }
                    let newest = min(try #require(truth), now + 1)
                    #expect(
                        min(bracket.oldest, now + 1) <= newest && newest <= bracket.newest,
                        "\(bracket) \(newest) at \(commit)")
                    #expect(bracket.excess(at: Self.wall(now), Self.tolerance) <= 1)
                }
                index.prune(around: commits.sorted())
                #expect(index.count <= 12)
                log.append(200, from: now, to: now + 10_000, subject.manner, &random)
                now += 10_000
                commits[0] = min(log.end - 1, commits[0] + 200)
                commits[1] = Int64.random(in: log.start..<log.end, using: &random)
                if round == 4 { log.start = log.end / 3 }
            }
        }
        #expect(worst <= 40)
        #expect(first <= 30 * 9, "first round: \(first) look-ups for 30 places")
        #expect(later <= 210 * 6, "later rounds: \(later) look-ups for 210 places")
    }
}

@Suite("What look-ups prove")
struct TimeFactTests {
    static let now = TimeIndexTests.wall(10_000)

    static func index(start: Int64 = 0, end: Int64 = 100) -> TimeIndex {
        var index = TimeIndex()
        index.turn(logStart: start, highWatermark: end)
        return index
    }

    @Test("a look-up bounds what lies before it and what it found")
    func oneLookUp() {
        var index = Self.index()
        index.learn(time: 5_000, offset: 40)
        #expect(index.bracket(of: 39, now: Self.now) == nil)
        #expect(index.bracket(of: 40, now: Self.now) == TimeBracket(oldest: 5_000, newest: 10_001))
        index.learn(time: 7_000, offset: 60)
        #expect(index.bracket(of: 40, now: Self.now) == TimeBracket(oldest: 5_000, newest: 6_999))
        #expect(index.bracket(of: 59, now: Self.now) == TimeBracket(oldest: 5_000, newest: 6_999))
        index.learn(time: 8_000, offset: nil)
        #expect(index.bracket(of: 99, now: Self.now) == TimeBracket(oldest: 7_000, newest: 7_999))
    }

    @Test("a timestamp that is told is exact where it was found")
    func timestamp() {
        var index = Self.index()
        index.learn(time: 5_000, offset: 40, timestamp: 6_000)
        #expect(index.bracket(of: 40, now: Self.now) == TimeBracket(oldest: 6_000, newest: 6_000))
        #expect(index.bracket(of: 41, now: Self.now) == TimeBracket(oldest: 6_000, newest: 10_001))
        // One that is older than what was asked for is no answer to the question.
        index.learn(time: 8_000, offset: 70, timestamp: 3)
        #expect(index.bracket(of: 70, now: Self.now) == TimeBracket(oldest: 8_000, newest: 10_001))
    }

    @Test("of two answers that contradict each other the newer holds")
    func contradiction() {
        var index = Self.index()
        index.learn(time: 5_000, offset: 40)
        // A record older than 5,000 is first at 50 now: the one at 40 is gone.
        index.learn(time: 4_000, offset: 50)
        #expect(index.bracket(of: 45, now: Self.now) == nil)
        #expect(index.bracket(of: 50, now: Self.now)?.oldest == 4_000)
        // And now one so new stands before it.
        index.learn(time: 6_000, offset: 10)
        #expect(index.bracket(of: 45, now: Self.now) == TimeBracket(oldest: 6_000, newest: 10_001))
    }

    @Test("an end that goes back forgets everything, deletion only what was deleted")
    func turning() {
        var index = Self.index()
        index.learn(time: 5_000, offset: 40)
        index.turn(logStart: 50, highWatermark: 120)
        #expect(index.bracket(of: 40, now: Self.now) == nil && index.count == 1)
        index.turn(logStart: 50, highWatermark: 119)
        #expect(index.count == 0)
        index.turn(logStart: 0, highWatermark: 300)
        index.learn(time: 5_000, offset: 40)
        index.turn(logStart: 0, highWatermark: 300)
        #expect(index.count == 2)
    }

    @Test("an answer below the log start is none: what it proves would be forgotten in the next round")
    func answerBelowTheStart() {
        var index = Self.index(start: 50)
        let kept = index.learn(time: 5_000, offset: 49)
        #expect(!kept && index.count == 0 && index.bracket(of: 60, now: Self.now) == nil)
        let isAnswer = index.learn(time: 5_000, offset: 50)
        #expect(isAnswer && index.bracket(of: 60, now: Self.now)?.oldest == 5_000)
        let before = index
        index.turn(logStart: 50, highWatermark: 100)
        #expect(index == before)
    }

    @Test("what is settled stays so while the log is the same, whatever is turned to and pruned")
    func settled() {
        let tolerance = TimeTolerance()
        var index = Self.index()
        index.learn(time: 5_000, offset: 40)
        // Now is the newest bound: it goes on with time.
        #expect(!index.isSettled(at: 40, now: Self.now, tolerance: tolerance))
        index.learn(time: 5_900, offset: 41)
        #expect(index.isSettled(at: 40, now: Self.now, tolerance: tolerance))
        // Nothing is known of its own record but that it is not old.
        #expect(!index.isSettled(at: 41, now: Self.now, tolerance: tolerance))
        index.rest()
        index.prune(around: [40])
        let (before, age) = (index, index.bracket(of: 40, now: Self.now))
        for later in 1...50 as ClosedRange<Int64> {
            let now = TimeIndexTests.wall(10_000 + later * 9_999)
            index.turn(logStart: 0, highWatermark: 100)
            #expect(index.question(about: 40, now: now, tolerance: tolerance) == .settled)
            #expect(index.isSettled(at: 40, now: now, tolerance: tolerance))
            index.rest()
            index.prune(around: [40])
            #expect(index == before && index.bracket(of: 40, now: now) == age)
        }
        // A record from the future comes of age some day.
        index.learn(time: 20_000, offset: 60)
        index.learn(time: 20_100, offset: 61)
        #expect(index.question(about: 60, now: Self.now, tolerance: tolerance) == .settled)
        #expect(!index.isSettled(at: 60, now: Self.now, tolerance: tolerance))
        #expect(index.isSettled(at: 60, now: TimeIndexTests.wall(30_000), tolerance: tolerance))
    }

    @Test("before the first record with a timestamp it is that record's, and without any there is none")
    func noTimestamps() {
        var index = Self.index()
        index.learn(time: 0, offset: 30)
        index.learn(time: 4_000, offset: 31)
        #expect(index.bracket(of: 5, now: Self.now) == TimeBracket(oldest: 0, newest: 3_999))
        var bare = Self.index()
        bare.learn(time: 0, offset: nil)
        #expect(bare.bracket(of: 5, now: Self.now) == nil && bare.lacksTimestamps(from: 5))
        let question = { (index: TimeIndex) in
            index.question(about: 5, now: Self.now, tolerance: TimeTolerance())
        }
        #expect(question(bare) == .noTimestamps)
        // What is appended may have one.
        bare.turn(logStart: 0, highWatermark: 101)
        #expect(!bare.lacksTimestamps(from: 5) && question(bare) == .ask(0))
    }

    @Test("answers out of any range do no harm")
    func hostile() {
        var random = SeededRandom(seed: 3)
        let extremes: [Int64] = [.min, .min + 1, -1, 0, 1, 5_000, .max - 1, .max]
        for _ in 0..<3_000 {
            var index = Self.index(
                start: extremes.randomElement(using: &random) ?? 0,
                end: extremes.randomElement(using: &random) ?? 0)
            for _ in 0..<6 {
                index.learn(
                    time: extremes.randomElement(using: &random) ?? 0,
                    offset: Bool.random(using: &random) ? extremes.randomElement(using: &random) : nil,
                    timestamp: Bool.random(using: &random) ? extremes.randomElement(using: &random) : nil)
                for offset in extremes {
                    let question = index.question(about: offset, now: Self.now, tolerance: TimeTolerance())
                    if case .ask(let time) = question { #expect(time >= 0) }
                    if let bracket = index.bracket(of: offset, now: Self.now) {
                        #expect(bracket.age(at: Self.now).age >= .zero)
                        #expect(bracket.oldest <= bracket.newest)
                    }
                }
                index.prune(around: [0, 5_000])
            }
        }
    }

    @Test("an age is never negative, its error half the bracket, and the tolerance the larger of two")
    func ages() {
        let bracket = TimeBracket(oldest: 4_000, newest: 8_000)
        let age = bracket.age(at: Self.now)
        #expect(age.age == .nanoseconds(4_000_250_000) && age.error == .seconds(2))
        #expect(bracket.excess(at: Self.now, TimeTolerance(absolute: .seconds(4))) == 1)
        #expect(bracket.excess(at: Self.now, TimeTolerance(absolute: .seconds(1))) == 4)
        #expect(bracket.excess(at: Self.now, TimeTolerance(absolute: .seconds(1), ratio: 2)) < 1)
        let future = TimeBracket(oldest: 11_000, newest: 50_000)
        #expect(future.age(at: Self.now).age == .zero && future.age(at: Self.now).error == .zero)
        #expect(TimeBracket(oldest: 0, newest: 9_999).isTelling(at: Self.now, TimeTolerance()) == false)
        #expect(bracket.isTelling(at: Self.now, TimeTolerance()))
    }
}
