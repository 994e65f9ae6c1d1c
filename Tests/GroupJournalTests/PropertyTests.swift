import ClusterAccess
import GroupJournal
import LagModel
import LagwardenTestKit
import Testing

/// Random histories: against an oracle, cut anywhere, and damaged.
@Suite struct PropertyTests {
    private func journal(_ batches: [RecordBatch], historyEnd: Int64) -> GroupJournal {
        var journal = GroupJournal()
        journal.begin(PartitionID(0), historyEnd: historyEnd)
        for batch in batches { journal.apply(batch) }
        return journal
    }

    @Test(arguments: 0..<200)
    func countsAreTheOracles(_ seed: UInt64) {
        let story = Story(seed: seed, writes: 60)
        #expect(story.events.count == story.script.records.count)
        let historyEnd = Int(seed % 3) * story.events.count / 4
        let oracle = Oracle(story.events, historyEnd: historyEnd)
        let journal = journal(story.script.records.batches(), historyEnd: Int64(historyEnd))
        #expect(journal.groupsRemoved == oracle.removed)
        #expect(Set(journal.groups(in: PartitionID(0)).map(\.rawValue)) == Set(oracle.groups.keys))
        for (name, wanted) in oracle.groups {
            guard let group = journal.group(GroupID(name)) else { continue }
            #expect(group.activity.rebalances == wanted.rebalances, "\(name)")
            #expect(group.activity.generation == wanted.number, "\(name)")
            for (topic, offsets) in wanted.committed { #expect(group.committed(topic) == offsets) }
            for var topic in group.activity.topics {
                topic.lastCommit = nil
                #expect(topic == wanted.topics[topic.name.rawValue], "\(name)")
            }
            #expect(group.activity.topics.count == wanted.topics.count)
            #expect(group.durations >= wanted.classicDurations)
            #expect(group.durations <= group.activity.rebalances)
            checkCauses(group)
        }
    }

    private func checkCauses(_ group: JournalGroup) {
        let steps = group.causes.filter { $0.key != .staticMemberReturned }.values.reduce(0, +)
        #expect(steps == group.activity.rebalances, "\(group.id)")
    }

    @Test(arguments: 0..<80)
    func cutsChangeNothing(_ seed: UInt64) {
        let story = Story(seed: seed, writes: 60)
        let historyEnd = Int64(seed % 3) * story.script.end / 4
        let whole = Picture(journal(story.script.records.batches(), historyEnd: historyEnd))
        let single = Picture(journal(story.script.records.batches(of: 1), historyEnd: historyEnd))
        #expect(single == whole)
        for cut: UInt64 in 0..<4 {
            let picture = Picture(journal(story.cut(seed: cut), historyEnd: historyEnd))
            #expect(picture == whole, "cut \(cut)")
        }
    }

    @Test(arguments: 0..<50)
    func recordsThatComeAgainChangeNothing(_ seed: UInt64) {
        let records = Story(seed: seed, writes: 40).script.records
        var journal = journal(records.batches(), historyEnd: 0)
        let before = Picture(journal)
        let start = Int(seed) * records.count / 50
        for batch in Array(records[start...]).batches(of: 5) { journal.apply(batch) }
        #expect(Picture(journal) == before)
    }

    /// Hostile records: bits turned, bytes lost, keys and values of different records together.
    @Test(arguments: 0..<80)
    func damagedRecordsDoNotTrap(_ seed: UInt64) {
        let story = Story(seed: seed, writes: 60)
        var random = SeededRandom(seed: seed &+ 1_000)
        let values = story.script.records.compactMap(\.value)
        let records = story.script.records.map { record in
            guard Int.random(in: 0..<4, using: &random) == 0 else { return record }
            var record = record
            switch Int.random(in: 0..<5, using: &random) {
            case 0: record.key = record.key.map { damaged($0, &random) }
            case 1: record.value = record.value.map { damaged($0, &random) }
            case 2: record.value = values.randomElement(using: &random)
            case 3: record.timestamp = [.min, -1, 0, .max].randomElement(using: &random) ?? 0
            default:
                record.key = record.key.map { key in
                    [0, UInt8.random(in: 0...24, using: &random)] + key.dropFirst(2)
                }
            }
            return record
        }
        let whole = journal(records.batches(), historyEnd: 0)
        for id in whole.groups(in: PartitionID(0)) {
            if let group = whole.group(id) { checkCauses(group) }
        }
        let single = journal(records.batches(of: 1), historyEnd: 0)
        #expect(Picture(single) == Picture(whole))
    }

    private func damaged(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        guard !bytes.isEmpty else { return bytes }
        var bytes = bytes
        for _ in 0...Int.random(in: 0..<3, using: &random) {
            bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        return Bool.random(using: &random)
            ? Array(bytes.dropLast(Int.random(in: 0..<4, using: &random))) : bytes
    }
}
