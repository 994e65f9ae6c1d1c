import ClusterAccess
import StructuredLog

// The keys of the file, in the order in which they are printed. Names, formats and limits stand here, default
// values in `Settings.swift`.

extension Settings {
    static let shape = Shape<Settings>.section([
        Field(
            "clusters", \.clusters,
            .list(of: ClusterSettings.shape, blank: ClusterSettings(), singly: false)),
        Field("source", \.source, .scalar(.choice(example: .hybrid))),
        Field("offsets_topic", \.offsetsTopic, OffsetsTopicSettings.shape),
        Field("sharding", \.sharding, ShardingSettings.shape),
        Field("poll", \.poll, PollSettings.shape),
        Field("lag_seconds", \.lagSeconds, LagSecondsSettings.shape),
        Field("evaluation", \.evaluation, EvaluationSettings.shape),
        Field("diagnosis", \.diagnosis, DiagnosisSettings.shape),
        Field("groups", \.groups, NameFilter.shapeOfGroups),
        Field("topics", \.topics, TopicSettings.shape),
        Field("granularity", \.granularity.standard, .scalar(.choice(example: .topic))),
        Field("top_partitions", \.granularity.topPartitions, .scalar(.topPartitions)),
        Field(
            "granularity_overrides", \.granularity.overrides,
            .list(
                of: GranularityRules.Override.shape,
                blank: .init(groups: .everything, granularity: .partition),
                singly: false)),
        Field("notifications", \.notifications, NotificationSettings.shape),
        Field("limits", \.limits, LimitsSettings.shape),
        Field("web", \.web, WebSettings.shape),
        Field("log", \.log, LogSettings.shape),
    ])

    /// Every key there is, by its full path.
    static let keys = shape.keys
}

extension ClusterSettings {
    static let shape = Shape<ClusterSettings>.section([
        Field("name", \.name, .scalar(.word("a name", example: "production"))),
        Field("brokers", \.brokers, .list(of: .scalar(.broker), blank: "", singly: true)),
        Field("client_id", \.clientID, .scalar(.word("a client name", example: "lagwarden"))),
        Field("group_id", \.groupID, .scalar(.word("a group name", example: "lagwarden"))),
        Field(
            "request_timeout", \.requestTimeout,
            .scalar(.duration(.milliseconds(100)...(.seconds(300)), example: "10s"))),
        Field("max_in_flight", \.maxInFlight, .scalar(.integer(1...1000, example: "32"))),
        Field(
            "max_requests_per_second", \.maxRequestsPerSecond,
            .scalar(.integer(1...100_000, example: "200"))),
        Field("offsets_chunk", \.offsetsChunk, .scalar(.integer(1...10_000, example: "500"))),
        Field("properties", \.properties, KafkaProperty.shape),
        Field(
            "properties_files", \.propertiesFiles,
            .table(
                "properties to paths of files",
                of: .text("the path of a file", example: "sasl.password: /run/secrets/kafka-password"),
                blank: "",
                write: { _, path in path })),
        Field(
            "properties_environment", \.propertiesEnvironment,
            .table(
                "properties to environment variables",
                of: .text("the name of an environment variable", example: "sasl.password: KAFKA_PASSWORD"),
                blank: "",
                write: { _, variable in variable })),
        Field(
            "labels", \.labels,
            .table(
                "label names to values", of: .text("the value of a label", example: "region: eu-west"),
                blank: "", write: { _, value in value })),
    ])
}

extension OffsetsTopicSettings {
    static let shape = Shape<OffsetsTopicSettings>.section([
        Field(
            "reconcile_interval", \.reconcileInterval,
            .scalar(.duration(.seconds(10)...(.seconds(86_400)), example: "5m"))),
        Field("reconcile_requests", \.reconcileRequestsMax, .scalar(.integer(1...1000, example: "10"))),
        Field(
            "retry_interval", \.retryInterval,
            .scalar(.duration(.seconds(1)...(.seconds(3600)), example: "30s"))),
    ])
}

extension ShardingSettings {
    static let shape = Shape<ShardingSettings>.section([
        Field("enabled", \.isEnabled, .scalar(.boolean)),
        Field("group", \.group, .scalar(.word("a group name", example: "lagwarden-shards"))),
        Field("instance_id", \.instanceID, .scalar(.optionalWord("a name", example: "replica-1"))),
        Field(
            "session_timeout", \.sessionTimeout,
            .scalar(.duration(.seconds(6)...(.seconds(1800)), example: "10s"))),
    ])
}

extension PollSettings {
    static let shape = Shape<PollSettings>.section([
        Field("interval", \.interval, .scalar(.duration(.seconds(1)...(.seconds(3600)), example: "10s"))),
        Field("jitter", \.jitter, .scalar(.fraction(0...0.5, example: "0.1"))),
        Field(
            "stale_after", \.staleAfter,
            .scalar(.duration(.seconds(1)...(.seconds(86_400)), example: "30s"))),
        Field(
            "idle_interval", \.idleInterval,
            .scalar(.duration(.seconds(1)...(.seconds(86_400)), example: "5m"))),
        Field(
            "metadata_interval", \.metadataInterval,
            .scalar(.duration(.seconds(1)...(.seconds(3600)), example: "60s"))),
        Field("members", \.members, .scalar(.boolean)),
        Field(
            "last_stable_offset", \.lastStableOffset,
            .list(of: .scalar(.pattern(example: "/payments-.*/")), blank: .everything, singly: true)),
        Field(
            "growth_window", \.growthWindow,
            .scalar(.duration(.seconds(10)...(.seconds(86_400)), example: "5m"))),
    ])
}

extension LagSecondsSettings {
    static let shape = Shape<LagSecondsSettings>.section([
        Field("enabled", \.isEnabled, .scalar(.boolean)),
        Field(
            "tolerance", \.tolerance,
            .scalar(.duration(.milliseconds(10)...(.seconds(3600)), example: "1s"))),
        Field("tolerance_ratio", \.toleranceRatio, .scalar(.fraction(0...0.5, example: "0.02"))),
        Field("max_requests", \.requestsMax, .scalar(.integer(1...10_000, example: "30"))),
        Field("sampling", \.sampling, .scalar(.choice(example: .records))),
        Field("max_samples", \.samplesMax, .scalar(.integer(1...100_000, example: "1000"))),
    ])
}

extension NameFilter {
    static let shapeOfGroups = Shape<NameFilter>.section([
        Field("include", \.include, patterns),
        Field("exclude", \.exclude, patterns),
    ])

    private static let patterns = Shape<[NamePattern]>.list(
        of: .scalar(.pattern(example: "/orders-.*/")), blank: .everything, singly: true)
}

extension TopicSettings {
    static let shape = Shape<TopicSettings>.section([
        Field("include", \.filter.include, patterns),
        Field("exclude", \.filter.exclude, patterns),
        Field("all", \.all, .scalar(.boolean)),
    ])

    private static let patterns = Shape<[NamePattern]>.list(
        of: .scalar(.topicPattern(example: "/orders-.*/")), blank: .everything, singly: true)
}

extension GranularityRules.Override {
    static let shape = Shape<Self>.section([
        Field("groups", \.groups, .scalar(.pattern(example: "/batch-.*/")), isRequired: true),
        Field("granularity", \.granularity, .scalar(.choice(example: .topic)), isRequired: true),
        Field("top_partitions", \.topPartitions, .scalar(.topPartitions)),
    ])
}

extension WebSettings {
    static let shape = Shape<WebSettings>.section([
        Field("listen_address", \.listenAddress, .scalar(.listenAddress)),
        Field("max_connections", \.maxConnections, .scalar(.integer(1...10_000, example: "128"))),
        Field(
            "request_timeout", \.requestTimeout,
            .scalar(.duration(.seconds(1)...(.seconds(300)), example: "10s"))),
    ])
}

extension LogSettings {
    static let shape = Shape<LogSettings>.section([
        Field("level", \.level, .scalar(.choice(example: .info))),
        Field("format", \.format, .scalar(.choice(example: .logfmt))),
    ])
}
