/// Families about what recent rounds say of groups, without thresholds.
extension Catalogue {
    static let evaluation: [MetricFamily] = [groupStatus, groupStatusPartitions, groupPartitionStatus]

    package static let groupStatus = MetricFamily(
        "kafka_consumer_group_status", .gauge, .boolean, ["cluster", "group", "status"],
        help: """
            State set: what the partitions make of the group, by the rounds of evaluation.window. ERR: a \
            partition is stopped, stalled or rewound. WARN: one falls behind. OK: every partition was \
            judged and is OK. NOTFOUND: the group has no commits. Absent while commits are unavailable, and \
            while some partitions cannot be judged and all others are OK.
            """)

    package static let groupStatusPartitions = MetricFamily(
        "kafka_consumer_group_status_partitions", .gauge, .partitions, ["cluster", "group", "status"],
        level: .summary,
        help: """
            Partitions of the group with each status, OK, WARN, STOP, STALL and REWIND. Those that cannot \
            be judged are in none: their lag is unknown, or too little is known of their past. \
            kafka_consumer_group_partitions less the sum over status is their number. Absent while commits \
            are unavailable or there are none.
            """)

    package static let groupPartitionStatus = MetricFamily(
        "kafka_consumer_group_partition_status", .gauge, .count,
        ["cluster", "group", "topic", "partition"], level: .partition,
        help: """
            What recent rounds say of the group's reading of the partition, in Burrow's numbers: 1 OK; \
            2 WARN, lag grows; 4 STOP, records wait and nobody commits; 5 STALL, records wait and the same \
            offset is committed again and again; 6 REWIND, the commit went back and is not yet where it \
            was. Absent where the lag is unknown or too little is known of the past.
            """)
}
