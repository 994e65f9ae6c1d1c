/// Families about what happens next, and why: forecasts, retention, replication and findings.
extension Catalogue {
    static let topicSettings: [MetricFamily] = [
        topicRetentionSeconds, topicRetentionBytes, topicUnderReplicatedPartitions,
    ]

    static let forecast: [MetricFamily] = [
        groupCatchUpSeconds, groupCatchUpImpossible, groupLossMarginSeconds, groupFinding,
    ]

    package static let topicRetentionSeconds = MetricFamily(
        "kafka_topic_retention_seconds", .gauge, .seconds, ["cluster", "topic"],
        help: """
            retention.ms of the topic, as DescribeConfigs answered within the metadata interval. Absent \
            where age deletes nothing (no limit, or cleanup.policy is compact alone) or the settings may not \
            be read.
            """)

    package static let topicRetentionBytes = MetricFamily(
        "kafka_topic_retention_bytes", .gauge, .bytes, ["cluster", "topic"],
        help: """
            retention.bytes of the topic, for each of its partitions, as DescribeConfigs answered within the \
            metadata interval. Absent where size deletes nothing or the settings may not be read.
            """)

    package static let topicUnderReplicatedPartitions = MetricFamily(
        "kafka_topic_under_replicated_partitions", .gauge, .partitions, ["cluster", "topic"],
        help: """
            Partitions with fewer replicas in sync than they have, from metadata within its interval; for \
            the topics that are exported and for __consumer_offsets. Absent while metadata does not tell.
            """)

    package static let groupCatchUpSeconds = MetricFamily(
        "kafka_consumer_group_catch_up_seconds", .gauge, .seconds, ["cluster", "group"],
        help: """
            Time until nothing is unread if production and consumption go on as over the growth window: lag \
            divided by how fast it shrinks, not counting records that were deleted unread. 0 without lag; \
            absent while it does not shrink or is unknown.
            """)

    package static let groupCatchUpImpossible = MetricFamily(
        "kafka_consumer_group_catch_up_impossible", .gauge, .boolean, ["cluster", "group"], level: .summary,
        help: """
            1 when over the whole growth window the group lagged by more than is produced in a twelfth of it \
            and consumed no more than was produced. Absent until the window is full, and while lag is unknown.
            """)

    package static let groupLossMarginSeconds = MetricFamily(
        "kafka_consumer_group_loss_margin_seconds", .gauge, .seconds, ["cluster", "group", "topic"],
        level: .topic,
        help: """
            Time until the oldest unread record may be deleted, smallest of the group's partitions: \
            retention.ms less its age, or by the movement of the log start where size deletes or the \
            settings may not be read. Absent where nothing is unread, nothing is to be deleted, or it is not \
            known.
            """)

    package static let groupFinding = MetricFamily(
        "kafka_consumer_group_finding", .gauge, .info, ["cluster", "group", "finding", "severity"],
        help: """
            1 while the last round found this about the group, once for each kind and severity; absent \
            otherwise. /api/v1/findings has the numbers behind it and what may help.
            """)
}
