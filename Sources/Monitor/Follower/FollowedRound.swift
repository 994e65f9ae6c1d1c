import ClusterAccess
import GroupJournal
import LagModel

/// What the offsets topic has to say at the beginning of a round.
struct FollowedRound: Sendable {
    var status: OffsetsTopicStatus
    var isHybrid: Bool
    /// All groups that are followed, ascending by id; ``isUsed(at:)`` says which of them tell something.
    var groups: FollowedGroups

    /// Whether a partition is read up to its end, or is blocked.
    ///
    /// Commits of a blocked one's groups are not the newest; what groups of others show is older than the
    /// round.
    func isUsed(at partition: PartitionID) -> Bool {
        switch state(at: partition) {
        case .current, .blocked: true
        case .loading, .unavailable, .elsewhere: false
        }
    }

    /// How a partition is used; `unavailable` where there is none.
    func state(at partition: PartitionID?) -> OffsetsTopicStatus.State {
        guard let place = partition.map({ Int($0.rawValue) }), status.partitions.indices.contains(place)
        else { return .unavailable }
        return status.partitions[place].state
    }

    /// Why a partition cannot be used.
    func reason(at partition: PartitionID?) -> ClusterError.Reason {
        let place = partition.map { Int($0.rawValue) }
        let known = place.flatMap { status.partitions.indices.contains($0) ? status.partitions[$0] : nil }
        return known?.reason ?? status.fallback ?? .offsetsTopicBehind
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
