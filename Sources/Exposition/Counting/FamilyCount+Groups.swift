import ClusterAccess
import LagModel

/// Counts of the families about groups: what they are, who is in them, what follows from their commits.
extension FamilyCount {
    static let groups: [FamilyCount] = [
        .group(Catalogue.groupInfo) { one(if: $0.isIdentityKnown) },
        .group(Catalogue.groupState) { $0.state == nil ? 0 : GroupState.allCases.count },
        .group(Catalogue.groupStateSeconds) { one(if: $0.state != nil && $0.stateBegan != nil) },
        .group(Catalogue.groupMembers) { one(if: $0.members != nil) },
        .group(Catalogue.groupPartitions) { one(if: $0.totals != nil) },
        .group(Catalogue.groupIdleMembers) { one(if: $0.members?.idleCount != nil) },
        .group(Catalogue.groupMemberPartitionsMax) { one(if: $0.members?.partitionsMax != nil) },
        .group(Catalogue.groupMemberPartitionsMin) { one(if: $0.members?.partitionsMin != nil) },
        .group(Catalogue.groupUnassignedPartitions) { one(if: $0.unassignedPartitions != nil) },
        .groupTopic(Catalogue.groupPartitionCommittedOffset) { _, topic in
            min(topic.partitions.count, topic.committed.count)
        },
        .groupTopic(Catalogue.groupPartitionLag) { snapshot, topic in
            topic.isWhollyKnown ? topic.partitions.count : snapshot.knownLags(of: topic)
        },
        .groupTopic(Catalogue.groupPartitionStableLag) { snapshot, topic in
            guard topic.wantsStableLag else { return 0 }
            let isKnown = topic.isWhollyKnown && topic.totals.stableLag != nil
            return isKnown ? topic.partitions.count : snapshot.knownStableLags(of: topic)
        },
        .groupTopic(Catalogue.groupPartitionAhead) { _, topic in topic.ahead.count },
        .groupTopic(Catalogue.groupTopicLag) { one(if: $1.totals.lag != nil) },
        .groupTopic(Catalogue.groupTopicLagMax) { one(if: $1.totals.lagMax != nil) },
        .group(Catalogue.groupLag) { one(if: $0.totals?.lag != nil) },
        .group(Catalogue.groupLagMax) { one(if: $0.totals?.lagMax != nil) },
        .group(Catalogue.groupStableLag) { one(if: $0.totals?.stableLag != nil) },
        .groupTopic(Catalogue.groupRecordsConsumed) { _, _ in 1 },
        .groupTopic(Catalogue.groupRecordsLost) { _, _ in 1 },
        .groupTopic(Catalogue.groupOffsetResets) { _, _ in 2 },
        .groupTopic(Catalogue.groupOffsetResetRecords) { _, _ in 2 },
    ]

    static let outlook: [FamilyCount] = [
        .groupTopic(Catalogue.groupLagGrowth) { one(if: $1.lagGrowth?.isFinite ?? false) },
        .group(Catalogue.groupUnknownPartitions) { one(if: $0.totals != nil) },
    ]

    static let rebalances: [FamilyCount] = [
        .group(Catalogue.groupRebalances) { _ in 1 },
        .group(Catalogue.groupRebalanceCauses) {
            $0.rebalanceHistory == nil ? 0 : RebalanceCause.allCases.count
        },
        .group(Catalogue.groupRebalanceDuration) { group in
            // One line for each bucket, one for the sum and one for the count.
            group.rebalanceHistory.map { $0.durations.bounds.count + 3 } ?? 0
        },
        .group(Catalogue.groupGeneration) { one(if: ($0.generation ?? -1) >= 0) },
        .group(Catalogue.groupRebalancing) { one(if: $0.isRebalancing != nil) },
    ]

    static let commits: [FamilyCount] = [
        .groupTopic(Catalogue.groupCommits) { one(if: $1.commits != nil) },
        .groupTopic(Catalogue.groupLastCommit) { one(if: $1.lastCommit != nil) },
        .groupTopic(Catalogue.groupCommitAge) { one(if: $1.lastCommit != nil) },
        .groupTopic(Catalogue.groupCommitMetadata) { one(if: $1.commitMetadataBytes != nil) },
        .groupTopic(Catalogue.groupCommitsRemoved) { one(if: $1.commitsRemoved != nil) },
    ]

    static let lagAge: [FamilyCount] = [
        .groupTopic(Catalogue.groupPartitionLagSeconds) { _, topic in topic.knownAges },
        .groupTopic(Catalogue.groupPartitionLagSecondsError) { _, topic in topic.knownAges },
        .groupTopic(Catalogue.groupTopicLagSeconds) { one(if: $1.lagAge != nil) },
        .group(Catalogue.groupLagSeconds) { one(if: $0.lagAge != nil) },
    ]

    static let evaluation: [FamilyCount] = [
        .group(Catalogue.groupStatus) { $0.evaluation?.status == nil ? 0 : GroupStatus.allCases.count },
        .group(Catalogue.groupStatusPartitions) { group in
            guard let evaluation = group.evaluation, evaluation.status != .notFound else { return 0 }
            return PartitionStatus.allCases.count
        },
        .groupTopic(Catalogue.groupPartitionStatus) { _, topic in
            topic.statuses.prefix(topic.partitions.count).count { $0 != nil }
        },
    ]

    static let forecast: [FamilyCount] = [
        .group(Catalogue.groupCatchUpSeconds) { one(if: $0.outlook?.catchUp != nil) },
        .group(Catalogue.groupCatchUpImpossible) { one(if: $0.outlook?.isCatchUpImpossible != nil) },
        .groupTopic(Catalogue.groupLossMarginSeconds) { one(if: $1.lossMargin != nil) },
        .group(Catalogue.groupFinding) { $0.distinctFindings.count },
    ]

    static let members: [FamilyCount] = [
        .member(Catalogue.memberSessionTimeout) { one(if: $0.sessionTimeout != nil) },
        .member(Catalogue.memberRebalanceTimeout) { one(if: $0.rebalanceTimeout != nil) },
        .member(Catalogue.memberPartitions) { member in
            one(if: member.partitions != nil) + one(if: member.targetPartitions != nil)
        },
        .member(Catalogue.memberRebalancing) { one(if: $0.isReconciling != nil) },
    ]

    /// Counted by the budget, which decides on them.
    static let folding: [FamilyCount] = [.group(Catalogue.groupSeriesFolded) { _ in 0 }]
}

extension GroupTopicSnapshot {
    /// Whether the totals tell that every commit has a lag, so that none need be looked at.
    fileprivate var isWhollyKnown: Bool {
        topicIndex != nil && totals.unknownPartitions == 0 && totals.partitions == partitions.count
            && committed.count == partitions.count
    }

    fileprivate var knownAges: Int {
        guard let lagAges else { return 0 }
        return lagAge != nil || lagAges.count > partitions.count
            ? min(lagAges.count, partitions.count) : lagAges.knownCount
    }
}

extension ClusterSnapshot {
    fileprivate func knownLags(of topic: borrowing GroupTopicSnapshot) -> Int {
        guard let index = topic.topicIndex, topics.indices.contains(index) else { return 0 }
        return count(of: topic, logStart: topics[index].logStart, end: topics[index].highWatermark)
    }

    fileprivate func knownStableLags(of topic: borrowing GroupTopicSnapshot) -> Int {
        guard let index = topic.topicIndex, topics.indices.contains(index),
            let end = topics[index].lastStable
        else { return 0 }
        return count(of: topic, logStart: topics[index].logStart, end: end)
    }

    private func count(
        of topic: borrowing GroupTopicSnapshot, logStart: OffsetColumn, end: OffsetColumn
    ) -> Int {
        let partitions = topic.partitions
        return partitions.prefix(topic.committed.count).count { partition in
            logStart[partition] != nil && end[partition] != nil
        }
    }
}
