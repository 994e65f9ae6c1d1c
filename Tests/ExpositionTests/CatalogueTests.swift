import Exposition
import Testing

@Suite struct CatalogueTests {
    /// Names, types and labels that other people's queries rest on; none of them may change.
    static let standing: [(name: String, kind: MetricFamily.Kind, labels: String)] = [
        ("kafka_cluster_info", .gauge, "cluster, cluster_id, controller"),
        ("kafka_broker_info", .gauge, "cluster, broker, host, port, rack"),
        ("kafka_broker_up", .gauge, "cluster, broker"),
        ("kafka_topic_partitions", .gauge, "cluster, topic"),
        ("kafka_topic_partition_log_start_offset", .gauge, "cluster, topic, partition"),
        ("kafka_topic_partition_high_watermark", .gauge, "cluster, topic, partition"),
        ("kafka_topic_partition_last_stable_offset", .gauge, "cluster, topic, partition"),
        ("kafka_topic_partition_leaderless", .gauge, "cluster, topic, partition"),
        ("kafka_topic_records_produced_total", .counter, "cluster, topic"),
        ("kafka_topic_retention_seconds", .gauge, "cluster, topic"),
        ("kafka_topic_retention_bytes", .gauge, "cluster, topic"),
        ("kafka_topic_under_replicated_partitions", .gauge, "cluster, topic"),
        (
            "kafka_consumer_group_info", .gauge,
            "cluster, group, type, protocol_type, assignor, coordinator"
        ),
        ("kafka_consumer_group_state", .gauge, "cluster, group, state"),
        ("kafka_consumer_group_state_seconds", .gauge, "cluster, group"),
        ("kafka_consumer_group_members", .gauge, "cluster, group"),
        ("kafka_consumer_group_partitions", .gauge, "cluster, group"),
        ("kafka_consumer_group_idle_members", .gauge, "cluster, group"),
        ("kafka_consumer_group_member_partitions_max", .gauge, "cluster, group"),
        ("kafka_consumer_group_member_partitions_min", .gauge, "cluster, group"),
        ("kafka_consumer_group_unassigned_partitions", .gauge, "cluster, group"),
        ("kafka_consumer_group_partition_committed_offset", .gauge, "cluster, group, topic, partition"),
        ("kafka_consumer_group_partition_lag", .gauge, "cluster, group, topic, partition"),
        ("kafka_consumer_group_partition_stable_lag", .gauge, "cluster, group, topic, partition"),
        ("kafka_consumer_group_partition_ahead", .gauge, "cluster, group, topic, partition"),
        ("kafka_consumer_group_topic_lag", .gauge, "cluster, group, topic"),
        ("kafka_consumer_group_topic_lag_max", .gauge, "cluster, group, topic"),
        ("kafka_consumer_group_lag", .gauge, "cluster, group"),
        ("kafka_consumer_group_lag_max", .gauge, "cluster, group"),
        ("kafka_consumer_group_stable_lag", .gauge, "cluster, group"),
        ("kafka_consumer_group_records_consumed_total", .counter, "cluster, group, topic"),
        ("kafka_consumer_group_records_lost_total", .counter, "cluster, group, topic"),
        ("kafka_consumer_group_offset_resets_total", .counter, "cluster, group, topic, direction"),
        ("kafka_consumer_group_rebalances_total", .counter, "cluster, group, source"),
        ("kafka_consumer_group_rebalance_duration_seconds", .histogram, "cluster, group"),
        ("kafka_consumer_group_generation", .gauge, "cluster, group"),
        ("kafka_consumer_group_commits_total", .counter, "cluster, group, topic"),
        ("kafka_consumer_group_last_commit_timestamp_seconds", .gauge, "cluster, group, topic"),
        ("kafka_consumer_group_lag_growth_records_per_second", .gauge, "cluster, group, topic"),
        ("kafka_consumer_group_unknown_partitions", .gauge, "cluster, group"),
        ("kafka_consumer_group_catch_up_seconds", .gauge, "cluster, group"),
        ("kafka_consumer_group_catch_up_impossible", .gauge, "cluster, group"),
        ("kafka_consumer_group_loss_margin_seconds", .gauge, "cluster, group, topic"),
        ("kafka_consumer_group_finding", .gauge, "cluster, group, finding, severity"),
        ("kafka_consumer_group_status", .gauge, "cluster, group, status"),
        ("kafka_consumer_group_status_partitions", .gauge, "cluster, group, status"),
        ("kafka_consumer_group_partition_status", .gauge, "cluster, group, topic, partition"),
        ("kafka_consumer_group_series_folded", .gauge, "cluster, group, level"),
        ("lagwarden_build_info", .gauge, "version, revision, swift, librdkafka"),
        ("lagwarden_up", .gauge, "cluster"),
        ("lagwarden_snapshot_timestamp_seconds", .gauge, "cluster"),
        ("lagwarden_round_duration_seconds", .histogram, "cluster"),
        ("lagwarden_rounds_total", .counter, "cluster, outcome"),
        ("lagwarden_kafka_requests_total", .counter, "cluster, broker, api"),
        ("lagwarden_kafka_request_errors_total", .counter, "cluster, broker, api, error"),
        ("lagwarden_kafka_request_duration_seconds", .histogram, "cluster, api"),
        ("lagwarden_unavailable", .gauge, "cluster, scope, reason"),
        ("lagwarden_group_unavailable", .gauge, "cluster, group, reason"),
        ("lagwarden_source", .gauge, "cluster, source"),
        ("lagwarden_series", .gauge, "family"),
        ("lagwarden_scrape_duration_seconds", .histogram, "encoding"),
        ("lagwarden_http_requests_total", .counter, "path, code"),
        ("process_cpu_seconds_total", .counter, ""),
        ("process_resident_memory_bytes", .gauge, ""),
        ("process_virtual_memory_bytes", .gauge, ""),
        ("process_open_fds", .gauge, ""),
        ("process_max_fds", .gauge, ""),
        ("process_start_time_seconds", .gauge, ""),
    ]

    /// Families that are left out at granularity topic, and those at granularity group beside them.
    static let finest: Set = [
        "kafka_topic_partition_log_start_offset", "kafka_topic_partition_high_watermark",
        "kafka_topic_partition_last_stable_offset", "kafka_topic_partition_leaderless",
        "kafka_consumer_group_partition_committed_offset", "kafka_consumer_group_partition_lag",
        "kafka_consumer_group_partition_stable_lag", "kafka_consumer_group_partition_ahead",
        "kafka_consumer_group_partition_status",
    ]
    static let byTopic: Set = [
        "kafka_topic_records_produced_total", "kafka_consumer_group_topic_lag",
        "kafka_consumer_group_topic_lag_max", "kafka_consumer_group_records_consumed_total",
        "kafka_consumer_group_records_lost_total", "kafka_consumer_group_offset_resets_total",
        "kafka_consumer_group_last_commit_timestamp_seconds", "kafka_consumer_group_commits_total",
        "kafka_consumer_group_lag_growth_records_per_second", "kafka_consumer_group_loss_margin_seconds",
    ]

    /// Families that stay of a group or topic whatever the limit of series takes away.
    static let summary: Set = [
        "kafka_topic_partitions", "kafka_consumer_group_info", "kafka_consumer_group_members",
        "kafka_consumer_group_partitions", "kafka_consumer_group_lag", "kafka_consumer_group_lag_max",
        "kafka_consumer_group_stable_lag", "kafka_consumer_group_lag_seconds",
        "kafka_consumer_group_rebalances_total", "kafka_consumer_group_unknown_partitions",
        "kafka_consumer_group_status_partitions", "kafka_consumer_group_catch_up_impossible",
        "lagwarden_group_unavailable", "kafka_consumer_group_series_folded",
    ]

    @Test func `what stays of a group is the summary, and no more`() {
        #expect(Set(Catalogue.all.filter { $0.level == .summary }.map(\.name)) == Self.summary)
    }

    @Test(arguments: standing.indices)
    func `names, types and labels stand`(position: Int) throws {
        let expected = Self.standing[position]
        let family = try #require(Catalogue.all.first { $0.name == expected.name })
        #expect(family.kind == expected.kind)
        #expect(family.labels.joined(separator: ", ") == expected.labels)
        let level: MetricFamily.Level =
            Self.finest.contains(family.name)
            ? .partition
            : Self.byTopic.contains(family.name)
                ? .topic : Self.summary.contains(family.name) ? .summary : .always
        #expect(family.level == level)
    }

    @Test func `no two families or formats share a name`() {
        let names = Catalogue.all.flatMap { family in
            switch family.kind {
            case .gauge: [family.name]
            case .counter: [family.name, family.openMetricsName]
            case .histogram:
                [family.name, family.name + "_bucket", family.name + "_sum", family.name + "_count"]
            }
        }
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: Catalogue.all.indices)
    func `every family follows the conventions`(position: Int) {
        let family = Catalogue.all[position]
        #expect(["kafka_", "lagwarden_", "process_"].contains { family.name.hasPrefix($0) })
        #expect(family.name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") })
        #expect((family.kind == .counter) == family.name.hasSuffix("_total"))
        for reserved in ["_sum", "_count", "_bucket", "_created"] {
            #expect(!family.name.hasSuffix(reserved))
        }
        let isAlwaysOne = family.name.hasSuffix("_info") || Self.flags.contains(family.name)
        #expect((family.unit == .info) == isAlwaysOne)
        // How far off a time can be is a time too, and named after it.
        let isTime = family.openMetricsUnit == "seconds" || family.name.hasSuffix("_seconds_error")
        #expect(family.unit != .seconds || isTime)
        #expect(family.unit != .bytes || family.openMetricsUnit == "bytes")
        #expect(Set(family.labels).count == family.labels.count)
        #expect(!family.labels.contains("le"))
        #expect(family.help.hasSuffix(".") && !family.help.contains("\n") && !family.help.contains("  "))
        #expect(!family.help.contains("|"), "a bar would break the table of the document")
    }

    /// Families that are there with 1 or not at all, without being info.
    static let flags: Set = [
        "kafka_topic_partition_leaderless", "kafka_consumer_group_partition_ahead",
        "lagwarden_group_unavailable", "lagwarden_source_fallback", "lagwarden_offsets_partition_blocked",
        "lagwarden_shard_partition", "kafka_consumer_group_finding",
    ]

    @Test func `Kafka's families come before the exporter's`() {
        let names = Catalogue.all.map(\.name)
        let firstOther = names.firstIndex { !$0.hasPrefix("kafka_") }
        #expect(firstOther == names.count { $0.hasPrefix("kafka_") })
        #expect(Catalogue.snapshot.map(\.name) + Catalogue.exporter.map(\.name) == names)
    }
}
