import ClusterAccess
import LagModel

/// Counts of the families about clusters, brokers and topics, and about the exporter's reading of them.
extension FamilyCount {
    static let cluster: [FamilyCount] = [
        .cluster(Catalogue.clusterInfo) { _ in 1 },
        .cluster(Catalogue.brokerInfo) { $0.brokers.count },
        .cluster(Catalogue.brokerUp) { $0.brokers.count },
        .topic(Catalogue.topicPartitions) { one(if: $0.partitionCount > 0) },
        .topic(Catalogue.partitionLogStartOffset) { $0.logStart.knownCount },
        .topic(Catalogue.partitionHighWatermark) { $0.highWatermark.knownCount },
        .topic(Catalogue.partitionLastStableOffset) { $0.lastStable?.knownCount ?? 0 },
        .topic(Catalogue.partitionLeaderless) { topic in topic.leaders.count { $0 < 0 } },
        .topic(Catalogue.topicRecordsProduced) { _ in 1 },
    ]

    static let topicSettings: [FamilyCount] = [
        .topic(Catalogue.topicRetentionSeconds) { one(if: $0.retention?.time != nil) },
        .topic(Catalogue.topicRetentionBytes) { one(if: $0.retention?.bytes != nil) },
        .topic(Catalogue.topicUnderReplicatedPartitions) { one(if: $0.underReplicatedPartitions != nil) },
        .cluster(Catalogue.topicUnderReplicatedPartitions) { snapshot in
            one(if: snapshot.offsetsTopicReplication != nil && !snapshot.isOffsetsTopicDescribed)
        },
    ]

    static let groupsRemoved: [FamilyCount] = [
        .cluster(Catalogue.groupsRemoved) { one(if: $0.offsetsTopic != nil) }
    ]

    static let reasons: [FamilyCount] = [
        .cluster(Catalogue.snapshotTimestamp) { _ in 1 },
        .cluster(Catalogue.unavailable) { $0.unavailable.values.count { $0 > 0 } },
        .group(Catalogue.groupUnavailable) { one(if: $0.unavailable != nil) },
    ]

    static let offsetsTopic: [FamilyCount] = [
        .cluster(Catalogue.sourceFallback) { one(if: $0.offsetsTopic?.fallback != nil) },
        .cluster(Catalogue.offsetsPartitions) { snapshot in
            snapshot.hasOffsetsPartitions ? OffsetsTopicStatus.State.allCases.count : 0
        },
        .cluster(Catalogue.offsetsPartitionBlocked) { snapshot in
            snapshot.offsetsTopic?.partitions.count { $0.state == .blocked } ?? 0
        },
        .cluster(Catalogue.offsetsUnreadRecords) { one(if: $0.offsetsTopic?.unreadRecords != nil) },
        .cluster(Catalogue.offsetsRecords) { $0.offsetsTopic?.recordsByKind.count ?? 0 },
        .cluster(Catalogue.offsetsRecordsSkipped) { $0.offsetsTopic?.recordsSkipped.count ?? 0 },
        .cluster(Catalogue.reconciledGroups) { one(if: $0.offsetsTopic != nil) },
        .cluster(Catalogue.reconciliationDifferences) { one(if: $0.offsetsTopic != nil) },
    ]

    static let sharding: [FamilyCount] = [
        .cluster(Catalogue.shardInfo) { one(if: $0.offsetsTopic?.shard != nil) },
        .cluster(Catalogue.shardMember) { one(if: $0.offsetsTopic?.shard != nil) },
        .cluster(Catalogue.shardPartitions) { snapshot in
            one(if: snapshot.offsetsTopic?.shard != nil && snapshot.hasOffsetsPartitions)
        },
        .cluster(Catalogue.shardPartition) { snapshot in
            guard let status = snapshot.offsetsTopic, status.shard != nil else { return 0 }
            return status.partitions.count { $0.isHeld }
        },
        .cluster(Catalogue.shardChanges) { one(if: $0.offsetsTopic?.shard != nil) },
    ]

    static let timeLookups: [FamilyCount] = [
        .cluster(Catalogue.timeLookupRequests) { one(if: $0.timeLookups != nil) },
        .cluster(Catalogue.timeLookupPending) { one(if: $0.timeLookups != nil) },
        .cluster(Catalogue.lagSecondsUnavailable) { $0.timeLookups?.absent.count ?? 0 },
        .cluster(Catalogue.lagSamples) { $0.lagSamples?.outcomes.count ?? 0 },
    ]

    /// What the limits take away.
    static let limits: [FamilyCount] = [
        .cluster(Catalogue.seriesLimit) { one(if: $0.series.limit != nil) },
        .cluster(Catalogue.seriesFolded) { snapshot in
            (snapshot.series.limit == nil ? 0 : SeriesPlan.foldedLevels.count)
                + one(if: snapshot.series.beyondTop != nil)
        },
        .cluster(Catalogue.labelValuesCut) { _ in 1 },
        .cluster(Catalogue.seriesExported) { _ in 1 },
    ]
}

extension ClusterSnapshot {
    fileprivate var hasOffsetsPartitions: Bool { !(offsetsTopic?.partitions.isEmpty ?? true) }
}
