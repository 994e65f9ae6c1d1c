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
    func `a window has at most thirteen rounds, and reaches back to its start`(interval: Int) {
        let settings = EvaluationSettings()
        var history = CommitHistory()
        for round in 0..<(5000 / interval + 20) {
            history.record(Self.frame(round * interval, [Int64(round)], ends: [9]), settings: settings)
            #expect(history.frames.count <= 13)
            let moments = history.frames.map(\.moment.monotonic)
            #expect(zip(moments, moments.dropFirst()).allSatisfy { $0 < $1 })
        }
        let frames = history.frames
        let span = frames[frames.count - 1].moment.monotonic - frames[0].moment.monotonic
        #expect(span >= settings.window)
        #expect(span < settings.window + max(settings.spacing * 2, .seconds(2 * interval)))
    }

    @Test func `columns that stay the same are kept once`() {
        var history = CommitHistory()
        for round in 0..<5 {
            let committed = (0..<1000).map { Int64($0) }
            history.record(
                Self.frame(round * 100, committed, ends: committed), settings: EvaluationSettings())
        }
        let places = Set(
            history.frames.map { frame in
                frame.committed.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
            })
        #expect(places.count == 1)
    }

    @Test func `a fall between two rounds is remembered although its frame is not`() {
        let settings = EvaluationSettings()
        var history = CommitHistory()
        for (second, offset) in [(0, 100), (60, 100), (70, 900), (80, 300)] {
            history.record(Self.frame(second, [Int64(offset)], ends: [1000]), settings: settings)
        }
        #expect(!history.frames.map(\.committed).contains([900]))
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
