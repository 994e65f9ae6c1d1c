/// Families about the exporter itself: what it could not read, its rounds, requests, scrapes and process.
extension Catalogue {
    /// Reasons that belong to a snapshot and are rendered with it.
    static let reasons: [MetricFamily] = [snapshotTimestamp, unavailable, groupUnavailable]

    static let rounds: [MetricFamily] = [
        buildInfo, up, snapshotAge, source, roundDuration, roundsTotal, roundLastSuccess,
    ]

    static let requests: [MetricFamily] =
        [
            kafkaRequests, kafkaRequestErrors, kafkaRequestDuration, kafkaThrottle,
        ] + requestBudget

    static let serving: [MetricFamily] = [series, scrapeBytes, scrapeDuration, httpRequests]

    static let process: [MetricFamily] = [
        processCPU, processResidentMemory, processVirtualMemory, processOpenDescriptors,
        processMaxDescriptors, processStartTime, processThreads,
    ]

    package static let snapshotTimestamp = MetricFamily(
        "lagwarden_snapshot_timestamp_seconds", .gauge, .seconds, ["cluster"],
        help: """
            When the end offsets of the snapshot shown here were read, in seconds since 1970. Absent before \
            the first snapshot.
            """)

    package static let unavailable = MetricFamily(
        "lagwarden_unavailable", .gauge, .count, ["cluster", "scope", "reason"],
        help: """
            How many brokers, groups, topics or partitions (scope) have no number in the snapshot, by \
            reason. A pair of scope and reason is absent while it counts nothing.
            """)

    package static let groupUnavailable = MetricFamily(
        "lagwarden_group_unavailable", .gauge, .info, ["cluster", "group", "reason"], level: .summary,
        help: """
            1 while the commits of the group could not be read in the last round, with the reason; its lag \
            families are absent meanwhile. Absent otherwise.
            """)

    package static let buildInfo = MetricFamily(
        "lagwarden_build_info", .gauge, .info, ["version", "revision", "swift", "librdkafka"],
        help: "Version and source revision of the exporter, its compiler, and the librdkafka it runs with.")

    package static let up = MetricFamily(
        "lagwarden_up", .gauge, .boolean, ["cluster"],
        help: "Whether the last round of the cluster published a snapshot; 0 before the first one.")

    package static let snapshotAge = MetricFamily(
        "lagwarden_snapshot_age_seconds", .gauge, .seconds, ["cluster"],
        help: """
            Time since the end offsets of the snapshot shown here were read, at the scrape, on a clock that \
            does not jump. Absent before the first snapshot.
            """)

    package static let source = MetricFamily(
        "lagwarden_source", .gauge, .boolean, ["cluster", "source"],
        help: """
            State set: where the commits of the cluster come from now is 1 (admin requests, the offsets \
            topic, or both), the others are 0. Before the first snapshot it is what is configured; while \
            the offsets topic cannot be used (lagwarden_source_fallback) it is admin.
            """)

    package static let roundDuration = MetricFamily(
        "lagwarden_round_duration_seconds", .histogram, .seconds, ["cluster"],
        help: "Duration of rounds of reading the cluster since the exporter started, failed ones included.")

    package static let roundsTotal = MetricFamily(
        "lagwarden_rounds_total", .counter, .count, ["cluster", "outcome"],
        help: "Rounds of reading the cluster since the exporter started, by outcome.")

    package static let roundLastSuccess = MetricFamily(
        "lagwarden_round_last_success_timestamp_seconds", .gauge, .seconds, ["cluster"],
        help: """
            When a round of the cluster last ended with a snapshot, in seconds since 1970. Absent before the \
            first one.
            """)

    package static let kafkaRequests = MetricFamily(
        "lagwarden_kafka_requests_total", .counter, .count, ["cluster", "broker", "api"],
        help: """
            Requests sent to the cluster since the exporter started, by the broker asked (empty where any \
            broker would do) and protocol request.
            """)

    package static let kafkaRequestErrors = MetricFamily(
        "lagwarden_kafka_request_errors_total", .counter, .count, ["cluster", "broker", "api", "error"],
        help: """
            Requests to the cluster that failed since the exporter started, by broker, protocol request and \
            reason. Absent until the first failure of its kind.
            """)

    package static let kafkaRequestDuration = MetricFamily(
        "lagwarden_kafka_request_duration_seconds", .histogram, .seconds, ["cluster", "api"],
        help: "Time from sending a request to the cluster to its answer or failure, by protocol request.")

    package static let kafkaThrottle = MetricFamily(
        "lagwarden_kafka_throttle_seconds_total", .counter, .seconds, ["cluster", "broker"],
        help: """
            Time for which a broker asked the exporter to hold back (quota), summed over its answers. Absent \
            until a broker does so.
            """)

    package static let series = MetricFamily(
        "lagwarden_series", .gauge, .count, ["family"],
        help: "Series of each family that follows from snapshots in this scrape, all clusters together.")

    package static let scrapeBytes = MetricFamily(
        "lagwarden_scrape_bytes", .gauge, .bytes, ["encoding"],
        help: """
            Size of the last scrape's body as it was sent, by content encoding. Absent until one was sent \
            in that encoding.
            """)

    package static let scrapeDuration = MetricFamily(
        "lagwarden_scrape_duration_seconds", .histogram, .seconds, ["encoding"],
        help: "Time to render and, where asked for, compress a scrape's body, by content encoding.")

    package static let httpRequests = MetricFamily(
        "lagwarden_http_requests_total", .counter, .count, ["path", "code"],
        help: "HTTP requests answered since the exporter started, by route and status code.")

    package static let processCPU = MetricFamily(
        "process_cpu_seconds_total", .counter, .seconds, [],
        help: "User and system CPU time of the process, from /proc/self/stat at the scrape.")

    package static let processResidentMemory = MetricFamily(
        "process_resident_memory_bytes", .gauge, .bytes, [],
        help: "Resident memory of the process, from /proc/self/statm at the scrape.")

    package static let processVirtualMemory = MetricFamily(
        "process_virtual_memory_bytes", .gauge, .bytes, [],
        help: "Virtual memory of the process, from /proc/self/statm at the scrape.")

    package static let processOpenDescriptors = MetricFamily(
        "process_open_fds", .gauge, .count, [],
        help: "Open file descriptors of the process, from /proc/self/fd at the scrape.")

    package static let processMaxDescriptors = MetricFamily(
        "process_max_fds", .gauge, .count, [],
        help: """
            Most file descriptors that the process may open, from /proc/self/limits. Absent when there is no \
            limit.
            """)

    package static let processStartTime = MetricFamily(
        "process_start_time_seconds", .gauge, .seconds, [],
        help: "When the process started, in seconds since 1970, from /proc/self/stat and the boot time.")

    package static let processThreads = MetricFamily(
        "process_threads", .gauge, .count, [],
        help: "Operating system threads of the process, from /proc/self/stat at the scrape.")
}
