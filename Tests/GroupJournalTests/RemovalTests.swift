import ClusterAccess
import GroupJournal
import LagModel
import OffsetsTopic
import Testing

/// When groups are gone, and when they only change their protocol.
@Suite struct RemovalTests {
    typealias Member = Script.Member

    static let sizes = [1, 2, 3, .max]

    /// A classic group with a member that is upgraded while another joins, in one write each.
    private func upgraded(commits: Bool) -> Script {
        var script = Script()
        script.generation("g", 1, [Member("a", [0])])
        script.wait(1_000)
        script.generation("g", 2, [Member("a", [0])])
        if commits { script.commit("g", to: 5) }
        script.wait(1_000)
        script.endGeneration("g")
        script.member("g", "a")
        script.epoch("g", 2)
        script.target("g", "a", [TopicUUID(1): [0]])
        script.targetEpoch("g", 2)
        script.current("g", "a", epoch: 2, [TopicUUID(1): [0]])
        script.member("g", "b")
        script.epoch("g", 3)
        return script
    }

    @Test(arguments: sizes, [true, false])
    func upgradesKeepTheNumber(batchSize: Int, commits: Bool) throws {
        let journal = upgraded(commits: commits).records.journal(batchSize: batchSize)
        let group = try #require(journal.group("g"))
        #expect(group.type == .consumer)
        #expect(group.activity.rebalances == 3)
        #expect(group.causes == [.memberJoined: 2, .unknown: 1])
        #expect(group.activity.generation == 3)
        #expect(group.members.count == 2)
        #expect(journal.groupsRemoved == 0)
        #expect(group.committed() == (commits ? [0: 5] : [:]))
    }

    @Test(arguments: sizes, [true, false])
    func downgradesKeepTheNumber(batchSize: Int, commits: Bool) throws {
        var script = upgraded(commits: commits)
        script.wait(1_000)
        for member in ["a", "b"] { script.gone("g", member) }
        script.targetEpoch("g", nil)
        script.epoch("g", nil)
        script.generation("g", 3, [Member("a", [0])])
        script.wait(1_000)
        script.generation("g", 4, [Member("a", [0])])
        let journal = script.records.journal(batchSize: batchSize)
        let group = try #require(journal.group("g"))
        #expect(group.type == .classic)
        #expect(group.activity.generation == 4)
        #expect(group.activity.rebalances == 4)
        // The member that left with the conversion is the cause of the step behind it.
        #expect(group.causes == [.memberJoined: 2, .unknown: 1, .memberLeft: 1])
        #expect(journal.groupsRemoved == 0)
    }

    /// The topics' hash that comes with the conversion is no change of topics.
    @Test func conversionsChangeNoTopics() throws {
        var script = Script()
        script.generation("g", 4, [Member("a", [0])])
        script.wait(1_000)
        script.endGeneration("g")
        script.member("g", "a")
        script.epoch("g", 4, hash: 77)
        script.wait(1_000)
        script.epoch("g", 5, hash: 77)
        let group = try #require(script.records.journal(historyEnd: 1).group("g"))
        #expect(group.causes == [.unknown: 1])
    }

    /// Ended and begun again in one write: the new members replace nobody.
    @Test func anEpochBehindItsOwnTombstoneIsAnotherIncarnations() throws {
        var script = Script()
        script.member("g", "a")
        script.epoch("g", 3)
        script.wait(1_000)
        script.gone("g", "a")
        script.epoch("g", nil)
        script.member("g", "b")
        script.epoch("g", 2)
        let group = try #require(script.records.journal(historyEnd: 2).group("g"))
        #expect(group.causes == [.memberJoined: 1])
        #expect(group.activity.generation == 2)
    }

    /// The number goes on however the two protocols' records are ordered in one write.
    @Test(arguments: sizes)
    func theTombstoneMayComeLast(batchSize: Int) throws {
        var script = Script()
        script.generation("g", 4, [Member("a", [0])])
        script.wait(1_000)
        script.member("g", "a")
        script.epoch("g", 4)
        script.endGeneration("g")
        let journal = script.records.journal(historyEnd: 1, batchSize: batchSize)
        let group = try #require(journal.group("g"))
        #expect(group.type == .consumer)
        #expect(group.activity.rebalances == 0)
        #expect(journal.groupsRemoved == 0)
    }

    /// Writes after a classic group of generation 5 whose number was ended, and the steps they count.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var commits = true
        var steps: Int64
        var removed: Int64 = 0
        /// Whoever comes into a new incarnation finds nobody there.
        var cause = RebalanceCause.memberJoined
        var write: @Sendable (inout Script) -> Void
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "nothing", steps: 0) { _ in },
        Case(name: "nothing without commits", commits: false, steps: -1, removed: 1) { _ in },
        Case(name: "a classic generation in the same write", steps: 2) { script in
            script.generation("g", 2, [Member("b")])
        },
        Case(name: "another moment's classic generation", steps: 2) { script in
            script.wait(1)
            script.generation("g", 2, [Member("b")])
        },
        Case(name: "a higher generation of another moment", steps: 9) { script in
            script.wait(1)
            script.generation("g", 9, [Member("b")])
        },
        Case(name: "another moment's classic generation, all new", commits: false, steps: 2, removed: 1) {
            $0.wait(1)
            $0.generation("g", 2, [Member("b")])
        },
        Case(name: "an epoch in the same write", steps: 0) { script in
            script.member("g", "a")
            script.epoch("g", 5)
        },
        Case(name: "an epoch of another moment", steps: 1) { script in
            script.wait(1)
            script.member("g", "a")
            script.epoch("g", 9)
        },
        Case(name: "an epoch of another moment, all new", commits: false, steps: 1, removed: 1) { script in
            script.wait(1)
            script.member("g", "a")
            script.epoch("g", 5)
        },
        Case(name: "a static member under its old name at another moment", steps: 1) { script in
            script.wait(1)
            script.member("g", "b", instance: "s")
            script.epoch("g", 5)
        },
        Case(name: "another group between", steps: 1) { script in
            script.commit("h", to: 1)
            script.member("g", "a")
            script.epoch("g", 5)
        },
        Case(name: "commits that are removed in the same write", steps: -1, removed: 1) { script in
            script.commit("g", to: nil)
        },
        Case(
            name: "a smaller epoch in the same write is another group's", steps: 1, cause: .memberTimedOut
        ) { script in
            script.member("g", "a")
            script.epoch("g", 1)
        },
    ]

    @Test(arguments: cases, sizes)
    func whatFollowsATombstoneDecides(_ entry: Case, batchSize: Int) {
        var script = Script()
        script.generation("g", 5, [Member("a"), Member("old", instance: "s")])
        if entry.commits { script.commit("g", to: 1) }
        let end = script.end
        script.wait(1_000)
        script.endGeneration("g")
        entry.write(&script)
        let journal = script.records.journal(historyEnd: end, batchSize: batchSize)
        #expect(journal.groupsRemoved == entry.removed)
        #expect(journal.group("g")?.activity.rebalances ?? -1 == entry.steps)
        if let causes = journal.group("g")?.causes, entry.steps > 0 {
            #expect(causes[entry.cause] ?? 0 >= 1)
            #expect(causes[.staticMemberReturned] == nil)
            #expect(causes.values.reduce(0, +) == entry.steps)
        }
        let past = script.records.journal(historyEnd: .max, batchSize: batchSize)
        #expect(past.groupsRemoved == 0)
        #expect(past.group("g")?.activity.rebalances ?? 0 == 0)
        #expect(past.groups(in: PartitionID(0)).sorted() == journal.groups(in: PartitionID(0)).sorted())
    }

    @Test(arguments: sizes)
    func deletedGroupsAreGone(batchSize: Int) {
        var script = Script()
        script.commit("simple", to: 1)
        script.generation("classic", 1, [Member("a")])
        script.generation("created", 0)
        script.member("consumer", "m")
        script.epoch("consumer", 1)
        script.commit("consumer", to: 1)
        #expect(script.records.journal().groups(in: PartitionID(0)).count == 4)
        let end = script.end
        script.wait(1_000)
        script.commit("simple", to: nil)
        script.endGeneration("simple")
        script.wait(1_000)
        script.generation("classic", 2)
        script.wait(1_000)
        script.endGeneration("classic")
        script.endGeneration("created")
        script.gone("consumer", "m")
        script.epoch("consumer", 2, hash: nil)
        script.wait(1_000)
        script.commit("consumer", to: nil)
        script.targetEpoch("consumer", nil)
        script.epoch("consumer", nil)
        for historyEnd in [0, end, .max] {
            let journal = script.records.journal(historyEnd: historyEnd, batchSize: batchSize)
            #expect(journal.groups(in: PartitionID(0)).isEmpty)
            #expect(journal.group("consumer") == nil)
            #expect(journal.groupsRemoved == (historyEnd == .max ? 0 : 4))
        }
    }

    /// A group is not shown from its tombstone on, and counted as removed when that is certain.
    @Test func removalIsCountedWhenItIsCertain() {
        var script = Script()
        script.generation("g", 1, [Member("a")])
        script.wait(1)
        script.endGeneration("g")
        var journal = script.records.journal(ending: false)
        #expect(journal.group("g") == nil)
        #expect(journal.groups(in: PartitionID(0)).isEmpty)
        #expect(journal.groupsRemoved == 0)
        var end = RecordBatch()
        // The end of a part that does not hold the tombstone says nothing.
        end.appendEnd(of: PartitionID(0), offset: 1)
        journal.apply(end)
        #expect(journal.groupsRemoved == 0)
        end.appendEnd(of: PartitionID(0), offset: 2)
        journal.apply(end)
        #expect(journal.groupsRemoved == 1)
        journal.apply(end)
        #expect(journal.groupsRemoved == 1)
    }

    /// Two groups in doubt at once: one by a tombstone that was read ahead, one by a commit behind it.
    @Test func doubtsDoNotForgetEachOther() {
        var script = Script()
        script.commit("h", to: 1)
        script.commit("h", to: nil)
        script.generation("g", 1, [Member("a")])
        script.wait(1)
        script.endGeneration("g")
        var journal = GroupJournal()
        journal.begin(PartitionID(0), historyEnd: 0)
        for batch in script.records.batches(ending: false) { journal.apply(batch, isolation: .uncommitted) }
        for batch in script.records.batches() { journal.apply(batch) }
        #expect(journal.groupsRemoved == 2)
        #expect(journal.groups(in: PartitionID(0)).isEmpty)
    }

    @Test func aRecreatedGroupCountsFromNothing() throws {
        var script = Script()
        for round in 1...3 {
            script.wait(1_000)
            script.generation("g", 1, [Member("a")])
            script.commit("g", to: Int64(round))
            script.wait(1_000)
            script.commit("g", to: nil)
            script.endGeneration("g")
        }
        script.wait(1_000)
        script.generation("g", 1, [Member("a")])
        let journal = script.records.journal()
        let group = try #require(journal.group("g"))
        #expect(group.activity.rebalances == 1)
        #expect(group.activity.topics.isEmpty)
        #expect(journal.groupsRemoved == 3)
    }
}
