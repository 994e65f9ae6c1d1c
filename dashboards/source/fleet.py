"""Fleet overview: all groups of some clusters, the worst first."""

from parts import (GREEN, GROUP, GROUP_OF_ROW, ORANGE, OURS, RED, YELLOW, chooser, fill, graph, link,
                   number, page, path, rows, threshold_line)

C = 'cluster=~"$cluster"'
KEY = "max by (cluster, group)"


def made():
    built = page(
        "lagwarden-fleet", "Lagwarden / Fleet", "All consumer groups: who is behind, who loses records.",
        [chooser("cluster", "Cluster", "label_values(lagwarden_up, cluster)", many=True)],
        f'ALERTS{{{OURS}, {C}}}')
    details = [link("Group", GROUP)]
    return fill(built, [
        "Now",
        number("Groups", "Consumer groups that are watched.", "none",
               f"count(group by (cluster, group) (kafka_consumer_group_info{{{C}}}))"),
        number("Lag", "Records that all groups together have not read.", "short",
               f"sum({KEY} (kafka_consumer_group_lag{{{C}}}))"),
        number("Oldest unread record", "Largest lag in seconds of all groups.", "s",
               f"max(kafka_consumer_group_lag_seconds{{{C}}})", marks=((None, GREEN), (60, YELLOW), (300, RED))),
        number("Alerts", "Alerts of Lagwarden's rules that fire.", "none",
               f"count(ALERTS{{{OURS}, {C}}}) or vector(0)", marks=((None, GREEN), (1, RED))),
        number("Records lost", "Deleted before they were read, within the time range.", "short",
               "sum(max by (cluster, group, topic) "
               f"(increase(kafka_consumer_group_records_lost_total{{{C}}}[$__range]))) or vector(0)",
               marks=((None, GREEN), (1, RED))),
        number("Without a number", "Groups, topics and partitions that cannot be read, with reasons.", "none",
               f"sum(max by (cluster, scope, reason) (lagwarden_unavailable{{{C}}})) or vector(0)",
               marks=((None, GREEN), (1, ORANGE)),
               url=path("lagwarden-exporter", keep=("cluster",))),
        "Who is behind",
        graph("Lag in seconds, worst groups", "Age of the oldest record that the group has not read.", "s",
              [(f"topk(10, {KEY} (kafka_consumer_group_lag_seconds{{{C}}}))", "{{cluster}} {{group}}")],
              links=details),
        threshold_line(
            graph("Lag in records, worst groups", "Records between commits and the ends of the logs; absent "
                  "while a part is unknown.", "short",
                  [(f"topk(10, {KEY} (kafka_consumer_group_lag{{{C}}}))", "{{cluster}} {{group}}"),
                   ("max(lagwarden:threshold:lag_records)", "alert")], links=details),
            "alert"),
        graph("Lag grows fastest", "Growth of lag; below zero the group catches up.", "cps",
              [("topk(10, " + KEY + " (sum without (topic) "
                f"(kafka_consumer_group_lag_growth_records_per_second{{{C}}})))", "{{cluster}} {{group}}")],
              links=details, zero=False),
        graph("Produced and consumed", "Records a second, of topics that some group reads.", "cps",
              [(f"sum by (cluster) (max by (cluster, topic) (rate(kafka_topic_records_produced_total{{{C}}}"
                "[$__rate_interval])))", "{{cluster}} produced"),
               ("sum by (cluster) (max by (cluster, group, topic) "
                f"(rate(kafka_consumer_group_records_consumed_total{{{C}}}[$__rate_interval])))",
                "{{cluster}} consumed")]),
        "How they are",
        graph("Groups by evaluation", "OK, WARN and ERR as the evaluation of recent rounds has them.", "none",
              [(f"sum by (status) (max by (cluster, group, status) (kafka_consumer_group_status{{{C}}}))",
                "{{status}}")], stacked=True),
        graph("Groups by state", "States as the coordinators name them.", "none",
              [("sum by (state) (max by (cluster, group, state) "
                f"(kafka_consumer_group_state{{{C}}})) > 0", "{{state}}")], stacked=True),
        graph("Rebalances per minute, most restless groups", "Counted exactly where the offsets topic is read.",
              "none",
              [(f"topk(10, {KEY} (sum without (source) (rate(kafka_consumer_group_rebalances_total{{{C}}}"
                "[$__rate_interval]))) * 60)", "{{cluster}} {{group}}")], links=details),
        graph("Time until records are lost, shortest", "Until the oldest unread record is deleted; absent for "
              "groups without lag and topics that keep everything.", "s",
              [("bottomk(10, min by (cluster, group, topic) "
                f"(kafka_consumer_group_loss_margin_seconds{{{C}}}))", "{{cluster}} {{group}} {{topic}}")],
              links=details),
        "Groups",
        rows("All groups", "Click a group for its details.",
             [("Lag", "short", f"{KEY} (kafka_consumer_group_lag{{{C}}})"),
              ("Lag in seconds", "s", f"{KEY} (kafka_consumer_group_lag_seconds{{{C}}})"),
              ("Members", "none", f"{KEY} (kafka_consumer_group_members{{{C}}})"),
              ("Partitions", "none", f"{KEY} (kafka_consumer_group_partitions{{{C}}})"),
              ("Catches up in", "s", f"{KEY} (kafka_consumer_group_catch_up_seconds{{{C}}})"),
              ("Unknown partitions", "none", f"{KEY} (kafka_consumer_group_unknown_partitions{{{C}}})")],
             ["cluster", "group"], height=12, url=GROUP_OF_ROW, sort="Lag"),
    ])
