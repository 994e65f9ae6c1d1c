import ClusterAccess
import GroupJournal
import LagModel
import OffsetsTopic
import Testing

/// What commits do to a group and its topics.
@Suite struct CommitTests {
    /// Commits on partition 0 in their order and what they must have counted; `nil` is a tombstone.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var offsets: [Int64?]
        var hasMembers = true
        var isSimple = false
        var expected: TopicActivity
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "one commit", offsets: [5], expected: TopicActivity(name: "t", commits: 1)),
        Case(name: "forwards", offsets: [5, 9, 20], expected: TopicActivity(name: "t", commits: 3)),
        Case(name: "the same again", offsets: [5, 5, 5], expected: TopicActivity(name: "t", commits: 3)),
        Case(
            name: "backwards", offsets: [50, 10, 30, 29],
            expected: TopicActivity(name: "t", commits: 4, resetsBackward: 2, rewoundRecords: 41)),
        Case(
            name: "backwards and forwards without members", offsets: [50, 10, 30], hasMembers: false,
            expected: TopicActivity(
                name: "t", commits: 3, resetsBackward: 1, rewoundRecords: 40, resetsForward: 1,
                skippedRecords: 20)),
        Case(
            name: "forwards in a simple group", offsets: [5, 900], isSimple: true,
            expected: TopicActivity(name: "t", commits: 2)),
        Case(
            name: "backwards in a simple group", offsets: [900, 5], isSimple: true,
            expected: TopicActivity(name: "t", commits: 2, resetsBackward: 1, rewoundRecords: 895)),
        Case(
            name: "removed and committed again: the first is no reset", offsets: [50, nil, 10],
            expected: TopicActivity(name: "t", commits: 2, removals: 1)),
        Case(
            name: "removed twice", offsets: [50, nil, nil],
            expected: TopicActivity(name: "t", commits: 1, removals: 1)),
        Case(
            name: "a negative commit removes", offsets: [50, -1, 10],
            expected: TopicActivity(name: "t", commits: 2, removals: 1)),
        Case(
            name: "the whole range", offsets: [.max, 0, .max, 0], hasMembers: false,
            expected: TopicActivity(
                name: "t", commits: 4, resetsBackward: 2, rewoundRecords: .max, resetsForward: 1,
                skippedRecords: .max)),
    ]

    @Test(arguments: cases)
    func commitsCount(_ entry: Case) throws {
        var script = Script()
        if !entry.isSimple { script.generation("g", 1, entry.hasMembers ? [.init("a", [0])] : []) }
        // Keeps the group there while its commits go.
        script.commit("g", "other", to: 1)
        for offset in entry.offsets {
            script.wait(10)
            script.commit("g", to: offset)
        }
        var activity = try #require(script.records.journal().group("g")?.topic())
        #expect(activity.lastCommit != nil)
        activity.lastCommit = nil
        #expect(activity == entry.expected)
        // The same as history counts nothing, and what comes next is compared with it.
        let history = script.records.journal(historyEnd: script.end)
        var base = try #require(history.group("g")?.topic())
        base.lastCommit = nil
        #expect(base == TopicActivity(name: "t"))
        #expect(history.group("g")?.committed() == script.records.journal().group("g")?.committed())
    }

    @Test func historyIsTheBaseOfResets() throws {
        var script = Script()
        script.commit("g", to: 100)
        let end = script.end
        script.commit("g", to: 40)
        let topic = try #require(script.records.journal(historyEnd: end).group("g")?.topic())
        #expect(topic.commits == 1)
        #expect(topic.rewoundRecords == 60)
    }

    @Test func columnsAreInOrderWhateverTheOrderOfCommits() throws {
        var script = Script()
        for partition: Int32 in [7, 0, 3, 1, 100_000, 2, 3] {
            script.commit("g", "b", partition, to: Int64(partition) * 10)
            script.commit("g", "a", partition, to: 1)
        }
        script.commit("g", "b", 2, to: nil)
        let group = try #require(script.records.journal().group("g"))
        #expect(group.commits.topics.map(\.name) == ["a", "b"])
        #expect(group.commits.topics[1].partitions.map(\.rawValue) == [0, 1, 3, 7, 100_000])
        #expect(group.commits.topics[1].offsets == [0, 10, 30, 70, 1_000_000])
        #expect(group.type == .simple)
        #expect(group.protocolType.isEmpty)
        #expect(group.activity.state == .empty)
        #expect(group.activity.generation == nil)
    }

    @Test func eachCommitHasTheTimeOfItsNewestRecord() throws {
        var script = Script()
        func times() -> [WallTime?] {
            let topic = script.records.journal().group("g")?.commits.topics.first
            return (topic?.partitions.indices ?? 0..<0).map { topic?.commitTimes?[$0] }
        }
        func time(_ milliseconds: Int64) -> WallTime {
            WallTime(nanosecondsSince1970: milliseconds * 1_000_000)
        }
        let start = script.now
        script.commit("g", "t", 4, to: 1)
        script.wait(10)
        script.commit("g", "t", 1, to: 1)
        script.wait(10)
        script.commit("g", "t", 4, to: 1)
        #expect(times() == [time(start + 10), time(start + 20)], "a commit of the same offset too")
        script.commit("g", "t", 2, to: 7)
        #expect(times() == [time(start + 10), time(start + 20), time(start + 20)])
        script.commit("g", "t", 1, to: nil)
        #expect(times() == [time(start + 20), time(start + 20)])
    }

    @Test func metadataOfPresentCommitsIsSummed() throws {
        var script = Script()
        script.commit("g", "t", 0, to: 1, metadata: "12345")
        script.commit("g", "t", 1, to: 1, metadata: "é")
        script.commit("g", "t", 0, to: 2, metadata: "123")
        #expect(script.records.journal().group("g")?.topic()?.metadataBytes == 5)
        script.commit("g", "t", 1, to: nil)
        #expect(script.records.journal().group("g")?.topic()?.metadataBytes == 3)
    }

    @Test func theNewestCommitIsKeptAlsoFromHistory() throws {
        var script = Script()
        script.now = 5_000
        script.commit("g", to: 1)
        script.now = 3_000
        script.commit("g", "t", 1, to: 1)
        for end in [0, script.end] {
            let topic = try #require(script.records.journal(historyEnd: end).group("g")?.topic())
            #expect(topic.lastCommit == WallTime(nanosecondsSince1970: 5_000_000_000))
        }
        script.now = -1
        script.commit("h", to: 1)
        #expect(script.records.journal().group("h")?.topic()?.lastCommit == nil)
        script.now = .max
        script.commit("i", to: 1)
        let saturated = script.records.journal().group("i")?.topic()?.lastCommit
        #expect(saturated == WallTime(nanosecondsSince1970: .max))
    }

    @Test func emptiedTopicsStayWithTheirGroup() throws {
        var script = Script()
        script.commit("g", "t", to: 1)
        script.commit("g", "u", to: 1)
        script.commit("g", "t", to: nil)
        let group = try #require(script.records.journal().group("g"))
        #expect(group.commits.topics.map(\.name) == ["u"])
        #expect(group.activity.topics.map(\.name) == ["t", "u"])
        #expect(group.topic()?.removals == 1)
    }

    /// A group that goes through endless topics keeps counts of some.
    @Test func emptiedTopicsAreBounded() throws {
        var script = Script()
        script.commit("g", "stays", to: 1)
        for index in 0..<30 {
            script.commit("g", "t\(index)", to: 1)
            script.commit("g", "t\(index)", to: nil)
        }
        let group = try #require(script.records.journal().group("g"))
        #expect(group.activity.topics.count == 9)
        #expect(group.topic("t29") != nil)
        #expect(group.topic("t0") == nil)
        #expect(group.committed("stays") == [0: 1])
    }

    /// Names of which one could be taken for the other when lengths are left out.
    @Test func groupsAndTopicsAreToldApart() {
        var script = Script()
        script.commit("ab", "c", to: 1)
        script.commit("a", "bc", to: 2)
        script.commit("", "abc", to: 3)
        script.commit("abc", "", to: 4)
        let journal = script.records.journal()
        #expect(journal.group("ab")?.committed("c") == [0: 1])
        #expect(journal.group("a")?.committed("bc") == [0: 2])
        #expect(journal.group("")?.committed("abc") == [0: 3])
        #expect(journal.group("abc")?.committed("") == [0: 4])
    }

    /// What a commit or tombstone may not do: trap, or make a group that is none.
    @Test func emptyHandedRecordsMakeNoGroup() {
        var script = Script()
        script.commit("g", to: nil)
        script.commit("g", to: -1)
        script.commit("g", "t", -5, to: 10)
        script.endGeneration("g")
        script.epoch("g", nil)
        script.gone("g", "m")
        let journal = script.records.journal()
        #expect(journal.groups(in: PartitionID(0)).isEmpty)
        #expect(journal.groupsRemoved == 0)
    }
}
