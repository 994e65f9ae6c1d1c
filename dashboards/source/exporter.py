"""The exporter itself: whether its numbers can be trusted, and what it costs."""

from parts import GREEN, ORANGE, OURS, RED, YELLOW, chooser, fill, graph, number, page, rows

C = 'cluster=~"$cluster", instance=~"$instance"'
I = 'instance=~"$instance"'


def quantile(share, family, selector, by):
    return (f"histogram_quantile({share}, sum by ({by}, le) "
            f"(rate({family}_bucket{{{selector}}}[$__rate_interval])))")


def made():
    built = page(
        "lagwarden-exporter", "Lagwarden / Exporter", "Lagwarden itself: rounds, requests to Kafka, scrapes.",
        [chooser("cluster", "Cluster", "label_values(lagwarden_up, cluster)", many=True),
         chooser("instance", "Instance", 'label_values(lagwarden_up{cluster=~"$cluster"}, instance)', many=True)],
        f'ALERTS{{{OURS}, cluster=~"$cluster|"}}')
    return fill(built, [
        "Now",
        number("Clusters that are read", "Clusters whose last round gave a snapshot, on every replica.", "none",
               f"sum(min by (cluster) (lagwarden_up{{{C}}}))", marks=((None, RED), (1, GREEN))),
        number("Clusters", "Clusters that are watched.", "none", f"count(group by (cluster) (lagwarden_up{{{C}}}))"),
        number("Age of the snapshot", "Oldest of all clusters and replicas.", "s",
               f"max(lagwarden_snapshot_age_seconds{{{C}}})", marks=((None, GREEN), (60, YELLOW), (120, RED)),
               none="no snapshot"),
        number("Without a number", "Brokers, groups, topics and partitions that could not be read.", "none",
               f"sum(lagwarden_unavailable{{{C}}}) or vector(0)", marks=((None, GREEN), (1, ORANGE))),
        number("Failed requests", "Requests to Kafka that failed, per second.", "reqps",
               f"sum(rate(lagwarden_kafka_request_errors_total{{{C}}}[$__rate_interval])) or vector(0)",
               marks=((None, GREEN), (0.1, ORANGE))),
        number("Series", "Series that follow from snapshots, in one scrape.", "short",
               f"sum(lagwarden_series{{{I}}})"),
        "Rounds",
        graph("Rounds", "By outcome.", "cps",
              [(f"sum by (cluster, outcome) (rate(lagwarden_rounds_total{{{C}}}[$__rate_interval])) > 0",
                "{{cluster}} {{outcome}}")]),
        graph("Duration of rounds", "Failed ones included.", "s",
              [(quantile(0.5, "lagwarden_round_duration_seconds", C, "cluster"), "{{cluster}} median"),
               (quantile(0.95, "lagwarden_round_duration_seconds", C, "cluster"), "{{cluster}} 95 %")]),
        graph("Age of the snapshot", "At the scrape.", "s",
              [(f"lagwarden_snapshot_age_seconds{{{C}}}", "{{cluster}} {{instance}}"),
               ("max(lagwarden:threshold:snapshot_age_seconds)", "alert")]),
        graph("Without a number, by reason", "The API's /api/v1/clusters says what to do about each.", "none",
              [(f"max by (cluster, scope, reason) (lagwarden_unavailable{{{C}}})",
                "{{cluster}} {{scope}} {{reason}}")]),
        "Requests to Kafka",
        graph("Requests", "By protocol request.", "reqps",
              [(f"sum by (api) (rate(lagwarden_kafka_requests_total{{{C}}}[$__rate_interval]))", "{{api}}")],
              stacked=True),
        graph("Failed requests", "By request and reason.", "reqps",
              [(f"sum by (broker, api, error) (rate(lagwarden_kafka_request_errors_total{{{C}}}[$__rate_interval]))",
                "{{broker}} {{api}} {{error}}")]),
        graph("Duration of requests, 95 %", "From sending to the answer or the failure.", "s",
              [(quantile(0.95, "lagwarden_kafka_request_duration_seconds", C, "api"), "{{api}}")]),
        graph("Brokers that answer", "1 for each that answered in the last round.", "none",
              [('min by (cluster, broker) (kafka_broker_up{cluster=~"$cluster"})', "{{cluster}} {{broker}}")]),
        "Sources",
        graph("Offsets topic, unread", "Records between what was read and the end.", "short",
              [(f"lagwarden_offsets_unread_records{{{C}}}", "{{cluster}} {{instance}}")]),
        graph("Offsets topic, partitions by use", "current: its groups are taken from the topic.", "none",
              [(f"sum by (state) (lagwarden_offsets_partitions{{{C}}})", "{{state}}")], stacked=True),
        graph("Offsets topic, records", "Read per second, by kind.", "cps",
              [(f"sum by (kind) (rate(lagwarden_offsets_records_total{{{C}}}[$__rate_interval]))", "{{kind}}")]),
        graph("Look-ups by time", "Requests for lag in seconds, and partitions whose bracket is still wider than "
              "the tolerance.", "none",
              [(f"sum by (cluster) (rate(lagwarden_time_lookup_requests_total{{{C}}}[$__rate_interval]))",
                "{{cluster}} requests/s"),
               (f"sum by (cluster) (lagwarden_time_lookup_pending{{{C}}})", "{{cluster}} pending")]),
        "Scrapes and the process",
        graph("Duration of scrapes, 95 %", "To render and compress the body.", "s",
              [(quantile(0.95, "lagwarden_scrape_duration_seconds", I, "encoding"), "{{encoding}}")]),
        graph("HTTP requests", "By route and status.", "reqps",
              [(f"sum by (path, code) (rate(lagwarden_http_requests_total{{{I}}}[$__rate_interval]))",
                "{{path}} {{code}}")]),
        graph("CPU", "Cores in use.", "none",
              [(f"rate(process_cpu_seconds_total{{{I}}}[$__rate_interval]) and on (instance) lagwarden_build_info",
                "{{instance}}")]),
        graph("Memory", "Resident memory.", "bytes",
              [(f"process_resident_memory_bytes{{{I}}} and on (instance) lagwarden_build_info", "{{instance}}")]),
        graph("Series and their limit", "Series that follow from snapshots; beyond limits.series the least lagging groups "
              "are shown more coarsely.", "short",
              [(f"lagwarden_series_exported{{{C}}}", "{{cluster}} {{instance}}"),
               (f"min by (cluster) (lagwarden_series_limit{{{C}}})", "{{cluster}} limit")]),
        graph("Series that are left out", "By level and reason; the API shows everything.", "short",
              [(f"sum by (cluster, level, reason) (lagwarden_series_folded{{{C}}}) > 0",
                "{{cluster}} {{level}} {{reason}}")]),
        rows("Series by family", "What the exporter's metrics cost Prometheus.",
             [("Series", "short", f"sort_desc(max by (family) (lagwarden_series{{{I}}}))")], ["family"], width=12,
             sort="Series"),
        rows("Versions", "Replicas and what they run.",
             [("", None, f"lagwarden_build_info{{{I}}}")],
             ["instance", "version", "revision", "librdkafka"], width=12),
    ])
