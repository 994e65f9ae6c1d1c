import ClusterAccess
import LagModel
import Locking
import OffsetsTopic
import Testing

@testable import GroupJournal

/// Partitions, positions, what is admitted and what is skipped.
@Suite struct ReadingTests {
    private func story() -> Script {
        var script = Script()
        script.generation("g", 1, [.init("a", [0])])
        for offset: Int64 in [10, 20, 5, 30] { script.commit("g", to: offset) }
        script.wait(1_000)
        script.generation("g", 2, [.init("a", [0]), .init("b")])
        script.wait(1_000)
        script.generation("h", 3, [])
        script.wait(1_000)
        script.endGeneration("h")
        script.commit("g", to: 7)
        return script
    }

    @Test func recordsThatComeAgainChangeNothing() {
        let records = story().records
        let once = Picture(records.journal())
        for first in records.indices {
            var journal = records.journal()
            journal.begin(PartitionID(0), historyEnd: 0)
            for batch in Array(records[first...]).batches(of: 2) { journal.apply(batch) }
            #expect(Picture(journal) == once, "again from \(first)")
        }
    }

    @Test func readingMayGoOnWithAnOverlap() {
        let records = story().records
        let once = Picture(records.journal())
        for cut in records.indices {
            for overlap in 0...cut {
                var journal = Array(records[..<cut]).journal()
                journal.begin(PartitionID(0), historyEnd: 0)
                for batch in Array(records[(cut - overlap)...]).batches() { journal.apply(batch) }
                #expect(Picture(journal) == once, "cut at \(cut), \(overlap) again")
            }
        }
    }

    @Test func partitionsThatWereNotBegunAreLeftOut() {
        var journal = GroupJournal()
        journal.begin(PartitionID(1), historyEnd: 0)
        for batch in story().records.batches() { journal.apply(batch) }
        #expect(journal.groups(in: PartitionID(0)).isEmpty)
        #expect(journal.recordsByKind.values.allSatisfy { $0 == 0 })
        #expect(journal.recordsByKind.count == RecordKind.allCases.count)
        #expect(journal.recordsSkipped.count == SkippedRecord.Reason.allCases.count)
    }

    @Test func aForgottenPartitionTakesItsGroupsAlong() {
        var other = Script(partition: 1)
        other.commit("other", to: 1)
        var third = Script(partition: 2)
        third.commit("third", to: 3)
        var journal = (story().records + other.records + third.records).journal()
        let removed = journal.groupsRemoved
        journal.forget(PartitionID(0))
        journal.forget(PartitionID(0))
        #expect(journal.group("g") == nil)
        #expect(journal.groups(in: PartitionID(0)).isEmpty)
        #expect(journal.group("other")?.committed() == [0: 1])
        #expect(journal.group("third")?.committed() == [0: 3])
        #expect(journal.groupsRemoved == removed)
        // From the beginning again, all of it history.
        journal.begin(PartitionID(0), historyEnd: .max)
        for batch in story().records.batches() { journal.apply(batch) }
        #expect(journal.group("g")?.activity.rebalances == 0)
        #expect(journal.group("g")?.committed() == [0: 7])
    }

    /// Where the end of history is not known at first, all is history until it is.
    @Test func theEndOfHistoryMayBeLearntLater() throws {
        let records = story().records
        var journal = GroupJournal()
        journal.begin(PartitionID(0), historyEnd: .max)
        for batch in Array(records[..<3]).batches() { journal.apply(batch) }
        journal.begin(PartitionID(0), historyEnd: 4)
        journal.begin(PartitionID(0), historyEnd: 1_000)
        for batch in Array(records[3...]).batches() { journal.apply(batch) }
        let known = try #require(records.journal(historyEnd: 4).group("g"))
        let group = try #require(journal.group("g"))
        #expect(group.activity == known.activity)
        #expect(known.activity.rebalances == 1)
    }

    @Test func eachGroupIsAskedForOnce() {
        let asked = Mutex<[GroupID]>([])
        var journal = GroupJournal { group in
            asked.withLock { $0.append(group) }
            return group == "g"
        }
        journal.begin(PartitionID(0), historyEnd: 0)
        var script = story()
        for offset: Int64 in 1...5 {
            script.commit("no", "t", 0, to: offset)
            script.commit("no", "u", 0, to: offset)
            script.generation("no", Int32(offset), [])
        }
        for batch in script.records.batches(of: 3) { journal.apply(batch) }
        #expect(journal.groups(in: PartitionID(0)) == ["g"])
        #expect(journal.group("no") == nil)
        #expect(asked.withLock { $0 }.sorted() == ["g", "h", "no"])
    }

    /// Refused groups are remembered up to a bound, and refused all the same.
    @Test func refusedGroupsAreBounded() {
        var journal = GroupJournal { $0 == "g" }
        journal.begin(PartitionID(0), historyEnd: 0)
        var script = Script()
        for index in 0..<70_000 { script.commit("no\(index)", to: 1) }
        script.commit("g", to: 9)
        script.commit("no1", to: 1)
        for batch in script.records.batches(of: 1_000) { journal.apply(batch) }
        #expect(journal.groups(in: PartitionID(0)) == ["g"])
        #expect(journal.group("g")?.committed() == [0: 9])
    }

    /// Records that cannot be read are counted, once, and nothing else happens.
    @Test func unreadableRecordsAreCounted() {
        let generation = GroupMetadataKey(group: "g").encoded()
        let commit = OffsetCommitKey(group: "g", topic: "t", partition: PartitionID(0)).encoded()
        var script = Script()
        script.add(nil, [1, 2])
        script.add([0], nil)
        script.add([0, 99, 1], nil)
        script.add(generation, [0, 77, 1])
        script.add(generation, [0, 3, 0])
        script.add(Array(commit.dropLast()), nil)
        script.add(commit, [0, 3, 1])
        var journal = script.records.journal()
        for batch in script.records.batches() { journal.apply(batch) }
        #expect(
            journal.recordsSkipped == [
                "no_key": 1, "malformed_key": 2, "unknown_type": 1, "unknown_version": 1,
                "malformed_value": 2,
            ])
        #expect(journal.groups(in: PartitionID(0)).isEmpty)
    }

    @Test func offsetsAtTheEndOfTheRangeDoNotTrap() {
        var batch = RecordBatch()
        let key = OffsetCommitKey(group: "g", topic: "t", partition: PartitionID(.max)).encoded()
        for offset in [Int64.min, 0, .max] {
            batch.append(
                partition: PartitionID(0), offset: offset, timestamp: .min, key: key,
                value: OffsetCommitValue(offset: .max, commitTimestamp: .min).encoded())
        }
        var journal = GroupJournal()
        journal.begin(PartitionID(0), historyEnd: .min)
        journal.apply(batch)
        #expect(journal.group("g")?.committed() == [.max: .max])
    }

    /// A million groups that come and go leave nothing: all places are used again.
    @Test func groupsThatComeAndGoLeaveNothing() {
        var journal = GroupJournal()
        journal.begin(PartitionID(0), historyEnd: 0)
        var next: Int64 = 0
        for round in 0..<200 {
            var batch = RecordBatch()
            for index in 0..<100 {
                let group = GroupID("g\(round)-\(index)")
                let key = OffsetCommitKey(group: group, topic: "t", partition: PartitionID(0)).encoded()
                let value = OffsetCommitValue(offset: 1, commitTimestamp: 1).encoded()
                for value in [value, nil] {
                    batch.append(
                        partition: PartitionID(0), offset: next, timestamp: next, key: key, value: value)
                    next += 1
                }
            }
            batch.appendEnd(of: PartitionID(0), offset: next)
            journal.apply(batch)
        }
        #expect(journal.groupsRemoved == 20_000)
        #expect(journal.placesTaken == 0)
        #expect(journal.placesMade < 10)
    }
}
