import ClusterAccess
import LagModel
import Testing

@testable import LagAnalysis

/// Rounds through the ledger that tells what changed; a record every second, at offsets of 0 and up.
@Suite("Topics that are looked at for their ages")
struct TimeLedgerTests {
    private static let first: Int64 = 1_760_000_000_000

    private struct Rounds {
        /// Ends of the partitions of each topic; the last one of `b` has no leader where that is said.
        var ends: [TopicName: [Int64]] = ["a": [100, 100], "b": [100, 100]]
        var commits: [GroupID: [TopicName: [Int64]]] = [
            "g1": ["a": [10, 20], "b": [30, 100]], "g2": ["b": [40, 50]], "g3": ["a": [100, 100]],
        ]
        var carried: [GroupID: Moment] = [:]
        var leaderless: TopicName?
        /// Nobody answers about this topic.
        var failing: TopicName?
        var number: Int64 = 0
        var snapshot: ClusterSnapshot?
        /// Groups with other ages on topics that are as they were.
        var renewed: [GroupID] = []
        private var cluster = ClusterLedger(settings: .init(cluster: "c"))
        var ledger = TimeLedger(tolerance: TimeTolerance())

        var moment: Moment {
            Moment(
                wall: TimeIndexTests.wall(TimeLedgerTests.first + 200_000 + number * 10_000),
                monotonic: MonotonicTime(sinceOrigin: .seconds(number * 10)))
        }

        private var facts: RoundFacts {
            let topics = ends.sorted { $0.key < $1.key }.map { name, ends in
                let leaders = ends.indices.map { Int32(name == leaderless && $0 == ends.count - 1 ? -1 : 1) }
                return TopicFacts(
                    name: name, leaders: leaders, logStart: OffsetColumn(ends.map { _ in 0 }),
                    highWatermark: OffsetColumn(ends))
            }
            let groups = commits.sorted { $0.key < $1.key }.map { id, commits in
                let topics = commits.sorted { $0.key < $1.key }.map { name, offsets in
                    TopicOffsets(
                        name: name, partitions: offsets.indices.map { PartitionID(Int32($0)) },
                        offsets: offsets)
                }
                var facts = GroupFacts(id: id, commits: .read(CommittedOffsets(topics: topics)))
                facts.commitsRead = carried[id]
                return facts
            }
            return RoundFacts(round: number, endOffsetsRead: moment, topics: topics, groups: groups)
        }

        /// One round; returns the topics whose places were looked at.
        mutating func run() -> Set<TopicName> {
            number += 1
            var (new, changes) = cluster.absorb(facts, reusing: snapshot)
            let surveys = ledger.begin(new, changes: changes)
            var (done, looked): ([TimeSurvey], Set<TopicName>) = ([], [])
            for var survey in surveys.values {
                looked.formUnion(survey.places.map(\.topic))
                while survey.requests < 40 {
                    let questions = survey.nextQuestions(limit: 100)
                    if questions.isEmpty { break }
                    survey.absorb(answer(questions))
                }
                done.append(survey)
            }
            ledger.finish(done, changes: &changes, into: &new)
            renewed = zip(new.groups, changes?.groups ?? []).filter(\.1.hasNewAges).map(\.0.id)
            snapshot = new
            return looked
        }

        private func answer(_ questions: [TopicTimes]) -> TimeLookup {
            var reply = TimeLookup(requests: 1)
            for question in questions {
                if question.topic == failing {
                    reply.failures += question.partitions.map {
                        PartitionFailure(
                            topic: question.topic, partition: $0,
                            error: ClusterError(.notLeader, operation: "list offsets"))
                    }
                    continue
                }
                let answers = zip(question.partitions, question.times).map { partition, time in
                    let offset = max(0, (time - TimeLedgerTests.first + 999) / 1000)
                    let end = ends[question.topic]?[Int(partition.rawValue)] ?? 0
                    return TimeLookup.Answer(
                        partition: partition, offset: offset < end ? offset : nil,
                        timestamp: offset < end ? TimeLedgerTests.first + offset * 1000 : nil)
                }
                reply.topics.append(.init(name: question.topic, answers: answers))
            }
            return reply
        }

        /// Whole seconds, where they are known.
        func age(of group: GroupID) -> Double? {
            guard let snapshot, let found = snapshot.groups.first(where: { $0.id == group }) else {
                return nil
            }
            return snapshot.lagAge(of: found)?.age.seconds.rounded()
        }
    }

    @Test("where nothing changes nothing is looked at, and ages go on")
    func still() {
        var rounds = Rounds()
        #expect(rounds.run() == ["a", "b"])
        let (ages, asked) = (["g1", "g2", "g3"].map { rounds.age(of: $0) }, requests(rounds))
        #expect(ages == [200, 170, 0])
        for later in 1...20 {
            #expect(rounds.run() == [] && rounds.renewed == [])
            #expect(rounds.age(of: "g1") == 200 + Double(later) * 10)
            #expect(rounds.age(of: "g2") == 170 + Double(later) * 10 && rounds.age(of: "g3") == 0)
            #expect(rounds.snapshot?.timeLookups?.absent == [:] && requests(rounds) == asked)
        }
    }

    @Test("a topic is looked at when its log or a reader of it is another, and no other topic")
    func changes() {
        var rounds = Rounds()
        _ = rounds.run()
        rounds.ends["a"] = [120, 100]
        #expect(rounds.run() == ["a"] && rounds.run() == [])
        rounds.commits["g2"] = ["b": [45, 50]]
        #expect(rounds.run() == ["b"] && rounds.run() == [])
        #expect(rounds.age(of: "g2") == 205)
        // A reader that is caught up is nobody's business; one that falls behind is.
        rounds.commits["g4"] = ["b": [100, 100]]
        #expect(rounds.run() == [])
        rounds.commits["g4"] = ["b": [100, 99]]
        #expect(rounds.run() == ["b"] && rounds.run() == [])
    }

    @Test("a reader that goes, or comes when another goes, has its topics looked at")
    func comingAndGoing() {
        var rounds = Rounds()
        _ = rounds.run()
        let facts = rounds.ledger.factCount
        rounds.commits["g2"] = nil
        #expect(rounds.run() == ["b"] && rounds.run() == [])
        #expect(rounds.ledger.factCount < facts)
        // Of a group that reads other topics than before, no topic is known to be as it was.
        rounds.commits["g1"]?["b"] = nil
        rounds.commits["g5"] = ["b": [30, 100]]
        #expect(rounds.run() == ["a", "b"] && rounds.run() == [])
        rounds.commits["g1"] = nil
        rounds.commits["g5"] = nil
        #expect(rounds.run() == [] && rounds.ledger.factCount == 0)
    }

    @Test("a topic with a reader whose commits were not asked for is looked at in each such round")
    func carried() {
        var rounds = Rounds()
        _ = rounds.run()
        rounds.carried["g1"] = rounds.moment
        #expect(rounds.run() == ["a", "b"] && rounds.run() == ["a", "b"])
        rounds.carried["g1"] = nil
        #expect(rounds.run() == ["a", "b"] && rounds.run() == [])
        #expect(rounds.age(of: "g1") == 240)
    }

    @Test("a topic with a place that is not settled is looked at until it is")
    func unsettled() {
        var rounds = Rounds()
        (rounds.leaderless, rounds.failing) = ("b", "a")
        #expect(rounds.run() == ["a", "b"] && rounds.run() == ["a", "b"])
        #expect(
            rounds.snapshot?.timeLookups?.absent
                == [.failed(.leaderUnavailable): 1, .failed(.notLeader): 2])
        #expect(rounds.snapshot?.timeLookups?.pending == 2 && rounds.age(of: "g1") == nil)
        rounds.failing = nil
        #expect(rounds.run() == ["a", "b"] && rounds.age(of: "g1") == 220)
        // The first partition of `b` is led, so the topic goes on being looked at.
        #expect(rounds.run() == ["b"])
        #expect(rounds.snapshot?.timeLookups?.absent == [.failed(.leaderUnavailable): 1])
        #expect(rounds.age(of: "g2") == nil && rounds.renewed == [])
        rounds.leaderless = nil
        #expect(rounds.run() == ["b"] && rounds.run() == [] && rounds.age(of: "g2") == 220)
    }

    private func requests(_ rounds: Rounds) -> Int64? { rounds.snapshot?.timeLookups?.requests }
}
