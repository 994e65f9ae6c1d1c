package import ClusterAccess
package import LagModel
import OffsetsTopic

/// Groups as the records of `__consumer_offsets` tell them, record by record; pure.
///
/// Records of one partition come in their order. Those before the end of its history set what later ones are
/// compared with and never count. Records that come again are known by their offsets and change nothing.
///
/// How records are cut into batches changes no count: what a tombstone means is decided by the records
/// behind it, or by the end of the partition (``RecordBatch/endsReached``). See ``PartitionJournal``.
package struct GroupJournal: Sendable {
    var partitions: [PartitionJournal] = []
    var indices: [PartitionID: Int] = [:]
    var common: CommonKnowledge
    /// The groups as rounds read them; ``bringUpToDate(_:)`` says when.
    package internal(set) var followed = FollowedGroups()
    /// Groups that were seen on their way to another generation, and may be there by now.
    private var noted: Set<GroupID> = []

    /// `admits` says which groups are wanted; it is asked once for each.
    ///
    /// Once as long as the group is there; of groups that were refused, tens of thousands are remembered.
    package init(admits: @escaping @Sendable (GroupID) -> Bool = { _ in true }) {
        common = CommonKnowledge(admits: admits)
    }

    /// How records were read.
    package enum Isolation: Hashable, Sendable {
        /// Nothing of open or aborted transactions among them: everything counts.
        case committed
        /// Commits among them may belong to open or aborted transactions and are left out.
        case uncommitted
    }

    /// Expects a partition from its beginning; everything before `historyEnd` is history.
    ///
    /// A partition that is known already goes on counting: records that it has had change nothing when they
    /// come again. The end of its history can only be brought forward, as when it was not known at first.
    package mutating func begin(_ partition: PartitionID, historyEnd: Int64) {
        if let index = indices[partition] {
            partitions[index].bringHistoryEnd(to: historyEnd)
            return
        }
        indices[partition] = partitions.count
        partitions.append(PartitionJournal(id: partition, historyEnd: historyEnd))
    }

    /// Forgets a partition and its groups.
    package mutating func forget(_ partition: PartitionID) {
        guard let index = indices.removeValue(forKey: partition) else { return }
        partitions[index].leave(&common)
        let last = partitions.removeLast()
        if index < partitions.count {
            partitions[index] = last
            indices[last.id] = index
        }
    }

    /// Takes in records; those of partitions that were not begun are left out.
    package mutating func apply(_ batch: RecordBatch, isolation: Isolation = .committed) {
        let bytes = batch.bytes
        let (offsets, timestamps, owners) = (batch.offsets, batch.timestamps, batch.partitions)
        var index: Int?
        for record in owners.indices {
            if record == 0 || owners[record] != owners[record - 1] { index = indices[owners[record]] }
            guard let index else { continue }
            let place = RecordPlace(offset: offsets[record], timestamp: timestamps[record])
            partitions[index].apply(
                batch, record, bytes: bytes, at: place, isolation: isolation, &common)
        }
        for (partition, offset) in batch.endsReached {
            guard let index = indices[partition] else { continue }
            partitions[index].reachEnd(offset, &common)
        }
        forgetUnusedNames()
    }

    private mutating func forgetUnusedNames() {
        guard common.topicNames.isCrowded else { return }
        var mentioned: Set<TopicUUID> = []
        for partition in partitions { partition.collectTopics(into: &mentioned) }
        common.topicNames.keep(mentioned)
    }

    /// A coordinator says that the group is on its way to another generation: the rebalance began by then.
    ///
    /// Nothing happens when a generation of the group is known that was begun since.
    package mutating func noteRebalancing(_ group: GroupID, at time: WallTime) {
        guard let index = common.homes[group].flatMap({ indices[$0] }) else { return }
        partitions[index].noteRebalancing(group, at: time)
        noted.insert(group)
    }

    /// These groups are on their way to another generation and no others are: what was noted of others is
    /// about rebalances that are over, and would make the next one look as long as the time between them.
    package mutating func noteRebalancing(_ groups: some Sequence<GroupID>, at time: WallTime) {
        let over = noted.subtracting(groups)
        for group in over {
            guard let index = common.homes[group].flatMap({ indices[$0] }) else { continue }
            partitions[index].forgetRebalancing(group)
        }
        noted = []
        for group in groups { noteRebalancing(group, at: time) }
    }

    /// The group as it stands; `nil` when no record speaks of it any more.
    package func group(_ id: GroupID) -> JournalGroup? {
        guard let index = common.homes[id].flatMap({ indices[$0] }) else { return nil }
        return partitions[index].group(id, names: common.topicNames)
    }

    /// Groups that records of a partition speak of, in no order.
    package func groups(in partition: PartitionID) -> [GroupID] {
        indices[partition].map { partitions[$0].groupsPresent } ?? []
    }

    /// Records taken in since the start, by kind of record, each kind from the start with 0.
    package var recordsByKind: [String: Int64] {
        Dictionary(
            uniqueKeysWithValues: RecordKind.allCases.map { ($0.rawValue, common.recordCount(of: $0)) })
    }

    /// Records that could not be read, by reason.
    package var recordsSkipped: [String: Int64] {
        Dictionary(
            uniqueKeysWithValues: SkippedRecord.Reason.allCases.map {
                ($0.rawValue, common.skipped[$0, default: 0])
            })
    }

    /// Groups that were deleted or expired, history left out.
    ///
    /// One is counted when the record behind its last one, or the partition's end, shows that it was not
    /// turned into a group of another protocol.
    package var groupsRemoved: Int64 { common.groupsRemoved }

    /// Places for groups and topics that are in use, over all partitions.
    var placesTaken: Int { partitions.reduce(0) { $0 + $1.groups.count + $1.columns.count } }

    /// Places for groups and topics that were ever made.
    var placesMade: Int { partitions.reduce(0) { $0 + $1.groups.indices.count + $1.columns.indices.count } }
}

/// One group as its records tell it.
package struct JournalGroup: Sendable {
    package var id: GroupID
    /// Among ``FollowedGroups``: another one whenever something of the group may have changed.
    package var revision: Int64 = 0
    /// Partition of the offsets topic that its records are in.
    package var partition: PartitionID
    package var type: GroupType
    /// As Kafka spells it; empty for a group of commits only.
    package var protocolType: String
    package var assignor: String
    package var members: [GroupMember]
    /// Ascending by topic and partition.
    package var commits: CommittedOffsets
    package var activity: GroupActivity
}

/// What all partitions of the topic share.
struct CommonKnowledge: Sendable {
    private let admits: @Sendable (GroupID) -> Bool
    /// Groups that are not wanted, the newest of them.
    private var refused: Set<GroupID> = []
    /// Where the groups are that are wanted.
    var homes: [GroupID: PartitionID] = [:]
    var topicNames = TopicNames()
    /// Kept apart from the other kinds because nearly all records are commits.
    var commitRecords: Int64 = 0
    var otherRecords: [RecordKind: Int64] = [:]
    var skipped: [SkippedRecord.Reason: Int64] = [:]
    var groupsRemoved: Int64 = 0
    /// Places among ``FollowedGroups`` of groups that are not there any more.
    var departed: [Int] = []
    /// Groups that another partition's records speak of now, and the partition that had them.
    var moved: Set<Move> = []

    /// A group that had been another partition's.
    struct Move: Hashable, Sendable {
        var group: GroupID
        var from: PartitionID
    }

    /// So many refused names are remembered before all are forgotten.
    static let refusedMax = 65_536

    init(admits: @escaping @Sendable (GroupID) -> Bool) { self.admits = admits }

    func recordCount(of kind: RecordKind) -> Int64 {
        kind == .offsetCommit ? commitRecords : otherRecords[kind, default: 0]
    }

    mutating func isAdmitted(_ group: GroupID) -> Bool {
        if refused.contains(group) { return false }
        if admits(group) { return true }
        if refused.count >= Self.refusedMax { refused.removeAll() }
        refused.insert(group)
        return false
    }
}

/// Where a record stands and when it was written.
struct RecordPlace: Sendable {
    var offset: Int64
    /// Milliseconds since 1970; negative for none.
    var timestamp: Int64
    /// Not history: what it tells is counted.
    var isLive = false

    var time: WallTime? { timestamp < 0 ? nil : WallTime(milliseconds: timestamp) }
}
