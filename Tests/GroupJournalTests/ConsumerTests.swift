import ClusterAccess
import GroupJournal
import LagModel
import OffsetsTopic
import Testing

/// Epochs, members and states of KIP-848 groups, and of share and streams groups.
@Suite struct ConsumerTests {
    static let topic = TopicUUID(1)

    /// A member joins, and takes part in every later write.
    private func joined(_ first: Int32 = 1) -> Script {
        var script = Script()
        script.member("g", "a")
        script.epoch("g", first)
        script.target("g", "a", [Self.topic: [0, 1]])
        script.targetEpoch("g", first)
        script.current("g", "a", epoch: first, [Self.topic: [0, 1]])
        script.wait(1_000)
        return script
    }

    /// What is written behind the first epoch, and what it counts.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var write: @Sendable (inout Script) -> Void
        var expected: [RebalanceCause: Int64]
        var testDescription: String { name }

        init(
            _ name: String, _ expected: [RebalanceCause: Int64],
            _ write: @escaping @Sendable (inout Script) -> Void
        ) {
            self.name = name
            self.expected = expected
            self.write = write
        }
    }

    static let cases: [Case] = [
        Case("joined", [.memberJoined: 1]) { script in
            script.member("g", "b")
            script.epoch("g", 2)
        },
        Case("left", [.memberLeft: 1]) { script in
            script.gone("g", "a")
            script.epoch("g", 2, hash: nil)
        },
        Case("one for another", [.membersReplaced: 1]) { script in
            script.gone("g", "a")
            script.member("g", "b")
            script.epoch("g", 2)
        },
        Case("joined and left again without an epoch", [.unknown: 1]) { script in
            script.member("g", "b")
            script.gone("g", "b")
            script.epoch("g", 2)
        },
        Case("a static member joined and its session ended", [.memberJoined: 1, .memberTimedOut: 1]) {
            $0.member("g", "b", instance: "i")
            $0.epoch("g", 2)
            $0.wait(1_000)
            $0.gone("g", "b")
            $0.epoch("g", 3)
        },
        Case("other topics", [.subscriptionChanged: 1]) { script in
            script.member("g", "a", topics: ["t", "u"])
            script.epoch("g", 2, hash: 2)
        },
        Case("another expression", [.subscriptionChanged: 1]) { script in
            script.member("g", "a", expression: "t.*")
            script.epoch("g", 2)
        },
        Case("the same member again", [.unknown: 1]) { script in
            script.member("g", "a")
            script.epoch("g", 2)
        },
        Case("another hash", [.topicChanged: 1]) { $0.epoch("g", 2, hash: 2) },
        Case("more partitions", [.topicChanged: 1]) { script in
            script.topics("g", [(topic, "t", 4)])
            script.epoch("g", 2)
        },
        Case("an expression matches more", [.topicChanged: 1]) { script in
            script.expression("g", "t.*", ["t", "tt"])
            script.epoch("g", 2)
        },
        Case("nothing shows", [.unknown: 1]) { $0.epoch("g", 2) },
        Case("steps without a record", [.memberJoined: 1, .unknown: 3]) { script in
            script.member("g", "b")
            script.epoch("g", 5)
        },
        Case("the same epoch again", [:]) { $0.epoch("g", 1) },
        Case("a smaller epoch is another incarnation", [.unknown: 1]) { $0.epoch("g", 0) },
        Case("assignments are no steps", [:]) { script in
            script.targetEpoch("g", 9)
            script.target("g", "a", [topic: [0]])
            script.current("g", "a", epoch: 1, state: 1, [topic: [0]])
        },
        Case("a static member is back, its old id first", [.memberJoined: 1, .staticMemberReturned: 1]) {
            $0.member("g", "b", instance: "i")
            $0.epoch("g", 2)
            $0.current("g", "b", epoch: -2)
            $0.wait(1_000)
            $0.gone("g", "b")
            $0.member("g", "c", instance: "i")
            $0.current("g", "c", epoch: 2)
        },
        Case("a static member is back, its new id first", [.memberJoined: 1, .staticMemberReturned: 1]) {
            $0.member("g", "b", instance: "i")
            $0.epoch("g", 2)
            $0.current("g", "b", epoch: -2)
            $0.wait(1_000)
            $0.member("g", "c", instance: "i")
            $0.gone("g", "b")
            $0.wait(1_000)
            $0.epoch("g", 3)
        },
    ]

    @Test(arguments: cases.filter { !$0.name.contains("new id first") })
    func stepsHaveACause(_ entry: Case) throws {
        var script = joined()
        let end = script.end
        entry.write(&script)
        let group = try #require(script.records.journal(historyEnd: end).group("g"))
        #expect(group.causes == entry.expected)
        let steps = entry.expected.filter { $0.key != .staticMemberReturned }.values.reduce(0, +)
        #expect(group.activity.rebalances == steps)
        let all = try #require(script.records.journal().group("g"))
        #expect(all.activity.rebalances == steps + 1)
        #expect(all.causes[.memberJoined] == (entry.expected[.memberJoined] ?? 0) + 1)
        let past = try #require(script.records.journal(historyEnd: .max).group("g"))
        #expect(past.activity.rebalances == 0 && past.causes.isEmpty && past.durations == 0)
        #expect(past.members == group.members)
        #expect(past.activity.state == group.activity.state)
    }

    @Test func theOrderOfAReturnsRecordsMeansNothing() throws {
        let entry = try #require(Self.cases.last)
        var script = joined()
        let end = script.end
        entry.write(&script)
        let group = try #require(script.records.journal(historyEnd: end).group("g"))
        #expect(group.causes == [.memberJoined: 1, .staticMemberReturned: 1, .unknown: 1])
        #expect(group.members.map(\.memberID) == ["a", "c"])
    }

    /// Kafka 3.9 begins at epoch 1, 4.3 at 2: it is one step.
    @Test(arguments: [Int32(0), 1, 2, 7])
    func aNewGroupHasTakenOneStep(_ epoch: Int32) throws {
        let group = try #require(joined(epoch).records.journal().group("g"))
        #expect(group.activity.rebalances == 1)
        #expect(group.activity.generation == epoch)
        #expect(group.causes == [.memberJoined: 1])
        #expect(group.type == .consumer)
        #expect(group.protocolType == "consumer")
    }

    @Test func statesFollowKafkasRules() throws {
        var script = joined()
        func state() -> GroupState? { script.records.journal().group("g")?.activity.state }
        func isRebalancing() -> Bool? { script.records.journal().group("g")?.activity.isRebalancing }
        #expect(state() == .stable)
        #expect(isRebalancing() == false)
        script.member("g", "b")
        script.epoch("g", 2)
        #expect(state() == .assigning)
        #expect(isRebalancing() == true)
        let since = script.records.journal().group("g")?.activity.stateSince
        #expect(since == WallTime(nanosecondsSince1970: script.now * 1_000_000))
        script.target("g", "b", [Self.topic: [1]])
        script.target("g", "a", [Self.topic: [0]])
        script.targetEpoch("g", 2)
        #expect(state() == .reconciling)
        script.wait(500)
        script.current("g", "b", epoch: 2, state: 2)
        script.current("g", "a", epoch: 1, state: 1, [Self.topic: [0]])
        #expect(state() == .reconciling)
        #expect(isRebalancing() == true)
        script.current("g", "a", epoch: 2, [Self.topic: [0]])
        #expect(state() == .reconciling)
        script.current("g", "b", epoch: 2, [Self.topic: [1]])
        #expect(state() == .stable)
        #expect(isRebalancing() == false)
        let group = try #require(script.records.journal().group("g"))
        #expect(group.durations == 2)
        #expect(abs(group.activity.rebalanceDurations.sumSeconds - 0.5) < 1e-9)
        // A static member that is away for a while has not reached the epoch, as Kafka sees it.
        script.current("g", "b", epoch: -2, [Self.topic: [1]])
        #expect(state() == .reconciling)
        #expect(isRebalancing() == false)
        script.current("g", "b", epoch: 2, [Self.topic: [1]])
        #expect(state() == .stable)
        script.gone("g", "b")
        #expect(state() == .stable)
        script.gone("g", "a")
        script.epoch("g", 3, hash: nil)
        #expect(state() == .empty)
        #expect(isRebalancing() == false)
    }

    @Test func epochsInARowAreOneDuration() throws {
        var script = joined()
        for epoch: Int32 in 2...4 {
            script.member("g", "m\(epoch)")
            script.epoch("g", epoch)
            script.wait(1_000)
        }
        script.targetEpoch("g", 4)
        for member in ["a", "m2", "m3"] { script.current("g", member, epoch: 4) }
        #expect(script.records.journal().group("g")?.durations == 1)
        script.wait(1_000)
        script.current("g", "m4", epoch: 4)
        let group = try #require(script.records.journal().group("g"))
        #expect(group.durations == 2)
        #expect(abs(group.activity.rebalanceDurations.sumSeconds - 4) < 1e-9)
        // From the second epoch on as history the spell's start was not seen live.
        let later = try #require(script.records.journal(historyEnd: script.end - 1).group("g"))
        #expect(later.durations == 0)
    }

    @Test func aRebalanceThatNobodyIsLeftInHasNoDuration() throws {
        var script = joined()
        script.epoch("g", 2)
        script.gone("g", "a")
        script.wait(1_000)
        script.epoch("g", 3, hash: nil)
        script.wait(1_000)
        script.member("g", "b")
        script.epoch("g", 4)
        #expect(script.records.journal().group("g")?.durations == 1)
        #expect(script.records.journal().group("g")?.activity.rebalances == 4)
        script.wait(250)
        script.targetEpoch("g", 4)
        script.current("g", "b", epoch: 4)
        // Counted from the join, not from the rebalance before that nobody finished.
        let group = try #require(script.records.journal().group("g"))
        #expect(group.durations == 2)
        #expect(abs(group.activity.rebalanceDurations.sumSeconds - 0.25) < 1e-9)
    }

    @Test func membersHaveTargetsAndWhatTheyOwn() throws {
        var script = Script()
        script.topics("g", [(Self.topic, "t", 2)])
        script.member("g", "b", instance: "i", assignor: "range")
        script.member("g", "a")
        script.epoch("g", 3)
        script.target("g", "a", [Self.topic: [1, 0], TopicUUID(9): [4, 5]])
        script.targetEpoch("g", 3)
        script.current("g", "a", epoch: 3, [Self.topic: [0], TopicUUID(9): [5]])
        let group = try #require(script.records.journal().group("g"))
        #expect(group.assignor == "range")
        #expect(group.members.map(\.memberID) == ["a", "b"])
        let (first, second) = (group.members[0], group.members[1])
        #expect(first.assignment == [TopicPartitions(topic: "t", partitions: [PartitionID(0)])])
        #expect(first.unnamedPartitions == 1)
        #expect(
            first.targetAssignment
                == [TopicPartitions(topic: "t", partitions: [PartitionID(0), PartitionID(1)])])
        #expect(first.unnamedTargetPartitions == 2)
        #expect(first.isReconciling)
        #expect(first.epoch == 3)
        #expect(first.rebalanceTimeout == .seconds(300))
        #expect(first.sessionTimeout == nil)
        #expect(second.instanceID == "i")
        #expect(second.epoch == nil)
        #expect(second.targetAssignment == [])
        #expect(!second.isReconciling)
        #expect(group.activity.isRebalancing)
    }

    /// Names come from commits of other groups too, also in other partitions, early or late.
    @Test(arguments: [true, false])
    func namesOfTopicsAreLearnt(_ isEarly: Bool) throws {
        var commits = Script(partition: 3)
        commits.commit("h", "named", 0, to: 1, topicID: Self.topic)
        let records = isEarly ? commits.records + joined().records : joined().records + commits.records
        let group = try #require(records.journal().group("g"))
        #expect(group.members.first?.assignment.map(\.topic) == ["named"])
        #expect(group.members.first?.unnamedPartitions == 0)
    }

    @Test func aRecreatedTopicIsLearntFromTheNextCommit() throws {
        var script = Script()
        script.commit("h", "named", 0, to: 1, topicID: TopicUUID(77))
        script.commit("h", "named", 0, to: 2)
        script.commit("h", "named", 0, to: 3, topicID: Self.topic)
        let records =
            script.records
            + joined().records.map { record in
                var record = record
                record.partition = PartitionID(1)
                return record
            }
        #expect(records.journal().group("g")?.members.first?.assignment.map(\.topic) == ["named"])
    }

    /// Names of topics that nothing mentions go, those in use stay.
    @Test func namesAreBounded() throws {
        var script = Script(partition: 3)
        script.commit("h", "named", 0, to: 1, topicID: Self.topic)
        for index in 0..<10_000 {
            script.commit("h", "x\(index)", 0, to: 1, topicID: TopicUUID(100 + UInt64(index)))
            script.commit("h", "x\(index)", 0, to: nil)
        }
        let records = joined().records + script.records
        var journal = GroupJournal()
        for partition: Int32 in [0, 3] { journal.begin(PartitionID(partition), historyEnd: 0) }
        for batch in records.batches(of: 100) { journal.apply(batch) }
        #expect(journal.group("g")?.members.first?.assignment.map(\.topic) == ["named"])
    }

    @Test(arguments: [
        (RecordKind.shareGroupMember, RecordKind.shareGroupEpoch, GroupType.share),
        (.streamsGroupMember, .streamsGroupEpoch, .streams),
    ])
    func otherGroupsAreCounted(member: RecordKind, epoch: RecordKind, type: GroupType) throws {
        var script = Script()
        script.other(member, "g", member: "a")
        script.other(epoch, "g", epoch: 2)
        script.wait(1_000)
        script.other(epoch, "g", epoch: 3)
        script.wait(1_000)
        script.other(member, "g", member: "b")
        script.other(epoch, "g", epoch: 4)
        var group = try #require(script.records.journal().group("g"))
        #expect(group.type == type)
        #expect(group.protocolType == type.rawValue)
        #expect(group.activity.generation == 4)
        #expect(group.causes == [.memberJoined: 2, .unknown: 1])
        #expect(group.members.map(\.memberID) == ["a", "b"])
        #expect(group.activity.state == .stable)
        script.wait(1_000)
        for id in ["a", "b"] { script.other(member, "g", member: id, isThere: false) }
        script.other(epoch, "g", epoch: 5)
        group = try #require(script.records.journal().group("g"))
        #expect(group.activity.state == .empty)
        #expect(group.causes[.memberLeft] == 1)
        #expect(group.activity.rebalances == 4)
        script.other(epoch, "g", epoch: nil)
        let journal = script.records.journal()
        #expect(journal.group("g") == nil)
        #expect(journal.groupsRemoved == 1)
    }
}
