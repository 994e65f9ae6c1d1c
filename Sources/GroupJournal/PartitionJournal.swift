import ClusterAccess
import LagModel
import OffsetsTopic

/// Groups whose records are in one partition of the topic.
///
/// **When a group is gone.** The tombstone of a generation or epoch may be the end of a group, or the first
/// record of its conversion to another protocol, whose records follow it in the same write of the
/// coordinator: directly behind it, with the same timestamp. So the group's number, counters and place are
/// kept until the next record of the partition that is another group's or another moment's, or until the end
/// of the partition, which never falls into a write. Then a group without generation, epoch and commits is
/// gone. At most one group of a partition waits like this. What is kept is not shown meanwhile.
struct PartitionJournal: Sendable {
    let id: PartitionID
    private var historyEnd: Int64
    /// Next commit to be applied.
    private var commitPosition = Int64.min
    /// Next record of another kind to be applied: ahead while commits cannot be read.
    private var groupPosition = Int64.min
    var groups = Slots<GroupEntry>(vacant: GroupEntry(id: ""))
    var slots: [GroupID: Int] = [:]
    var columns = Slots<TopicColumn>(vacant: .vacant)
    var columnTable = KeyTable()
    /// Columns in ``columnTable`` that belong to groups that are not wanted.
    var refusedColumns = 0
    private var doubt: Doubt?
    /// Groups that records have changed since the partition was last looked at for a round.
    var touched: [Int] = []
    /// Groups that were last shown with partitions of topics without a known name.
    var unnamed: Set<Int> = []
    /// How many groups are among those that rounds read.
    var followedCount = 0

    /// A group that may be gone or be turned into one of another protocol.
    struct Doubt: Sendable {
        var slot: Int
        /// Of the record that raised the doubt, or the last of the same write.
        var place: RecordPlace
    }

    init(id: PartitionID, historyEnd: Int64) {
        self.id = id
        self.historyEnd = historyEnd
    }

    mutating func bringHistoryEnd(to end: Int64) { historyEnd = min(historyEnd, end) }

    @inline(__always)
    mutating func apply(
        _ batch: RecordBatch, _ index: Int, bytes: borrowing [UInt8], at place: RecordPlace,
        isolation: GroupJournal.Isolation, _ common: inout CommonKnowledge
    ) {
        var place = place
        place.isLive = place.offset >= historyEnd
        if let commit = CommitScan.read(bytes: bytes, field: batch.field(index)) {
            if doubt != nil { resolveDoubt(place, group: bytes.text(commit.group), &common) }
            guard isolation == .committed, place.offset >= commitPosition else { return }
            commitPosition = place.next
            common.commitRecords += 1
            apply(commit, bytes: bytes, at: place, &common)
        } else {
            applyOther(batch, index, at: place, isolation: isolation, &common)
        }
    }

    private mutating func applyOther(
        _ batch: RecordBatch, _ index: Int, at place: RecordPlace, isolation: GroupJournal.Isolation,
        _ common: inout CommonKnowledge
    ) {
        let record = OffsetsRecord(key: batch.key(index), value: batch.value(index))
        if doubt != nil { resolveDoubt(place, group: record.group?.rawValue, &common) }
        guard place.offset >= groupPosition else { return }
        groupPosition = place.next
        if case .skipped(let reason) = record {
            common.skipped[reason.reason, default: 0] += 1
        } else if let kind = record.kind {
            common.otherRecords[kind, default: 0] += 1
            apply(record, at: place, &common)
        }
    }

    /// What the next record, or the end of the partition where `group` is `nil`, says of the group in doubt.
    private mutating func resolveDoubt(_ place: RecordPlace, group: String?, _ common: inout CommonKnowledge)
    {
        guard let doubt, place.offset > doubt.place.offset else { return }
        if place.timestamp == doubt.place.timestamp, groups[doubt.slot].id.rawValue == group { return }
        self.doubt = nil
        settle(doubt.slot, isLive: doubt.place.isLive, &common)
    }

    /// The partition was read to its end; `offset` comes next.
    mutating func reachEnd(_ offset: Int64, _ common: inout CommonKnowledge) {
        guard let doubt, offset > doubt.place.offset else { return }
        self.doubt = nil
        settle(doubt.slot, isLive: doubt.place.isLive, &common)
    }

    /// Nothing of the same write follows: a number that was ended is not gone on with.
    private mutating func settle(_ slot: Int, isLive: Bool, _ common: inout CommonKnowledge) {
        groups[slot].carried = nil
        if groups[slot].number == nil { groups[slot].changes.forgetLeft() }
        guard !groups[slot].isPresent else { return }
        if isLive { common.groupsRemoved += 1 }
        let columns = groups[slot].columns
        for column in columns { removeColumn(column) }
        groups[slot].startOver()
        touch(slot)
        freeIfVacuous(slot, &common)
    }

    /// Raises the doubt whether the group at `slot` is still one.
    mutating func raiseDoubt(_ slot: Int, at place: RecordPlace, _ common: inout CommonKnowledge) {
        // Of another group only where commits are read behind records of groups that were read before.
        let other = doubt
        doubt = Doubt(slot: slot, place: place)
        if let other, other.slot != slot { settle(other.slot, isLive: other.place.isLive, &common) }
    }

    func isInDoubt(_ slot: Int) -> Bool { doubt?.slot == slot }

    /// The place of a wanted group, which is made where there is none; `nil` for one that is not wanted.
    mutating func slot(making group: GroupID, _ common: inout CommonKnowledge) -> Int? {
        if let slot = slots[group] { return slot }
        guard common.isAdmitted(group) else { return nil }
        let slot = groups.insert(GroupEntry(id: group))
        slots[group] = slot
        if let other = common.homes.updateValue(id, forKey: group), other != id {
            common.moved.insert(.init(group: group, from: other))
        }
        return slot
    }

    /// Gives a place back that nothing is known of.
    mutating func freeIfVacuous(_ slot: Int, _ common: inout CommonKnowledge) {
        guard groups[slot].isVacuous, !isInDoubt(slot) else { return }
        let group = groups[slot].id
        for column in groups[slot].columns { removeColumn(column) }
        slots[group] = nil
        if common.homes[group] == id { common.homes[group] = nil }
        if let place = groups[slot].followedPlace {
            common.departed.append(place)
            followedCount -= 1
        }
        unnamed.remove(slot)
        groups.remove(slot)
    }

    /// Takes its groups out of what all partitions share.
    func leave(_ common: inout CommonKnowledge) {
        for (group, slot) in slots {
            if common.homes[group] == id { common.homes[group] = nil }
            if let place = groups[slot].followedPlace { common.departed.append(place) }
        }
    }

    mutating func noteRebalancing(_ group: GroupID, at time: WallTime) {
        guard let slot = slots[group] else { return }
        groups[slot].noteRebalancing(at: time)
    }

    mutating func forgetRebalancing(_ group: GroupID) {
        if let slot = slots[group] { groups[slot].forgetRebalancing() }
    }

    var groupsPresent: [GroupID] { slots.filter { groups[$0.value].isPresent }.map(\.key) }

    func group(_ id: GroupID, names: TopicNames) -> JournalGroup? {
        guard let slot = slots[id], groups[slot].isPresent else { return nil }
        let topics = groups[slot].columns.map { columns[$0] }.sorted { $0.name < $1.name }
        return groups[slot].view(in: self.id, topics: topics, names: names)
    }

    func columnsByName(of slot: Int) -> [Int] {
        groups[slot].columnsByName ?? groups[slot].columns.sorted { columns[$0].name < columns[$1].name }
    }

    /// Adds the topics that something here knows by their identifiers.
    func collectTopics(into topics: inout Set<TopicUUID>) {
        for column in columns.indices { if let id = columns[column].topicID { topics.insert(id) } }
        for slot in slots.values { groups[slot].consumer?.collectTopics(into: &topics) }
    }
}

extension RecordPlace {
    /// The offset behind it.
    var next: Int64 { offset == .max ? offset : offset + 1 }
}

extension [UInt8] {
    /// Text from outside: what is no UTF-8 is repaired.
    func text(_ range: Range<Int>) -> String { String(decoding: self[range], as: UTF8.self) }
}
