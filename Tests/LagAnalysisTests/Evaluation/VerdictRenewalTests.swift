import ClusterAccess
import LagAnalysis
import LagModel
import LagwardenTestKit
import Testing

/// A verdict that looks again only at what time may have changed is the one that looks at everything.
@Suite struct VerdictRenewalTests {
    /// Some readers of one topic, which seldom move.
    private struct Readers {
        var random: SeededRandom
        let hasTimes: Bool
        let hasAges: Bool
        /// By how many milliseconds the coordinator's clock is ahead of ours.
        let skew: Int64
        var second = 0
        var ends: [Int64] = [40, 40, 40, 40, 40]
        var committed: [Int64] = [0, 10, 20, 40, 39]
        var times: [Int64] = [0, 0, 0, 0, 0]
        var ages: LagAgeColumn?
        /// Whether a round sees something else than the one before it, ages aside.
        var hasMoved = true

        init(seed: UInt64) {
            random = SeededRandom(seed: seed)
            hasTimes = seed % 3 != 0
            hasAges = seed % 2 == 0
            skew = [0, 0, -40_000, 40_000][Int(seed % 4)]
        }

        var now: Moment { ReaderStory.moment(second) }

        mutating func step() {
            second += Int.random(in: 1...40, using: &random)
            hasMoved = false
            for place in committed.indices where Int.random(in: 0..<25, using: &random) == 0 {
                hasMoved = true
                switch Int.random(in: 0..<8, using: &random) {
                case 0: committed[place] = max(0, committed[place] - 15)
                case 1: break  // the same offset once more
                case 2...4: committed[place] = min(ends[place], committed[place] + 6)
                default: ends[place] += 5
                }
                times[place] = Int64(second) * 1000 + skew - Int64.random(in: 0...3000, using: &random)
            }
            if hasAges, hasMoved || Int.random(in: 0..<6, using: &random) == 0 { look() }
        }

        /// Finds other ages for some.
        private mutating func look() {
            var new = ages ?? LagAgeColumn(unknownCount: committed.count)
            for place in committed.indices where Bool.random(using: &random) {
                let age = Duration.seconds(Int.random(in: -20...400, using: &random))
                new[place, at: now.wall] =
                    Int.random(in: 0..<9, using: &random) == 0
                    ? nil : LagAge(age: age, error: .seconds(Int.random(in: 0...20, using: &random)))
            }
            ages = new
        }

        var frame: CommitHistory.Frame {
            CommitHistory.Frame(
                moment: now, partitions: [0, 1, 2, 3, 4], committed: committed,
                commitTimes: hasTimes ? CommitTimeColumn(milliseconds: times) : nil,
                logStart: OffsetColumn([0, 0, 0, 0, 0]), highWatermark: OffsetColumn(ends))
        }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `a renewed verdict says what a new one says`(seed: UInt64) {
        let settings = EvaluationSettings(
            window: .seconds(300), minimum: .seconds(30), allowedLag: seed % 5 == 0 ? 3 : 0)
        var readers = Readers(seed: seed)
        var history = CommitHistory()
        var verdict: GroupTopicVerdict?
        var (before, last): (LagAgeColumn?, MonotonicTime?)
        var renewals = 0
        for _ in 0..<400 {
            readers.step()
            let now = readers.now
            if var known = verdict, !readers.hasMoved {
                let old = known
                if known.nextChange.map({ $0 <= now.monotonic }) ?? false || readers.ages != before {
                    history.trim(at: now.monotonic)
                    let hasChanged = known.renew(
                        history, settings, at: now, ages: readers.ages, before: before)
                    #expect(hasChanged == !Self.isSame(old, known), "second \(readers.second)")
                    renewals += 1
                }
                verdict = known
            } else {
                history.record(readers.frame, after: last, settings: settings)
                verdict = GroupTopicVerdict(history, settings, at: now, ages: readers.ages)
            }
            (before, last) = (readers.ages, now.monotonic)
            let new = GroupTopicVerdict(history, settings, at: now, ages: readers.ages)
            let isSame = verdict.map { Self.isSame($0, new) } ?? false
            #expect(isSame, "second \(readers.second)")
            if !isSame { return }
        }
        #expect(renewals > 50)
    }

    @Test func `a reader that has stopped is left alone until something moves`() {
        let settings = EvaluationSettings()
        var history = CommitHistory()
        history.record(
            CommitHistory.Frame(
                moment: ReaderStory.moment(0), partitions: [0, 1], committed: [5, 7],
                logStart: OffsetColumn([0, 0]), highWatermark: OffsetColumn([10, 10])), settings: settings)
        var verdict = GroupTopicVerdict(history, settings)
        var looks: [Int] = []
        for second in stride(from: 10, through: 7200, by: 10) {
            let now = ReaderStory.moment(second)
            guard let next = verdict.nextChange, next <= now.monotonic else { continue }
            looks.append(second)
            _ = verdict.renew(history, settings, at: now, ages: nil, before: nil)
        }
        #expect(looks == [60, 600], "when enough is known of it, and when it is late")
        #expect(verdict.statuses == [.stop, .stop])
    }

    private static func isSame(_ one: GroupTopicVerdict, _ other: GroupTopicVerdict) -> Bool {
        one.statuses == other.statuses && one.complete == other.complete
            && one.mostLag?.position == other.mostLag?.position && one.mostLag?.lag == other.mostLag?.lag
            && one.worst?.position == other.worst?.position && one.worst?.status == other.worst?.status
            && one.worst?.lag == other.worst?.lag
            && PartitionStatus.allCases.allSatisfy { one.counts[$0] == other.counts[$0] }
    }
}
