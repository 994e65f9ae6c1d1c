/// Families about the limits of series and labels, and what is left out for their sake.
extension Catalogue {
    static let folding: [MetricFamily] = [groupSeriesFolded]

    static let limits: [MetricFamily] = [seriesLimit, seriesFolded, labelValuesCut, seriesExported]

    package static let groupSeriesFolded = MetricFamily(
        "kafka_consumer_group_series_folded", .gauge, .count, ["cluster", "group", "level"], level: .summary,
        help: """
            Series of the group that are not exported because the cluster has reached limits.series, by the \
            level of their families: partition, topic, or group (all but the summary). Absent where nothing \
            is left out, so a group with level topic here is shown by group, one with partition alone by \
            topic. /api/v1/groups shows everything.
            """)

    package static let seriesLimit = MetricFamily(
        "lagwarden_series_limit", .gauge, .count, ["cluster"],
        help: """
            Most series of the cluster that follow from a snapshot (limits.series); beyond it groups and \
            topics are exported more coarsely, the least lagging first. Absent where there is no limit.
            """)

    package static let seriesFolded = MetricFamily(
        "lagwarden_series_folded", .gauge, .count, ["cluster", "level", "reason"],
        help: """
            Series that are not exported, of groups and topics together, by the level of their families \
            (partition, topic, group) and the reason: limit (limits.series) or top_partitions (partitions \
            that are not among the worst of their group). Absent where the reason is not configured.
            """)

    package static let labelValuesCut = MetricFamily(
        "lagwarden_label_values_cut", .gauge, .count, ["cluster"],
        help: """
            Distinct names in this scrape that were longer than limits.label_length and are shown with their \
            beginning, a tilde and 24 hexadecimal digits of their SHA-256.
            """)

    package static let seriesExported = MetricFamily(
        "lagwarden_series_exported", .gauge, .count, ["cluster"],
        help: """
            Series of the cluster that follow from a snapshot in this scrape, this one included; to be \
            compared with lagwarden_series_limit. It is larger only where even the summaries of all groups \
            and topics do not fit.
            """)
}
