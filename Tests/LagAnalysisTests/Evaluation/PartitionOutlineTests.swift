import ClusterAccess
import LagAnalysis
import LagModel
import LagwardenTestKit
import Testing

/// What is worked out of a past in one go is what its rounds say one by one.
@Suite struct PartitionOutlineTests {
    /// A history of rounds in which readers move now and then, come and go, and logs are unknown at times.
    private static func history(_ settings: EvaluationSettings, _ random: inout SeededRandom) -> CommitHistory
    {
        var history = CommitHistory()
        var (second, ends): (Int, [Int64]) = (0, [50, 50, 50, 50])
        var (committed, times): ([Int64], [Int64]) = ([0, 20, 49, 50], [0, 0, 0, 0])
        let (hasTimes, movesOneIn) = (Bool.random(using: &random), Int.random(in: 1...12, using: &random))
        var last: MonotonicTime?
        for _ in 0..<Int.random(in: 1...50, using: &random) {
            second += Int.random(in: 1...30, using: &random)
            for place in 0..<4 where Int.random(in: 0..<movesOneIn, using: &random) == 0 {
                ends[place] = max(0, ends[place] + Int64.random(in: -4...60, using: &random))
                committed[place] = max(0, committed[place] + Int64.random(in: -10...50, using: &random))
                times[place] = Int64(second) * 1000 - Int64.random(in: -20_000...9000, using: &random)
            }
            func isRare() -> Bool { Int.random(in: 0..<30, using: &random) == 0 }
            let partitions: [Int32] = isRare() ? [0, 2] : [0, 1, 2, 3]
            var seen = OffsetColumn(ends)
            if isRare() { seen[1] = nil }
            if isRare() { history.pause(after: last) }
            let now = ReaderStory.moment(second)
            history.record(
                CommitHistory.Frame(
                    moment: now, partitions: partitions, committed: partitions.map { committed[Int($0)] },
                    commitTimes: hasTimes
                        ? CommitTimeColumn(milliseconds: partitions.map { times[Int($0)] }) : nil,
                    logStart: OffsetColumn([0, 0, 5, 0]), highWatermark: isRare() ? nil : seen),
                after: last, settings: settings)
            last = now.monotonic
        }
        return history
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `is what the rounds say one by one`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let settings = EvaluationSettings(
            window: .seconds(300), minimum: .seconds(30), allowedLag: seed % 5 == 0 ? 3 : 0)
        var (grown, waited, fallen) = (0, 0, 0)
        for _ in 0..<60 {
            let history = Self.history(settings, &random)
            let newest = history.recorded ?? ReaderStory.moment(0)
            // Rounds that saw the same are not recorded.
            let now = [0, 0, 10, 400].randomElement(using: &random).map {
                Moment(
                    wall: WallTime(
                        nanosecondsSince1970: newest.wall.nanosecondsSince1970 + Int64($0) * 1_000_000_000),
                    monotonic: newest.monotonic + .seconds($0))
            }
            for position in 0..<4 {
                var past = PartitionPast()
                past.load(history, position: position, at: now)
                if Bool.random(using: &random) {
                    let least = Int.random(in: 0...200, using: &random)
                    past.unreadAge = .seconds(least)...(.seconds(least + 40))
                }
                let outline = PartitionOutline(of: past, settings)
                let plain = PlainPast(samples: past.samples, unreadAge: past.unreadAge)
                #expect(Self.facts(of: outline) == Self.facts(of: plain, settings))
                grown += outline.isGrowing ? 1 : 0
                waited += outline.longestWait == nil ? 0 : 1
                fallen += outline.isBelowFall ? 1 : 0
                #expect(outline.lag == plain.samples.last?.lag)
                let one = PartitionPast(
                    samples: past.samples, fellFrom: past.fellFrom, unreadAge: past.unreadAge)
                let status = EvaluationRules.status(of: outline, settings)
                #expect(EvaluationRules.status(of: one, settings) == status)
            }
        }
        #expect(grown > 0 && waited > 0 && fallen > 0)
    }

    private static func facts(of outline: PartitionOutline) -> [Duration?] {
        [
            outline.span, outline.sinceCommit, outline.repeatedFor, outline.waiting, outline.waitingMost,
            outline.longestWait, outline.hasCommitted ? .zero : nil, outline.isGrowing ? .zero : nil,
        ]
    }

    private static func facts(of plain: PlainPast, _ settings: EvaluationSettings) -> [Duration?] {
        let allowed = settings.allowedLag
        return [
            plain.span, plain.sinceCommit, plain.repeatedFor, plain.waiting(allowedLag: allowed),
            plain.waitingMost(allowedLag: allowed), plain.longestWait(allowedLag: allowed),
            plain.hasCommitted ? .zero : nil, plain.isGrowing ? .zero : nil,
        ]
    }
}
