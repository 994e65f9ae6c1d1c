/// The page `docs/metrics.md`, made of the catalogue so that it cannot differ from what is served.
package enum MetricsDocument {
    /// Text of the whole page, in Markdown.
    package static func markdown() -> String {
        var page = introduction
        for (title, families) in sections {
            page += "\n## \(title)\n\n"
            page += "| family | type | unit | labels | granularity | meaning |\n|---|---|---|---|---|---|\n"
            for family in families { page += row(of: family) }
        }
        return page
    }

    private static let introduction = """
        # Metrics

        Generated from the catalogue in `Sources/Exposition/Catalogue`; a test compares this page with it.
        To write it anew: `LAGWARDEN_WRITE_DOCS=1 swift test --filter MetricsDocumentTests`.

        Families come in this order in a scrape, and a family without samples is left out with its header. A
        number that cannot be known is absent, never NaN, -1 or 0; a sum or maximum with an unknown member is
        absent too, and `kafka_consumer_group_unknown_partitions` says how many are missing. Labels come in
        the order given; constant labels of the cluster from the configuration follow. Counters start at 0
        when their series is first seen and start anew with the exporter.

        Granularity says where a family is exported: `partition` only at granularity `partition`, `topic` at
        `partition` and `topic`, `always` and `summary` at `partition`, `topic` and `group`. Beyond
        `limits.series` groups and topics are shown more coarsely than configured; `summary` is what always
        stays of them.

        """

    private static let sections: [(title: String, families: [MetricFamily])] = [
        ("Kafka: cluster and topics", Catalogue.cluster + Catalogue.topicSettings),
        ("Kafka: consumer groups", Catalogue.groups),
        ("Kafka: rebalances of consumer groups", Catalogue.rebalances),
        ("Kafka: commits of consumer groups", Catalogue.commits),
        ("Kafka: outlook of consumer groups", Catalogue.outlook + Catalogue.forecast),
        ("Kafka: lag of consumer groups in seconds", Catalogue.lagAge),
        ("Kafka: verdicts on consumer groups", Catalogue.evaluation),
        ("Kafka: members of consumer groups", Catalogue.members),
        ("Kafka: series of consumer groups that are left out", Catalogue.folding),
        ("Kafka: groups that are gone", [Catalogue.groupsRemoved]),
        ("Kafka: age of what coordinators said", [Catalogue.groupOffsetsAge]),
        ("The exporter: snapshots and reasons", Catalogue.reasons),
        ("The exporter: the offsets topic", Catalogue.offsetsTopic),
        ("The exporter: sharding", Catalogue.sharding),
        ("The exporter: look-ups by time", Catalogue.timeLookups),
        ("The exporter: limits of series and labels", Catalogue.limits),
        ("The exporter: groups that are asked", Catalogue.requestPlan),
        ("The exporter: rounds", Catalogue.rounds),
        ("The exporter: requests to Kafka", Catalogue.requests),
        ("The exporter: scrapes", Catalogue.serving),
        ("The exporter: notifications", Catalogue.notifications),
        ("The exporter: process", Catalogue.process),
    ]

    private static func row(of family: MetricFamily) -> String {
        let labels = family.labels.joined(separator: ", ")
        let cells = [
            "`\(family.name)`", family.kind.rawValue, family.unit.rawValue, labels, family.level.rawValue,
            family.help,
        ]
        return "| \(cells.joined(separator: " | ")) |\n"
    }
}
