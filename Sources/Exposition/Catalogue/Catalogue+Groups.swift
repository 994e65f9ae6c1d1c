/// Families about consumer groups: identity, members, and what follows from their commits.
extension Catalogue {
    static let groups: [MetricFamily] = [
        groupInfo, groupState, groupStateSeconds, groupMembers, groupPartitions, groupIdleMembers,
        groupMemberPartitionsMax, groupMemberPartitionsMin, groupUnassignedPartitions,
        groupPartitionCommittedOffset, groupPartitionLag, groupPartitionStableLag, groupPartitionAhead,
        groupTopicLag, groupTopicLagMax, groupLag, groupLagMax, groupStableLag, groupRecordsConsumed,
        groupRecordsLost, groupOffsetResets, groupOffsetResetRecords,
    ]

    /// How lag develops, and what is unknown of it.
    static let outlook: [MetricFamily] = [groupLagGrowth, groupUnknownPartitions]

    private static let ofGroup = ["cluster", "group"]
    private static let ofTopic = ["cluster", "group", "topic"]
    private static let ofPartition = ["cluster", "group", "topic", "partition"]

    package static let groupInfo = MetricFamily(
        "kafka_consumer_group_info", .gauge, .info,
        ["cluster", "group", "type", "protocol_type", "assignor", "coordinator"], level: .summary,
        help: """
            Kind of the group (classic, consumer, share, streams, simple), protocol type and assignor as \
            Kafka spells them, and the broker that coordinates it, from the last round. A label is empty \
            where there is none.
            """)

    package static let groupState = MetricFamily(
        "kafka_consumer_group_state", .gauge, .boolean, ["cluster", "group", "state"],
        help: """
            State set: the state of the group in the last round is 1, all others are 0; as its coordinator \
            told, or as records of the offsets topic tell. Absent while neither does.
            """)

    package static let groupStateSeconds = MetricFamily(
        "kafka_consumer_group_state_seconds", .gauge, .seconds, ofGroup,
        help: """
            Time since the group entered its present state: by the record of the offsets topic where that \
            tells, else counted from the round that first saw the state. Absent while the state is unknown.
            """)

    package static let groupMembers = MetricFamily(
        "kafka_consumer_group_members", .gauge, .members, ofGroup, level: .summary,
        help: """
            Members of the group in the last round; 0 for a group without members, \
            absent while they are unknown.
            """)

    package static let groupPartitions = MetricFamily(
        "kafka_consumer_group_partitions", .gauge, .partitions, ofGroup, level: .summary,
        help: """
            Partitions with a commit in the last round; mean lag is lag divided by this. \
            Absent while the commits cannot be read.
            """)

    package static let groupIdleMembers = MetricFamily(
        "kafka_consumer_group_idle_members", .gauge, .members, ofGroup,
        help: """
            Members that own no partition in the last round; absent while the members are unknown.
            """)

    package static let groupMemberPartitionsMax = MetricFamily(
        "kafka_consumer_group_member_partitions_max", .gauge, .partitions, ofGroup,
        help: """
            Most partitions owned by one member in the last round; absent for a group \
            without members.
            """)

    package static let groupMemberPartitionsMin = MetricFamily(
        "kafka_consumer_group_member_partitions_min", .gauge, .partitions, ofGroup,
        help: """
            Fewest partitions owned by one member in the last round; absent for a \
            group without members.
            """)

    package static let groupUnassignedPartitions = MetricFamily(
        "kafka_consumer_group_unassigned_partitions", .gauge, .partitions, ofGroup,
        help: """
            Partitions of subscribed or committed topics that have lag and that no member owns, while the \
            group has members; absent for a group without members or while members or lag are unknown.
            """)

    package static let groupPartitionCommittedOffset = MetricFamily(
        "kafka_consumer_group_partition_committed_offset", .gauge, .offset, ofPartition, level: .partition,
        help: """
            Committed offset: the next one that the group reads, from OffsetFetch of the last round. Absent \
            where nothing is committed or the commit cannot be read.
            """)

    package static let groupPartitionLag = MetricFamily(
        "kafka_consumer_group_partition_lag", .gauge, .records, ofPartition, level: .partition,
        help: """
            Offsets between the committed offset, or the log start if that is later, and the high \
            watermark, which is read after the commits. Absent while any of them is unknown.
            """)

    package static let groupPartitionStableLag = MetricFamily(
        "kafka_consumer_group_partition_stable_lag", .gauge, .records, ofPartition, level: .partition,
        help: """
            The same lag to the last stable offset, the end for read_committed readers; markers of finished \
            transactions count as offsets. Absent where it is not asked for or unknown.
            """)

    package static let groupPartitionAhead = MetricFamily(
        "kafka_consumer_group_partition_ahead", .gauge, .info, ofPartition, level: .partition,
        help: """
            1 while the committed offset lies beyond the high watermark in two successive rounds (the topic \
            was recreated or truncated); absent otherwise.
            """)

    package static let groupTopicLag = MetricFamily(
        "kafka_consumer_group_topic_lag", .gauge, .records, ofTopic, level: .topic,
        help: """
            Sum of the lag of the group's committed partitions of the topic in the last round; absent while \
            the lag of any of them is unknown.
            """)

    package static let groupTopicLagMax = MetricFamily(
        "kafka_consumer_group_topic_lag_max", .gauge, .records, ofTopic, level: .topic,
        help: """
            Largest lag among the group's committed partitions of the topic in the last round; absent while \
            the lag of any of them is unknown.
            """)

    package static let groupLag = MetricFamily(
        "kafka_consumer_group_lag", .gauge, .records, ofGroup, level: .summary,
        help: """
            Sum of the lag of all committed partitions of the group in the last round; absent while the lag \
            of any of them is unknown (kafka_consumer_group_unknown_partitions) or there is none.
            """)

    package static let groupLagMax = MetricFamily(
        "kafka_consumer_group_lag_max", .gauge, .records, ofGroup, level: .summary,
        help: """
            Largest lag among all committed partitions of the group in the last round; absent while the lag \
            of any of them is unknown or there is none.
            """)

    package static let groupStableLag = MetricFamily(
        "kafka_consumer_group_stable_lag", .gauge, .records, ofGroup, level: .summary,
        help: """
            Sum of the lag to the last stable offset of all committed partitions of the group; absent where \
            it is not asked for or any of them is unknown.
            """)

    package static let groupRecordsConsumed = MetricFamily(
        "kafka_consumer_group_records_consumed_total", .counter, .records, ofTopic, level: .topic,
        help: """
            Progress of the group's commits forwards over records that were there, from offsets of \
            successive rounds since the exporter first saw the group on the topic; resets do not count.
            """)

    package static let groupRecordsLost = MetricFamily(
        "kafka_consumer_group_records_lost_total", .counter, .records, ofTopic, level: .topic,
        help: """
            Records that were deleted before the group read them (the log start passed the commit), from \
            offsets of successive rounds since the exporter first saw the group on the topic.
            """)

    package static let groupOffsetResets = MetricFamily(
        "kafka_consumer_group_offset_resets_total", .counter, .count, ofTopic + ["direction"],
        level: .topic,
        help: """
            Times that the commit of a partition went back (backward) or was moved over unread records while \
            the group had no members (forward, never judged for simple groups). Each one where the offsets \
            topic is read for the group; otherwise those that show between successive rounds.
            """)

    package static let groupOffsetResetRecords = MetricFamily(
        "kafka_consumer_group_offset_reset_records_total", .counter, .records, ofTopic + ["direction"],
        level: .topic,
        help: """
            Size of these resets: offsets by which commits went back (backward) or were moved forward \
            (forward), summed.
            """)

    package static let groupLagGrowth = MetricFamily(
        "kafka_consumer_group_lag_growth_records_per_second", .gauge, .recordsPerSecond, ofTopic,
        level: .topic,
        help: """
            Growth of the group's lag on the topic over the configured window of rounds; negative while it \
            catches up. Absent until the window holds two known lags.
            """)

    package static let groupUnknownPartitions = MetricFamily(
        "kafka_consumer_group_unknown_partitions", .gauge, .partitions, ofGroup, level: .summary,
        help: """
            Committed partitions of the group without a lag in the last round; 0 when all are known. Absent \
            while the commits themselves cannot be read (lagwarden_group_unavailable).
            """)
}
