/// Families about clusters, brokers and topics.
extension Catalogue {
    static let cluster: [MetricFamily] = [
        clusterInfo, brokerInfo, brokerUp, topicPartitions, partitionLogStartOffset, partitionHighWatermark,
        partitionLastStableOffset, partitionLeaderless, topicRecordsProduced,
    ]

    package static let clusterInfo = MetricFamily(
        "kafka_cluster_info", .gauge, .info, ["cluster", "cluster_id", "controller"],
        help: """
            Identity of the cluster and its controller, from metadata of the last round. A label is empty \
            where the cluster did not tell.
            """)

    package static let brokerInfo = MetricFamily(
        "kafka_broker_info", .gauge, .info, ["cluster", "broker", "host", "port", "rack"],
        help: """
            Advertised address of a broker, from metadata of the last round. The rack is empty where there \
            is none or the client library cannot tell.
            """)

    package static let brokerUp = MetricFamily(
        "kafka_broker_up", .gauge, .boolean, ["cluster", "broker"],
        help: "Whether the broker answered the exporter in the last round.")

    package static let topicPartitions = MetricFamily(
        "kafka_topic_partitions", .gauge, .partitions, ["cluster", "topic"], level: .summary,
        help: """
            Partitions of the topic, from metadata of the last round. Topic families cover topics that some \
            group commits to, or all with topics.all; absent while the topic cannot be described.
            """)

    package static let partitionLogStartOffset = MetricFamily(
        "kafka_topic_partition_log_start_offset", .gauge, .offset, ["cluster", "topic", "partition"],
        level: .partition,
        help: """
            First offset that can still be read, as the leader answered ListOffsets in the last round. \
            Absent while it cannot be read.
            """)

    package static let partitionHighWatermark = MetricFamily(
        "kafka_topic_partition_high_watermark", .gauge, .offset, ["cluster", "topic", "partition"],
        level: .partition,
        help: """
            End of the log for read_uncommitted readers (the next offset to become readable), as the leader \
            answered ListOffsets in the last round. Absent while it cannot be read.
            """)

    package static let partitionLastStableOffset = MetricFamily(
        "kafka_topic_partition_last_stable_offset", .gauge, .offset, ["cluster", "topic", "partition"],
        level: .partition,
        help: """
            End of the log for read_committed readers (first offset of an open transaction, else the high \
            watermark), as the leader answered ListOffsets in the last round. Absent where stable lag is \
            not asked for or the offset cannot be read.
            """)

    package static let partitionLeaderless = MetricFamily(
        "kafka_topic_partition_leaderless", .gauge, .info, ["cluster", "topic", "partition"],
        level: .partition,
        help: """
            1 while metadata names no leader for the partition, so that nobody can read or write it; absent \
            otherwise.
            """)

    package static let topicRecordsProduced = MetricFamily(
        "kafka_topic_records_produced_total", .counter, .records, ["cluster", "topic"], level: .topic,
        help: """
            Growth of the high watermarks of the topic's partitions since the exporter first saw it, from \
            offsets of successive rounds. Recreation and truncation of the topic add nothing.
            """)
}
