import ClusterAccess
import LagAnalysis
import LagModel
import LagwardenTestKit
import Testing

/// What is remembered of rounds, and what that costs.
@Suite("Histories of commits")
struct CommitHistoryTests {
    private static func frame(
        _ second: Int, _ committed: [Int64], ends: [Int64], partitions: [Int32]? = nil
    ) -> CommitHistory.Frame {
        CommitHistory.Frame(
            moment: ReaderStory.moment(second), partitions: partitions ?? committed.indices.map(Int32.init),
            committed: committed, logStart: OffsetColumn(ends.map { _ in 0 }),
            highWatermark: OffsetColumn(ends))
    }

    @Test(arguments: [1, 3, 10, 59, 60, 61, 300, 3600])
    func `a window has at most thirteen frames, and reaches back to its start`(interval: Int) {
        let settings = EvaluationSettings()
        var history = CommitHistory()
        let last = (5000 / interval + 19) * interval
        for second in stride(from: 0, through: last, by: interval) {
            history.record(Self.frame(second, [Int64(second)], ends: [9]), settings: settings)
            #expect(history.frames.count <= 13)
        }
        let looks = history.samples(at: ReaderStory.moment(last).monotonic).map(\.time)
        #expect(looks.count <= 13 && zip(looks, looks.dropFirst()).allSatisfy { $0 < $1 })
        let span = looks[looks.count - 1] - looks[0]
        #expect(span >= settings.window)
        #expect(span < settings.window + max(settings.spacing * 2, .seconds(2 * interval)))
    }

    @Test func `rounds that see the same take one frame and are looked at as if each were kept`() {
        let settings = EvaluationSettings()
        var (still, moving) = (CommitHistory(), CommitHistory())
        for second in stride(from: 0, through: 3000, by: 10) {
            still.record(Self.frame(second, [5], ends: [9]), settings: settings)
            moving.record(Self.frame(second, [Int64(second)], ends: [9]), settings: settings)
        }
        #expect(still.frames.count == 1)
        let now = ReaderStory.moment(3000).monotonic
        #expect(still.samples(at: now).map(\.time) == moving.samples(at: now).map(\.time))
        // Later rounds need not even be recorded.
        let later = ReaderStory.moment(3010).monotonic
        #expect(still.samples(at: later).last?.time == later)
    }

    @Test func `what is packed comes out as it went in, whatever the numbers`() {
        var generator = SeededRandom(seed: 3)
        for round in 0..<200 {
            let spread: Int64 = [0, 200, 60_000, 4_000_000_000, .max][round % 5]
            func numbers() -> [Int64] {
                (0..<5).map { _ in Int64.random(in: 0...spread, using: &generator) }
            }
            var (history, rounds) = (CommitHistory(), [(committed: [Int64], times: [Int64])]())
            for number in 0..<6 {
                var times = numbers()
                if round % 3 == 0 { times[1] = CommitTimeColumn.unknown }
                let committed = numbers()
                rounds.append((committed, times))
                history.record(
                    CommitHistory.Frame(
                        moment: ReaderStory.moment(number * 60), partitions: [0, 1, 2, 3, 4],
                        committed: committed, commitTimes: CommitTimeColumn(milliseconds: times)),
                    settings: EvaluationSettings())
            }
            for partition: Int32 in 0..<5 {
                var seen: [[Int64]] = []
                history.forEachCommit(of: partition, hint: 0) { frame, committed, time in
                    seen.append([Int64(frame), committed, time])
                }
                var told = rounds.map { [$0.committed[Int(partition)], $0.times[Int(partition)]] }
                // Rounds that saw the same share a frame.
                for place in told.indices.dropFirst().reversed() where rounds[place] == rounds[place - 1] {
                    told.remove(at: place)
                }
                #expect(seen.reversed().map { Array($0.dropFirst()) } == told)
            }
        }
    }

    @Test func `a fall between two rounds is remembered although its frame is not`() {
        let settings = EvaluationSettings()
        var history = CommitHistory()
        for (second, offset) in [(0, 100), (60, 100), (70, 900), (80, 300)] {
            history.record(Self.frame(second, [Int64(offset)], ends: [1000]), settings: settings)
        }
        var commits: [Int64] = []
        history.forEachCommit(of: 0, hint: 0) { _, committed, _ in commits.append(committed) }
        #expect(commits == [300, 100], "newest first")
        #expect(history.falls[0]?.from == 900)
        history.record(Self.frame(90, [200], ends: [1000]), settings: settings)
        #expect(history.falls[0] == .init(from: 900, seen: ReaderStory.moment(90).monotonic))
        history.record(Self.frame(100, [900], ends: [1000]), settings: settings)
        #expect(history.falls.isEmpty, "made good")
        history.record(Self.frame(110, [10], ends: [1000]), settings: settings)
        history.record(Self.frame(120, [10], ends: [50]), settings: settings)
        #expect(history.falls.isEmpty, "in another log")
        history.record(Self.frame(130, [5], ends: [50]), settings: settings)
        history.record(Self.frame(800, [5], ends: [50]), settings: settings)
        #expect(history.falls.isEmpty, "left behind by the window")
    }

    @Test func `partitions keep their own past when others come and go`() {
        let settings = EvaluationSettings()
        var history = CommitHistory()
        for second in stride(from: 0, through: 600, by: 60) {
            // Partition 3 is there all the time, 1 until second 300, 0 from then on.
            let partitions: [Int32] = second < 300 ? [1, 3] : [0, 3]
            history.record(
                Self.frame(
                    second, [Int64(second), Int64(second)],
                    ends: Array(repeating: Int64(second) * 3 + 10, count: 4), partitions: partitions),
                settings: settings)
        }
        var past = PartitionPast()
        past.load(history, position: 1)
        #expect(past.samples.count == 11)
        past.load(history, position: 0)
        #expect(past.samples.map(\.committed) == [300, 360, 420, 480, 540, 600])
        let verdict = GroupTopicVerdict(history, settings)
        #expect(verdict.statuses == [.ok, .warn] || verdict.statuses == [nil, .warn])
        #expect(verdict.complete == 1)
    }

    @Test func `whatever is recorded, nothing traps and what is unknown has no verdict`() {
        var generator = SeededRandom(seed: 11)
        for _ in 0..<300 {
            var history = CommitHistory()
            var second = 0
            var newest: CommitHistory.Frame?
            for _ in 0..<20 {
                second += Int.random(in: 1...200, using: &generator)
                let partitions = (0..<Int32(6)).filter { _ in Bool.random(using: &generator) }
                func value() -> Int64 {
                    [OffsetColumn.unknown, .max, 0, 7, 1000].randomElement(using: &generator) ?? 0
                }
                let frame = CommitHistory.Frame(
                    moment: ReaderStory.moment(second), partitions: partitions,
                    committed: partitions.map { _ in max(0, value()) },
                    commitTimes: Bool.random(using: &generator)
                        ? CommitTimeColumn(milliseconds: partitions.map { _ in value() }) : nil,
                    logStart: OffsetColumn((0..<5).map { _ in value() }),
                    highWatermark: Bool.random(using: &generator)
                        ? OffsetColumn((0..<5).map { _ in value() }) : nil)
                history.record(frame, settings: EvaluationSettings())
                newest = frame
            }
            let verdict = GroupTopicVerdict(history, EvaluationSettings())
            #expect(verdict.statuses.count == newest?.partitions.count)
            for (position, status) in verdict.statuses.enumerated() {
                let partition = newest?.partitions[position] ?? 0
                if newest?.highWatermark?[partition] == nil || newest?.logStart?[partition] == nil {
                    #expect(status == nil)
                }
            }
        }
    }
}
