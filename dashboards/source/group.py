"""Group detail: everything about one consumer group."""

from parts import (BLUE, GREEN, ORANGE, OURS, RED, TOPIC, YELLOW, bands, chooser, fill, graph, link, number,
                   page, rows, threshold_line, word)

G = 'cluster="$cluster", group="$group"'
T = G + ', topic=~"$topic"'

STATUS = [("1", "OK", GREEN), ("2", "WARN", YELLOW), ("4", "STOP", RED), ("5", "STALL", ORANGE),
          ("6", "REWIND", BLUE)]


def made():
    built = page(
        "lagwarden-group", "Lagwarden / Group", "One consumer group: lag, progress, members, rebalances, risk.",
        [chooser("cluster", "Cluster", "label_values(lagwarden_up, cluster)"),
         chooser("group", "Group", 'label_values(kafka_consumer_group_info{cluster="$cluster"}, group)'),
         chooser("topic", "Topic", f"label_values(kafka_consumer_group_topic_lag{{{G}}}, topic)", many=True)],
        f"ALERTS{{{OURS}, {G}}}")
    topic = [link("Topic", TOPIC)]
    return fill(built, [
        "Now",
        number("Lag", "Records between the commits and the ends of the logs.", "short",
               f"max(kafka_consumer_group_lag{{{G}}})", none="unknown"),
        number("Lag in seconds", "Age of the oldest record that was not read.", "s",
               f"max(kafka_consumer_group_lag_seconds{{{G}}})", marks=((None, GREEN), (60, YELLOW), (300, RED)),
               none="unknown"),
        number("Catches up in", "At the present pace.", "s",
               f"max(kafka_consumer_group_catch_up_seconds{{{G}}})", none="not at this pace"),
        word("State", "As the coordinator names it.", f"kafka_consumer_group_state{{{G}}} == 1", "state",
             width=3),
        word("Evaluation", "What recent rounds saw of it.", f"kafka_consumer_group_status{{{G}}} == 1", "status",
             width=3),
        number("Members", "Members of the group.", "none", f"max(kafka_consumer_group_members{{{G}}})",
               width=3, marks=((None, RED), (1, BLUE)), none="unknown"),
        number("Series left out", "Of this group, because of limits.series: panels by partition, and then by topic, are "
               "empty for that reason. The API shows everything.", "none",
               f"sum(max by (level) (kafka_consumer_group_series_folded{{{G}}})) or vector(0)", width=3,
               marks=((None, GREEN), (1, ORANGE))),
        "Lag",
        graph("Lag in seconds by topic", "Age of the oldest unread record, largest of the topic's partitions.", "s",
              [(f"max by (cluster, topic) (kafka_consumer_group_topic_lag_seconds{{{T}}})", "{{topic}}")],
              links=topic),
        threshold_line(
            graph("Lag by topic", "Absent while a part of it is unknown.", "short",
                  [(f"max by (cluster, topic) (kafka_consumer_group_topic_lag{{{T}}})", "{{topic}}"),
                   ("max(lagwarden:threshold:lag_records)", "alert")], links=topic),
            "alert"),
        graph("Lag by partition, largest", "One line above all others: a hot key, or one slow member.", "short",
              [(f"topk(15, max by (topic, partition) (kafka_consumer_group_partition_lag{{{T}}}))",
                "{{topic}} {{partition}}")]),
        graph("Lag in seconds by partition, largest", "Each with the half-width of its bracket as a second line.",
              "s",
              [(f"topk(15, max by (topic, partition) (kafka_consumer_group_partition_lag_seconds{{{T}}}))",
                "{{topic}} {{partition}}"),
               (f"max(kafka_consumer_group_partition_lag_seconds_error{{{T}}})", "largest error")]),
        "Progress",
        graph("Produced and consumed", "Records a second of the topics that the group reads.", "cps",
              [('sum(max by (topic) (rate(kafka_topic_records_produced_total{cluster="$cluster", topic=~"$topic"}'
                f"[$__rate_interval])) and on (topic) group by (topic) (kafka_consumer_group_topic_lag{{{T}}}))",
                "produced"),
               (f"sum(max by (topic) (rate(kafka_consumer_group_records_consumed_total{{{T}}}[$__rate_interval])))",
                "consumed")]),
        graph("Growth of lag", "Over the configured window; below zero it catches up.", "cps",
              [(f"max by (cluster, topic) (kafka_consumer_group_lag_growth_records_per_second{{{T}}})",
                "{{topic}}")],
              links=topic, zero=False),
        graph("Commits", "Commits of single partitions a second; absent where the offsets topic is not read.", "cps",
              [(f"max by (cluster, topic) (rate(kafka_consumer_group_commits_total{{{T}}}[$__rate_interval]))",
                "{{topic}}")]),
        graph("Time since the last commit", "By topic.", "s",
              [(f"max by (cluster, topic) (kafka_consumer_group_commit_age_seconds{{{T}}})", "{{topic}}")]),
        bands("Partitions, as recent rounds judge them", "STOP: commits nothing while records wait. STALL: commits "
              "the same offset. REWIND: went back.",
              f"max by (topic, partition) (kafka_consumer_group_partition_status{{{T}}})",
              "{{topic}} {{partition}}", STATUS),
        "Members and rebalances",
        graph("Members", "Idle ones own no partition: more members than partitions.", "none",
              [(f"max(kafka_consumer_group_members{{{G}}})", "members"),
               (f"max(kafka_consumer_group_idle_members{{{G}}})", "idle"),
               (f"max(kafka_consumer_group_unassigned_partitions{{{G}}})", "partitions without owner")]),
        graph("Spread of the assignment", "Most and fewest partitions of one member.", "none",
              [(f"max(kafka_consumer_group_member_partitions_max{{{G}}})", "most"),
               (f"min(kafka_consumer_group_member_partitions_min{{{G}}})", "fewest")]),
        threshold_line(
            graph("Rebalances per minute", "Exact where the offsets topic is read, else those that polling saw.",
                  "none",
                  [(f"max(sum without (source) (rate(kafka_consumer_group_rebalances_total{{{G}}}"
                    "[$__rate_interval]))) * 60", "all"),
                   (f"max by (cause) (rate(kafka_consumer_group_rebalance_causes_total{{{G}}}[$__rate_interval]))"
                    " * 60", "{{cause}}"),
                   ("max(lagwarden:threshold:rebalances)", "alert")]),
            "alert"),
        graph("Duration of rebalances", "Lower bounds, where the offsets topic is read.", "s",
              [("histogram_quantile(0.5, sum by (le) "
                f"(increase(kafka_consumer_group_rebalance_duration_seconds_bucket{{{G}}}[$__range])))", "median"),
               ("histogram_quantile(0.95, sum by (le) "
                f"(increase(kafka_consumer_group_rebalance_duration_seconds_bucket{{{G}}}[$__range])))", "95 %")]),
        "Risk",
        graph("Time until records are lost", "Until the oldest unread record is deleted; absent without lag.", "s",
              [(f"min by (cluster, topic) (kafka_consumer_group_loss_margin_seconds{{{T}}})", "{{topic}}")],
              links=topic),
        graph("Lost records and moved commits", "Deleted before they were read; commits that went back or were "
              "moved over unread records.", "short",
              [(f"max by (topic) (increase(kafka_consumer_group_records_lost_total{{{T}}}[$__rate_interval]))",
                "{{topic}} lost"),
               ("max by (topic, direction) (increase(kafka_consumer_group_offset_resets_total"
                f"{{{T}}}[$__rate_interval]))", "{{topic}} moved {{direction}}")]),
        graph("Good minutes", "Share of minutes within the objective; needs the rules of alerts/slo.yml.",
              "percentunit",
              [(f"lagwarden:group:slo_good:ratio1h{{{G}}}", "1 h"),
               (f"lagwarden:group:slo_good:ratio6h{{{G}}}", "6 h"),
               (f"lagwarden:group:slo_good:ratio3d{{{G}}}", "3 d"),
               ("max(lagwarden:threshold:slo_objective)", "objective")], zero=False),
        rows("Findings", "What Lagwarden thinks is wrong; /api/v1/findings has evidence and suggestions.",
             [("", None, f"max by (severity, finding) (kafka_consumer_group_finding{{{G}}})")],
             ["severity", "finding"], width=12, height=8),
    ])
