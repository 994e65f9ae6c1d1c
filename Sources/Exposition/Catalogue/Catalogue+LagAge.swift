/// Families about lag in seconds.
extension Catalogue {
    static let lagAge: [MetricFamily] = [
        groupPartitionLagSeconds, groupPartitionLagSecondsError, groupTopicLagSeconds, groupLagSeconds,
    ]

    /// What it costs, and where it is missing.
    static let timeLookups: [MetricFamily] = [
        timeLookupRequests, timeLookupPending, lagSecondsUnavailable, lagSamples,
    ]

    package static let groupPartitionLagSeconds = MetricFamily(
        "kafka_consumer_group_partition_lag_seconds", .gauge, .seconds,
        ["cluster", "group", "topic", "partition"], level: .partition,
        help: """
            Age of the oldest unread record when the end offsets were read, 0 where there is no lag. \
            Bounded by look-ups of offsets by time, and given as the middle of its bounds: the error family \
            says how far off it can be. Where timestamps go backwards (CreateTime) it follows the newest \
            timestamp up to the commit and so errs low; where compaction has removed the record at the \
            commit, it follows the record before. Absent while it is not known well enough.
            """)

    package static let groupPartitionLagSecondsError = MetricFamily(
        "kafka_consumer_group_partition_lag_seconds_error", .gauge, .seconds,
        ["cluster", "group", "topic", "partition"], level: .partition,
        help: """
            Half the width of the bounds that the lag in seconds of the partition was taken from, rounded \
            up to a millisecond; 0 when it is exact. Absent where that is absent.
            """)

    package static let groupTopicLagSeconds = MetricFamily(
        "kafka_consumer_group_topic_lag_seconds", .gauge, .seconds, ["cluster", "group", "topic"],
        level: .topic,
        help: """
            Largest lag in seconds among the group's committed partitions of the topic in the last round; \
            absent while that of any of them is unknown.
            """)

    package static let groupLagSeconds = MetricFamily(
        "kafka_consumer_group_lag_seconds", .gauge, .seconds, ["cluster", "group"], level: .summary,
        help: """
            Largest lag in seconds among all committed partitions of the group in the last round; absent \
            while that of any of them is unknown.
            """)

    package static let timeLookupRequests = MetricFamily(
        "lagwarden_time_lookup_requests_total", .counter, .count, ["cluster"],
        help: """
            ListOffsets requests by time, which lag in seconds is found with, since the exporter started; \
            lagwarden_kafka_requests_total counts them too. Absent where lag in seconds is switched off.
            """)

    package static let timeLookupPending = MetricFamily(
        "lagwarden_time_lookup_pending", .gauge, .count, ["cluster"],
        help: """
            Places in logs, one for each offset at which some group is behind, whose time was not known to \
            the tolerance in the last round; lasting values call for a larger budget of requests.
            """)

    package static let lagSecondsUnavailable = MetricFamily(
        "lagwarden_lag_seconds_unavailable", .gauge, .partitions, ["cluster", "reason"],
        help: """
            Committed partitions with lag but without lag in seconds in the last round, by reason: pending \
            (the budget of requests was used up), no_timestamps, or why the look-up failed. Reasons that \
            nothing suffers from are absent.
            """)

    package static let lagSamples = MetricFamily(
        "lagwarden_lag_samples_total", .counter, .count, ["cluster", "outcome"],
        help: """
            Records that were asked for to learn their age (lag_seconds.sampling), by what came of it: \
            record, markers (nothing but markers of transactions and aborted records up to the end), or why \
            reading failed. Lag in seconds comes from look-ups where a record cannot be read. Absent where \
            no records are read.
            """)
}
