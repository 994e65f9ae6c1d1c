import ClusterAccess
import GroupJournal
import LagModel

/// What the offsets topic has to say at the beginning of a round.
struct FollowedRound: Sendable {
    var status: OffsetsTopicStatus
    var isHybrid: Bool
    /// Groups of partitions that are read up to their end, and of blocked ones; the latter's commits are
    /// not the newest.
    var groups: [GroupID: JournalGroup]

    /// How the partition of a group is used; `unavailable` while the topic's size is unknown.
    func state(of group: GroupID) -> OffsetsTopicStatus.State {
        guard let partition = CoordinatorPartition.of(group, count: status.partitions.count) else {
            return .unavailable
        }
        return status.partitions[Int(partition.rawValue)].state
    }

    /// Why the partition of a group cannot be used.
    func reason(of group: GroupID) -> ClusterError.Reason {
        let partition = CoordinatorPartition.of(group, count: status.partitions.count)
        return partition.flatMap { status.partitions[Int($0.rawValue)].reason }
            ?? status.fallback ?? .offsetsTopicBehind
    }

    /// Where commits come from as things are.
    var source: CommitSource {
        guard isHybrid else { return .offsetsTopic }
        return status.fallback == nil ? .hybrid : .admin
    }

    /// Whether every partition that could be read has been read to its end.
    var isReady: Bool {
        !status.partitions.isEmpty && status.fallback == nil
            && status.partitions.allSatisfy { partition in
                switch partition.state {
                case .current, .blocked, .elsewhere: true
                case .unavailable: partition.reason != nil
                case .loading: false
                }
            } && status.partitions.contains { $0.state != .unavailable }
    }
}
