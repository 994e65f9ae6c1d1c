import ClusterAccess
import LagModel
import LagwardenTestKit
import OffsetsTopic
import Testing

@testable import GroupJournal

/// What rounds read of a journal, kept up bit by bit, against what a look at every group gives.
@Suite struct FollowedGroupsTests {
    private static let partitions = (0..<3).map { PartitionID($0) }

    /// Three partitions with histories of their own; the names of their groups are the same where `mixed`.
    private func batches(seed: UInt64, mixed: Bool) -> [RecordBatch] {
        var random = SeededRandom(seed: seed)
        var cut: [[Record]] = []
        for (number, partition) in Self.partitions.enumerated() {
            let story = Story(seed: seed &* 3 &+ UInt64(number), writes: 40)
            var records = story.script.records
            for index in records.indices { records[index].partition = partition }
            if !mixed, number > 0 { continue }
            while !records.isEmpty {
                let count = min(records.count, Int.random(in: 1...12, using: &random))
                cut.append(Array(records.prefix(count)))
                records.removeFirst(count)
            }
        }
        // Records of one partition stay in their order whatever is between them.
        var queues = Dictionary(grouping: cut, by: { $0[0].partition })
        var batches: [RecordBatch] = []
        while let partition = queues.keys.sorted().randomElement(using: &random) {
            guard let next = queues[partition]?.first else {
                queues[partition] = nil
                continue
            }
            queues[partition]?.removeFirst()
            batches += next.batches(ending: Bool.random(using: &random))
        }
        return batches
    }

    private func check(_ journal: GroupJournal, _ wanted: Set<PartitionID>) {
        let groups = journal.followed.groups
        #expect(zip(groups, groups.dropFirst()).allSatisfy { $0.id < $1.id })
        let shown = groups.filter { wanted.contains($0.partition) }
        var plain: [GroupID: JournalGroup] = [:]
        for id in Set(Self.partitions.flatMap { journal.groups(in: $0) }) {
            guard let group = journal.group(id), wanted.contains(group.partition) else { continue }
            plain[id] = group
        }
        #expect(shown.map(\.id) == plain.keys.sorted())
        for group in shown {
            #expect(Picture.text(group) == plain[group.id].map(Picture.text), "\(group.id)")
            #expect(journal.followed.place(of: group.id).map { groups[$0].id } == group.id)
        }
    }

    @Test(arguments: 0..<120)
    func whatRoundsReadIsWhatRecordsSay(_ seed: UInt64) {
        var random = SeededRandom(seed: seed &+ 7_000)
        var journal = GroupJournal()
        let historyEnd = Int64(seed % 3) * 20
        for partition in Self.partitions { journal.begin(partition, historyEnd: historyEnd) }
        for batch in batches(seed: seed, mixed: seed % 4 != 0) {
            journal.apply(batch)
            if Int.random(in: 0..<60, using: &random) == 0,
                let gone = Self.partitions.randomElement(using: &random)
            {
                journal.forget(gone)
                journal.begin(gone, historyEnd: historyEnd)
            }
            guard Int.random(in: 0..<3, using: &random) == 0 else { continue }
            let wanted = Set(Self.partitions.filter { _ in Int.random(in: 0..<4, using: &random) > 0 })
            let before = Dictionary(uniqueKeysWithValues: journal.followed.groups.map { ($0.revision, $0) })
            journal.bringUpToDate(wanted)
            check(journal, wanted)
            for group in journal.followed.groups {
                guard let old = before[group.revision] else { continue }
                #expect(Picture.text(old) == Picture.text(group))
            }
        }
    }

    // MARK: - Storage

    private func address(_ array: [Int64]?) -> UInt? {
        array.map { $0.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) } }
    }

    private func shown(_ journal: GroupJournal, _ id: GroupID) -> JournalGroup? {
        journal.followed.place(of: id).map { journal.followed.groups[$0] }
    }

    @Test func whatNoRecordTouchesKeepsItsStorage() throws {
        var script = Script()
        for group in ["a", "b", "c"] {
            for topic in ["s", "t"] {
                for partition: Int32 in 0..<20 { script.commit(group, topic, partition, to: 5) }
            }
        }
        var journal = script.records.journal()
        journal.bringUpToDate([PartitionID(0)])
        let (before, membership) = (journal.followed, journal.followed.membership)
        let seen = script.records.count
        script.wait(10)
        script.commit("b", "t", 3, to: 9)
        for batch in Array(script.records[seen...]).batches() { journal.apply(batch) }
        journal.bringUpToDate([PartitionID(0)])
        #expect(journal.followed.membership == membership)
        for (old, new) in zip(before.groups, journal.followed.groups) {
            #expect((old.revision == new.revision) == (new.id != "b"))
            for (oldTopic, newTopic) in zip(old.commits.topics, new.commits.topics) {
                let isTouched = new.id == "b" && newTopic.name == "t"
                #expect((address(oldTopic.offsets) == address(newTopic.offsets)) == !isTouched)
                let (oldTimes, newTimes) = (oldTopic.commitTimes, newTopic.commitTimes)
                #expect(
                    (address(oldTimes?.milliseconds) == address(newTimes?.milliseconds)) == !isTouched)
            }
        }
        // What a reader has kept is what it was.
        #expect(before.groups[1].committed("t")[3] == 5)
        #expect(shown(journal, "b")?.committed("t")[3] == 9)
    }

    /// One copy of a column serves all commits until a round looks again.
    @Test func aSecondCommitCopiesNothing() throws {
        var script = Script()
        for partition: Int32 in 0..<50 { script.commit("g", "t", partition, to: 5) }
        var journal = script.records.journal()
        journal.bringUpToDate([PartitionID(0)])
        let kept = journal.followed
        var addresses: Set<UInt?> = []
        for partition: Int32 in 0..<10 {
            let seen = script.records.count
            script.commit("g", "t", partition, to: 7)
            for batch in Array(script.records[seen...]).batches() { journal.apply(batch) }
            addresses.insert(address(journal.group("g")?.commits.topics.first?.offsets))
        }
        #expect(addresses.count == 1)
        #expect(!addresses.contains(address(kept.groups[0].commits.topics[0].offsets)))
    }

    @Test func aNameThatAnotherGroupTellsIsTakenOver() throws {
        let topic = TopicUUID(mostSignificant: 7, leastSignificant: 7)
        var script = Script()
        script.epoch("g", 1)
        script.member("g", "m")
        script.targetEpoch("g", 1)
        script.target("g", "m", [topic: [0, 1]])
        script.current("g", "m", epoch: 1, [topic: [0, 1]])
        var journal = script.records.journal()
        journal.bringUpToDate([PartitionID(0)])
        #expect(shown(journal, "g")?.members.first?.unnamedPartitions == 2)
        let seen = script.records.count
        script.commit("other", "named", to: 1, topicID: topic)
        for batch in Array(script.records[seen...]).batches() { journal.apply(batch) }
        journal.bringUpToDate([PartitionID(0)])
        #expect(shown(journal, "g")?.members.first?.assignment.map(\.topic) == ["named"])
    }
}

@Suite struct SizeColumnTests {
    @Test(arguments: 0..<60)
    func itIsAListOfSizes(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var (column, plain) = (SizeColumn(), [Int32]())
        let sizes: [Int32] = seed % 3 == 0 ? [4] : [0, 0, 0, 12]
        for _ in 0..<200 {
            let size = sizes.randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                let place = Int.random(in: 0...plain.count, using: &random)
                column.insert(size, at: place)
                plain.insert(size, at: place)
            case 2, 3:
                guard let place = plain.indices.randomElement(using: &random) else { continue }
                column.set(size, at: place)
                plain[place] = size
            default:
                guard let place = plain.indices.randomElement(using: &random) else { continue }
                column.remove(at: place)
                plain.remove(at: place)
            }
            #expect(plain.indices.map { column[$0] } == plain)
        }
    }
}
