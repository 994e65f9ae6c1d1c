import ClusterAccess
import GroupJournal
import LagModel
import OffsetsTopic
import Testing

/// Steps, causes and durations of classic groups.
@Suite struct ClassicTests {
    typealias Member = Script.Member

    /// A generation before and one after, and why it came.
    struct CauseCase: Sendable, CustomTestStringConvertible {
        var name: String
        var generations: [(number: Int32, members: [Member])]
        /// Of the last generation alone.
        var expected: [RebalanceCause: Int64]
        var testDescription: String { name }
    }

    static let causeCases: [CauseCase] = [
        CauseCase(name: "first", generations: [(1, [Member("a")])], expected: [.memberJoined: 1]),
        CauseCase(
            name: "first record of a generation after some without one", generations: [(3, [Member("a")])],
            expected: [.memberJoined: 1, .unknown: 2]),
        CauseCase(
            name: "joined", generations: [(1, [Member("a")]), (2, [Member("a"), Member("b")])],
            expected: [.memberJoined: 1]),
        CauseCase(
            name: "left", generations: [(1, [Member("a"), Member("b")]), (2, [Member("b")])],
            expected: [.memberLeft: 1]),
        CauseCase(
            name: "the last left", generations: [(1, [Member("a")]), (2, [])], expected: [.memberLeft: 1]),
        CauseCase(
            name: "a static member is gone",
            generations: [(1, [Member("a", instance: "i"), Member("b")]), (2, [Member("b")])],
            expected: [.memberTimedOut: 1]),
        CauseCase(
            name: "a static and another are gone",
            generations: [(1, [Member("a", instance: "i"), Member("b")]), (2, [])],
            expected: [.memberLeft: 1]),
        CauseCase(
            name: "replaced", generations: [(1, [Member("a")]), (2, [Member("b")])],
            expected: [.membersReplaced: 1]),
        CauseCase(
            name: "other topics",
            generations: [(1, [Member("a", topics: ["t"])]), (2, [Member("a", topics: ["t", "u"])])],
            expected: [.subscriptionChanged: 1]),
        CauseCase(
            name: "the same topics in another order",
            generations: [(1, [Member("a", topics: ["t", "u"])]), (2, [Member("a", topics: ["u", "t"])])],
            expected: [.unknown: 1]),
        CauseCase(
            name: "partitions were added",
            generations: [(1, [Member("a", [0, 1])]), (2, [Member("a", [0, 1, 2])])],
            expected: [.topicChanged: 1]),
        CauseCase(
            name: "a topic is gone",
            generations: [(1, [Member("a", of: ["t": [0], "u": [0]])]), (2, [Member("a", [0])])],
            expected: [.topicChanged: 1]),
        CauseCase(
            name: "the second cooperative step",
            generations: [
                (1, [Member("a", [0, 1])]), (2, [Member("a", [0], owned: [0, 1]), Member("b")]),
                (3, [Member("a", [0], owned: [0]), Member("b", [1])]),
            ], expected: [.cooperativeFollowUp: 1]),
        CauseCase(
            name: "the second cooperative step of members that do not tell what they own",
            generations: [
                (1, [Member("a", [0, 1])]), (2, [Member("a", [0]), Member("b")]),
                (3, [Member("a", [0]), Member("b", [1])]),
            ], expected: [.cooperativeFollowUp: 1]),
        CauseCase(
            name: "the second cooperative step, of the first only what members say they owned",
            generations: [
                (2, [Member("a", [0], owned: [0, 1]), Member("b")]),
                (3, [Member("a", [0], owned: [0]), Member("b", [1])]),
            ], expected: [.cooperativeFollowUp: 1]),
        CauseCase(
            name: "more than was taken away is handed out",
            generations: [
                (1, [Member("a", [0, 1])]), (2, [Member("a", [0], owned: [0, 1]), Member("b")]),
                (3, [Member("a", [0], owned: [0]), Member("b", [1, 2])]),
            ], expected: [.topicChanged: 1]),
        CauseCase(
            name: "nothing shows", generations: [(1, [Member("a", [0])]), (2, [Member("a", [0])])],
            expected: [.unknown: 1]),
        CauseCase(
            name: "a jump", generations: [(1, [Member("a")]), (5, [Member("a"), Member("b")])],
            expected: [.memberJoined: 1, .unknown: 3]),
        CauseCase(
            name: "a static member is back",
            generations: [(1, [Member("a", instance: "i")]), (1, [Member("b", instance: "i")])],
            expected: [.staticMemberReturned: 1]),
        CauseCase(
            name: "a static member is back in a step",
            generations: [(1, [Member("a", instance: "i")]), (2, [Member("b", instance: "i")])],
            expected: [.unknown: 1]),
        CauseCase(
            name: "the same record again", generations: [(1, [Member("a")]), (1, [Member("a")])],
            expected: [:]),
        CauseCase(
            name: "a smaller number is another incarnation",
            generations: [(9, [Member("a")]), (2, [Member("a")])], expected: [.memberJoined: 1, .unknown: 1]),
        CauseCase(name: "created", generations: [(0, [])], expected: [:]),
        CauseCase(
            name: "created and joined", generations: [(0, []), (1, [Member("a")])],
            expected: [.memberJoined: 1]),
        CauseCase(
            name: "a hostile number", generations: [(-5, [Member("a")]), (-3, [Member("a")])], expected: [:]),
        CauseCase(
            name: "the largest number", generations: [(0, []), (.max, [Member("a")])],
            expected: [.memberJoined: 1, .unknown: Int64(Int32.max) - 1]),
    ]

    @Test(arguments: causeCases)
    func stepsHaveACause(_ entry: CauseCase) throws {
        var script = Script()
        for (index, generation) in entry.generations.enumerated() {
            if index == entry.generations.count - 1 { script.skip(100) }
            script.wait(1_000)
            script.generation("g", generation.number, generation.members)
        }
        // All but the last is history.
        let group = try #require(script.records.journal(historyEnd: 100).group("g"))
        #expect(group.causes == entry.expected)
        let steps = entry.expected.filter { $0.key != .staticMemberReturned }.values.reduce(0, +)
        #expect(group.activity.rebalances == steps)
        #expect(group.activity.generation == max(0, entry.generations.last?.number ?? -1))
        let whole = try #require(script.records.journal().group("g"))
        let sum = whole.causes.filter { $0.key != .staticMemberReturned }.values.reduce(0, +)
        #expect(whole.activity.rebalances == sum)
        // All of it as history counts nothing.
        let past = try #require(script.records.journal(historyEnd: .max).group("g"))
        #expect(past.activity.rebalances == 0)
        #expect(past.causes.isEmpty)
        #expect(past.durations == 0)
        #expect(past.members == group.members)
    }

    @Test func membersAreAsTheyJoinedByTheirIds() throws {
        var script = Script()
        let members = [
            Member("b", instance: "i", of: ["u": [2, 0], "t": [1]]), Member("a", topics: ["t", "u"], [0]),
        ]
        script.generation("g", 4, members)
        let group = try #require(script.records.journal().group("g"))
        #expect(group.type == .classic)
        #expect(group.protocolType == "consumer")
        #expect(group.assignor == "range")
        #expect(group.activity.state == .stable)
        #expect(group.activity.stateSince == WallTime(nanosecondsSince1970: 1_000_000_000_000))
        // Whoever shows them ascending shares them then.
        #expect(group.members.map(\.memberID) == ["a", "b"])
        let last = try #require(group.members.last)
        #expect(last.instanceID == "i")
        #expect(last.clientID == "client-b")
        #expect(last.host == "/127.0.0.1")
        #expect(last.sessionTimeout == .seconds(45))
        #expect(last.rebalanceTimeout == .seconds(300))
        #expect(last.targetAssignment == nil)
        #expect(
            last.assignment == [
                TopicPartitions(topic: "t", partitions: [PartitionID(1)]),
                TopicPartitions(topic: "u", partitions: [PartitionID(0), PartitionID(2)]),
            ])
    }

    @Test func otherProtocolsHaveMembersWithoutAssignments() throws {
        var script = Script()
        script.generation("g", 1, [Member("a", [0])], type: "connect", assignor: "sessioned")
        script.generation("g", 2, [Member("a", [0, 1])], type: "connect", assignor: "sessioned")
        let group = try #require(script.records.journal().group("g"))
        #expect(group.protocolType == "connect")
        #expect(group.assignor == "sessioned")
        #expect(group.members.map(\.partitionCount) == [nil])
        #expect(group.members.map(\.assignment) == [[]])
        #expect(group.causes == [.memberJoined: 1, .unknown: 1])
    }

    @Test func aGroupWithoutMembersIsEmptySinceTheyLeft() throws {
        var script = Script()
        script.generation("g", 1, [Member("a")])
        script.wait(5_000)
        script.generation("g", 2, [], joined: 700)
        let group = try #require(script.records.journal().group("g"))
        #expect(group.activity.state == .empty)
        #expect(group.activity.stateSince == WallTime(nanosecondsSince1970: 1_004_300_000_000))
        #expect(group.durations == 1, "the first generation's only")
        #expect(group.protocolType == "consumer")
    }

    @Test func aStaticMembersReturnIsNoNewState() throws {
        var script = Script()
        script.generation("g", 1, [Member("a", instance: "i")])
        script.wait(5_000)
        script.generation("g", 1, [Member("b", instance: "i")])
        let group = try #require(script.records.journal().group("g"))
        #expect(group.activity.stateSince == WallTime(nanosecondsSince1970: 1_000_000_000_000))
        #expect(group.members.map(\.memberID) == ["b"])
    }

    /// Milliseconds before the second record, and what must be recorded in milliseconds.
    @Test(arguments: [
        (joined: Int64?(200), noted: [Int64](), expected: Int64?(200)),
        (joined: 200, noted: [900], expected: 900),
        (joined: 200, noted: [300, 900, 500], expected: 900),
        (joined: 200, noted: [100], expected: 200),
        (joined: nil, noted: [], expected: nil),
        (joined: nil, noted: [400], expected: 400),
        (joined: -300, noted: [], expected: 0),
        // Before the generation that was there already: it was told of that one.
        (joined: 200, noted: [1_000, 2_000], expected: 200),
    ])
    func durationsAreAsLongAsCanBeKnown(joined: Int64?, noted: [Int64], expected: Int64?) throws {
        var script = Script()
        script.generation("g", 1, [Member("a")])
        var journal = script.records.journal(historyEnd: 1)
        script.wait(1_000)
        for before in noted {
            let time = WallTime(nanosecondsSince1970: (script.now - before) * 1_000_000)
            journal.noteRebalancing("g", at: time)
        }
        script.generation("g", 2, [Member("a"), Member("b")], joined: joined)
        script.wait(1_000)
        // A note is used up by its step.
        script.generation("g", 3, [Member("a")], joined: nil)
        for batch in script.records.batches() { journal.apply(batch) }
        let group = try #require(journal.group("g"))
        #expect(group.durations == (expected == nil ? 0 : 1))
        let sum = group.activity.rebalanceDurations.sumSeconds
        #expect(abs(sum - Double(expected ?? 0) / 1_000) < 1e-9)
    }

    /// A rebalance that was over before its note came must not lengthen the next one.
    @Test(arguments: [true, false])
    func notesEndWithTheirRebalance(_ isStillOnItsWay: Bool) throws {
        var script = Script()
        script.generation("g", 1, [Member("a")])
        var journal = script.records.journal(historyEnd: 1)
        func time(_ milliseconds: Int64) -> WallTime {
            WallTime(nanosecondsSince1970: (script.now + milliseconds) * 1_000_000)
        }
        journal.noteRebalancing(["g", "nobody"], at: time(10))
        journal.noteRebalancing(isStillOnItsWay ? ["g"] : ["nobody"], at: time(1_000))
        script.wait(60_000)
        script.generation("g", 2, [Member("a"), Member("b")], joined: 200)
        for batch in script.records.batches() { journal.apply(batch) }
        let sum = try #require(journal.group("g")?.activity.rebalanceDurations.sumSeconds)
        #expect(abs(sum - (isStillOnItsWay ? 59.99 : 0.2)) < 1e-9)
    }

    @Test func notesOfUnknownGroupsAreIgnored() {
        var journal = GroupJournal()
        journal.noteRebalancing("nobody", at: WallTime(nanosecondsSince1970: 1))
        #expect(journal.group("nobody") == nil)
    }

    /// Commits that stand before the last member's leaving are no resets, in whatever order they are read.
    @Test func commitsBeforeTheGroupWasEmptyAreNoResets() throws {
        var script = Script()
        script.generation("g", 1, [Member("a", [0])])
        script.commit("g", to: 10)
        script.commit("g", to: 20)
        script.generation("g", 2, [])
        script.commit("g", to: 500)
        var journal = GroupJournal()
        journal.begin(PartitionID(0), historyEnd: 0)
        for batch in script.records.batches() { journal.apply(batch, isolation: .uncommitted) }
        for batch in script.records.batches() { journal.apply(batch) }
        let topic = try #require(journal.group("g")?.topic())
        #expect(topic.resetsForward == 1)
        #expect(topic.skippedRecords == 480)
        #expect(journal.group("g")?.activity.rebalances == 2)
    }
}
