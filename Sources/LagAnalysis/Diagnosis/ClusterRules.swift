import ClusterAccess
import LagModel

extension Diagnosis {
    /// The broker that keeps the group does not answer for it: its members cannot commit either.
    static func coordinatorUnavailable(_ context: GroupContext) -> [Finding] {
        guard let reason = context.group.unavailable, reason.isSilenceOfCoordinator else { return [] }
        var evidence: [Finding.Evidence] = []
        if let broker = context.group.coordinator {
            evidence.append(.init("coordinator", Int64(broker.rawValue)))
        }
        return [
            Finding(
                .coordinatorUnavailable, .critical,
                "The group's coordinator does not answer (\(reason.rawValue)).", evidence: evidence,
                suggestions: Advice.coordinatorUnavailable)
        ]
    }

    /// The partition of `__consumer_offsets` that keeps this group's commits has lost a replica.
    static func offsetsTopicUnderReplicated(_ context: GroupContext) -> [Finding] {
        guard let replication = context.cluster.offsetsTopicReplication,
            let partition = CoordinatorPartition.of(context.group.id, count: replication.partitionCount),
            replication.underReplicated.contains(partition.rawValue)
        else { return [] }
        return [
            Finding(
                .offsetsTopicUnderReplicated, .warning,
                "Partition \(partition) of \(CoordinatorPartition.topic), which keeps this group's "
                    + "commits, has "
                    + "fewer replicas in sync than it should.",
                evidence: [.init("under_replicated_partitions", Int64(replication.underReplicated.count))],
                suggestions: Advice.underReplicated, topic: CoordinatorPartition.topic,
                partition: partition.rawValue)
        ]
    }

    /// A topic that the group has commits on is gone, or this user may not see it.
    static func topicMissing(_ context: GroupContext) -> [Finding] {
        guard context.group.unavailable == nil else { return [] }
        return context.group.topics.compactMap { topic in
            guard topic.topicIndex == nil else { return nil }
            return Finding(
                .topicMissing, .warning,
                "The group has commits on \(topic.name), which is deleted or not visible to the exporter.",
                evidence: [.init("partitions", Int64(topic.partitions.count))],
                suggestions: Advice.topicMissing, topic: topic.name)
        }
    }
}

extension ClusterError.Reason {
    /// Whether this is what a coordinator that is away looks like.
    fileprivate var isSilenceOfCoordinator: Bool {
        switch self {
        case .timedOut, .brokerUnavailable, .notCoordinator, .coordinatorLoading, .coordinatorUnavailable:
            true
        case .authenticationFailed, .tlsFailed, .nameNotResolved, .clusterUnauthorized, .groupUnauthorized,
            .topicUnauthorized, .leaderUnavailable, .notLeader, .unknownTopicOrPartition, .unstableOffset,
            .offsetOutOfRange, .instanceFenced, .notAConsumerGroup, .unsupported, .closed, .cancelled,
            .invalidRequest, .noCommits, .offsetsTopicBehind, .requestBudget, .other:
            false
        }
    }
}
