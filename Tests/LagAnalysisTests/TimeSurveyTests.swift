import ClusterAccess
import LagModel
import LagwardenTestKit
import Testing

@testable import LagAnalysis

@Suite("Look-ups of a round")
struct TimeSurveyTests {
    static let now = Moment(
        wall: TimeIndexTests.wall(1_760_000_000_000), monotonic: MonotonicTime(sinceOrigin: .seconds(1)))

    /// One topic led by broker 1 and, for the last partition, nobody; one group for each row of commits.
    static func snapshot(
        ends: [Int64], commits: [[Int64]], at moment: Moment = now, starts: [Int64]? = nil
    ) -> ClusterSnapshot {
        let leaders = ends.indices.map { $0 == ends.count - 1 ? -1 as Int32 : 1 }
        let groups = commits.enumerated().map { number, commits in
            let totals = LagTotals(partitions: commits.count, unknownPartitions: 0, lag: 1, lagMax: 1)
            return GroupSnapshot(
                id: GroupID("g\(number)"),
                topics: [
                    GroupTopicSnapshot(
                        name: "t", topicIndex: 0, partitions: commits.indices.map { Int32($0) },
                        committed: commits, totals: totals)
                ], totals: totals)
        }
        return ClusterSnapshot(
            cluster: "c", round: 1, endOffsetsRead: moment,
            topics: [
                TopicSnapshot(
                    name: "t", logStart: OffsetColumn(starts ?? ends.map { _ in 0 }),
                    highWatermark: OffsetColumn(ends), leaders: leaders)
            ], groups: SharedList(groups))
    }

    @Test("only partitions with lag and a leader are asked about, each once")
    func questions() throws {
        var ledger = TimeLedger(tolerance: TimeTolerance())
        var snapshot = Self.snapshot(ends: [100, 100, 100], commits: [[10, 100, 5], [20, 100, 5]])
        let surveys = ledger.begin(snapshot)
        #expect(surveys.keys.map(\.rawValue) == [1])
        var survey = try #require(surveys[BrokerID(1)])
        let questions = survey.nextQuestions(limit: 100)
        #expect(questions.map(\.topic) == ["t"] && questions[0].partitions == [PartitionID(0)])
        ledger.finish([survey], into: &snapshot)
        #expect(snapshot.timeLookups?.absent == [.pending: 2, .failed(.leaderUnavailable): 2])
        #expect(snapshot.timeLookups?.pending == 2)
        #expect(snapshot.groups[0].topics[0].lagAges?[1, at: Self.now.wall] == LagAge(age: .zero))
        #expect(snapshot.groups[0].lagAge == nil && snapshot.groups[0].topics[0].lagAge == nil)
    }

    @Test("the widest brackets come first, and what was not asked about is no answer")
    func order() throws {
        var ledger = TimeLedger(tolerance: TimeTolerance())
        let snapshot = Self.snapshot(ends: [100, 100, 100, 0], commits: [[50, 50, 50]])
        let surveys = ledger.begin(snapshot)
        var survey = try #require(surveys[BrokerID(1)])
        _ = survey.nextQuestions(limit: 3)
        let known = { (partition: Int32, offset: Int64?) in
            TimeLookup.Answer(partition: PartitionID(partition), offset: offset)
        }
        // Partition 1 is bounded from both sides, 0 from below and 2 not at all.
        survey.absorb(
            TimeLookup(
                topics: [.init(name: "t", answers: [known(0, 50), known(1, 50), known(2, nil)])],
                requests: 1))
        #expect(survey.nextQuestions(limit: 1).map(\.partitions) == [[PartitionID(2)]])
        survey.absorb(
            TimeLookup(topics: [.init(name: "t", answers: [known(1, 3), known(9, 3)])], requests: 1))
        #expect(survey.requests == 2)
        #expect(survey.places.map(\.failure) == [nil, nil, .other])
        #expect(survey.nextQuestions(limit: 9).map(\.partitions) == [[PartitionID(0), PartitionID(1)]])
        survey.giveUp(.timedOut)
        #expect(survey.nextQuestions(limit: 9) == [])
        #expect(survey.places.map(\.failure) == [.timedOut, .timedOut, .other])
    }

    @Test("an answer below the log start is none, and asks for no other in this round")
    func answerBelowTheStart() throws {
        var ledger = TimeLedger(tolerance: TimeTolerance())
        var snapshot = Self.snapshot(ends: [100, 0], commits: [[10, 0]], starts: [5, 0])
        let surveys = ledger.begin(snapshot)
        var survey = try #require(surveys[BrokerID(1)])
        #expect(survey.nextQuestions(limit: 9).count == 1)
        let answer = TimeLookup.Answer(partition: PartitionID(0), offset: 4)
        survey.absorb(TimeLookup(topics: [.init(name: "t", answers: [answer])], requests: 1))
        #expect(survey.places[0].failure == .other && survey.nextQuestions(limit: 9) == [])
        ledger.finish([survey], into: &snapshot)
        #expect(snapshot.timeLookups?.absent == [.failed(.other): 1] && snapshot.timeLookups?.pending == 1)
    }

    /// Many groups on few partitions, over many rounds.
    @Test("memory stays with what lags now")
    func memory() throws {
        var random = SeededRandom(seed: 11)
        var ledger = TimeLedger(tolerance: TimeTolerance())
        var log = ImaginedLog()
        let first: Int64 = 1_760_000_000_000
        log.append(1_000, from: first - 3_600_000, to: first, .shuffled, &random)
        for round in 0..<12 as Range<Int64> {
            let moment = Moment(
                wall: TimeIndexTests.wall(first + round * 10_000),
                monotonic: MonotonicTime(sinceOrigin: .seconds(round * 10)))
            let commits = (0..<40).map { _ in [Int64.random(in: 0..<log.end, using: &random), 0] }
            var snapshot = Self.snapshot(ends: [log.end, 0], commits: commits, at: moment)
            let surveys = ledger.begin(snapshot)
            var survey = try #require(surveys[BrokerID(1)])
            while let question = survey.nextQuestions(limit: 500).first {
                let found = log.first(atLeast: question.times[0])
                let answer = TimeLookup.Answer(
                    partition: question.partitions[0], offset: found?.offset, timestamp: found?.time)
                survey.absorb(TimeLookup(topics: [.init(name: "t", answers: [answer])], requests: 1))
                try #require(survey.requests < 1_000)
            }
            ledger.finish([survey], into: &snapshot)
            #expect(ledger.factCount <= 40 * 3)
            #expect(snapshot.timeLookups?.pending == 0)
            for group in snapshot.groups {
                let age = try #require(group.lagAge)
                let newest = try #require(log.newest(upTo: group.topics[0].committed[0]))
                let truth = max(.zero, moment.wall - TimeIndexTests.wall(newest))
                #expect(age.age - age.error <= truth + .milliseconds(1))
                #expect(truth <= age.age + age.error + .milliseconds(1))
            }
            log.append(50, from: first + round * 10_000, to: first + round * 10_000 + 9_000, .even, &random)
        }
        // When nobody lags any more nothing is remembered.
        var snapshot = Self.snapshot(ends: [log.end, 0], commits: [[log.end, 0]])
        let surveys = ledger.begin(snapshot)
        #expect(surveys.isEmpty)
        ledger.finish([], into: &snapshot)
        #expect(ledger.factCount == 0 && snapshot.groups[0].lagAge == LagAge(age: .zero))
    }
}
