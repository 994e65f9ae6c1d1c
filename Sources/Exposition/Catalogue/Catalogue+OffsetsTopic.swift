/// Families about how the offsets topic is read, and how replicas share it.
extension Catalogue {
    static let offsetsTopic: [MetricFamily] = [
        sourceFallback, offsetsPartitions, offsetsPartitionBlocked, offsetsUnreadRecords, offsetsRecords,
        offsetsRecordsSkipped, reconciledGroups, reconciliationDifferences,
    ]

    static let sharding: [MetricFamily] = [
        shardInfo, shardMember, shardPartitions, shardPartition, shardChanges,
    ]

    package static let groupsRemoved = MetricFamily(
        "kafka_consumer_groups_removed_total", .counter, .count, ["cluster"],
        help: """
            Consumer groups that were deleted or expired, from records of the offsets topic since reading \
            caught up with it. Absent with source admin.
            """)

    package static let sourceFallback = MetricFamily(
        "lagwarden_source_fallback", .gauge, .info, ["cluster", "reason"],
        help: """
            1 while the offsets topic cannot be used as a whole, with the reason. With source hybrid all \
            groups are asked of their coordinators meanwhile; with sharding this replica serves none. \
            Absent otherwise.
            """)

    package static let offsetsPartitions = MetricFamily(
        "lagwarden_offsets_partitions", .gauge, .partitions, ["cluster", "state"],
        help: """
            Partitions of the offsets topic by how they are used: current (groups in them are taken from \
            the topic), loading (being read; their groups are asked of the coordinator meanwhile), blocked \
            (a transaction that does not end hides what comes after it: generations are taken from the \
            topic, commits are asked of the coordinator), unavailable, elsewhere (another replica has \
            them). Absent with source admin and while the partitions are unknown.
            """)

    package static let offsetsPartitionBlocked = MetricFamily(
        "lagwarden_offsets_partition_blocked", .gauge, .info, ["cluster", "partition"],
        help: """
            1 while a transaction that does not end holds back the last stable offset of this partition of \
            the offsets topic. Absent otherwise.
            """)

    package static let offsetsUnreadRecords = MetricFamily(
        "lagwarden_offsets_unread_records", .gauge, .records, ["cluster"],
        help: """
            Offsets between what was read of the offsets topic and its end, summed over the partitions that \
            this replica reads. Absent while any of them is unknown.
            """)

    package static let offsetsRecords = MetricFamily(
        "lagwarden_offsets_records_total", .counter, .records, ["cluster", "kind"],
        help: "Records of the offsets topic read since the exporter started, history included, by kind.")

    package static let offsetsRecordsSkipped = MetricFamily(
        "lagwarden_offsets_records_skipped_total", .counter, .records, ["cluster", "reason"],
        help: """
            Records of the offsets topic that could not be understood since the exporter started, by reason.
            """)

    package static let reconciledGroups = MetricFamily(
        "lagwarden_reconciled_groups_total", .counter, .count, ["cluster"],
        help: """
            Comparisons of a group's commits as the offsets topic tells them with those that its \
            coordinator tells. Absent with source admin.
            """)

    package static let reconciliationDifferences = MetricFamily(
        "lagwarden_reconciliation_differences_total", .counter, .count, ["cluster"],
        help: """
            Groups for which the two disagreed in two such comparisons in a row. Absent with source admin.
            """)

    package static let shardInfo = MetricFamily(
        "lagwarden_shard_info", .gauge, .info, ["cluster", "shard_group", "instance_id"],
        help: """
            Consumer group in which this replica shares the cluster's groups with others, and its name \
            there (group.instance.id), empty where it has none. Absent without sharding.
            """)

    package static let shardMember = MetricFamily(
        "lagwarden_shard_member", .gauge, .boolean, ["cluster"],
        help: """
            Whether this replica is a member of the shard group with a valid session. Absent without \
            sharding.
            """)

    package static let shardPartitions = MetricFamily(
        "lagwarden_shard_partitions", .gauge, .partitions, ["cluster"],
        help: """
            Partitions of the offsets topic that this replica holds; those of all replicas together are \
            the topic's. Absent without sharding.
            """)

    package static let shardPartition = MetricFamily(
        "lagwarden_shard_partition", .gauge, .info, ["cluster", "partition"],
        help: """
            1 for each partition of the offsets topic that this replica holds and whose groups it serves. \
            Absent for others and without sharding.
            """)

    package static let shardChanges = MetricFamily(
        "lagwarden_shard_changes_total", .counter, .count, ["cluster"],
        help: """
            Times that partitions of the offsets topic were assigned to this replica, revoked or lost, \
            since the exporter started. Absent without sharding.
            """)
}
