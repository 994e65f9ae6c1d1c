package import ClusterAccess
package import LagModel

/// Groups as the records of `__consumer_offsets` tell them, record by record; pure.
///
/// Records of one partition come in their order. Those before the end of its history set what later ones are
/// compared with and never count. Records that come again are known by their offsets and change nothing.
package struct GroupJournal: Sendable {
    /// `admits` says which groups are wanted; it is asked once for each.
    package init(admits: @escaping @Sendable (GroupID) -> Bool = { _ in true }) {}

    /// How records were read.
    package enum Isolation: Hashable, Sendable {
        /// Nothing of open or aborted transactions among them: everything counts.
        case committed
        /// Commits among them may belong to open or aborted transactions and are left out.
        case uncommitted
    }

    /// Expects a partition from its beginning; everything before `historyEnd` is history.
    ///
    /// A partition that is known already goes on counting.
    package mutating func begin(_ partition: PartitionID, historyEnd: Int64) {}

    /// Forgets a partition and its groups.
    package mutating func forget(_ partition: PartitionID) {}

    /// Takes in records; those of partitions that were not begun are left out.
    package mutating func apply(_ batch: RecordBatch, isolation: Isolation = .committed) {}

    /// A coordinator says that the group is on its way to another generation: the rebalance began by then.
    package mutating func noteRebalancing(_ group: GroupID, at time: WallTime) {}

    /// The group as it stands; `nil` when no record speaks of it any more.
    package func group(_ id: GroupID) -> JournalGroup? { nil }

    /// Groups that records of a partition speak of, in no order.
    package func groups(in partition: PartitionID) -> [GroupID] { [] }

    /// Records taken in since the start, by kind of record, each kind from the start with 0.
    package var recordsByKind: [String: Int64] { [:] }

    /// Records that could not be read, by reason.
    package var recordsSkipped: [String: Int64] { [:] }

    /// Groups that were deleted or expired, history left out.
    package var groupsRemoved: Int64 { 0 }
}

/// One group as its records tell it.
package struct JournalGroup: Sendable {
    package var id: GroupID
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
