"""Topic detail: one topic, and the groups that read it."""

from parts import (GREEN, GROUP, GROUP_OF_ROW, ORANGE, OURS, RED, chooser, fill, graph, link, number, page,
                   rows)

T = 'cluster="$cluster", topic="$topic"'
G = T + ', group=~"$group"'


def made():
    built = page(
        "lagwarden-topic", "Lagwarden / Topic", "One topic: what is written, what is kept, who reads it.",
        [chooser("cluster", "Cluster", "label_values(lagwarden_up, cluster)"),
         chooser("topic", "Topic", 'label_values(kafka_topic_partitions{cluster="$cluster"}, topic)'),
         chooser("group", "Group", f"label_values(kafka_consumer_group_topic_lag{{{T}}}, group)", many=True)],
        f'ALERTS{{{OURS}, cluster="$cluster", topic=~"$topic|"}}')
    group = [link("Group", GROUP)]
    return fill(built, [
        "Now",
        number("Partitions", "From the cluster's metadata.", "none", f"max(kafka_topic_partitions{{{T}}})"),
        number("Groups", "Consumer groups with a commit on the topic.", "none",
               f"count(group by (group) (kafka_consumer_group_topic_lag{{{T}}}))"),
        number("Retention time", "retention.ms of the topic.", "s", f"max(kafka_topic_retention_seconds{{{T}}})",
               none="unlimited"),
        number("Retention size", "retention.bytes of the topic, for each partition.", "bytes",
               f"max(kafka_topic_retention_bytes{{{T}}})", none="unlimited"),
        number("Without leader", "Partitions that nobody can read or write.", "none",
               f"count(group by (partition) (kafka_topic_partition_leaderless{{{T}}})) or vector(0)",
               marks=((None, GREEN), (1, RED))),
        number("Under-replicated", "Partitions with fewer replicas in sync than they have.", "none",
               f"max(kafka_topic_under_replicated_partitions{{{T}}})",
               marks=((None, GREEN), (1, ORANGE)), none="unknown"),
        "Records",
        graph("Produced and consumed", "Records a second; each group by itself.", "cps",
              [(f"max(rate(kafka_topic_records_produced_total{{{T}}}[$__rate_interval]))", "produced"),
               ("max by (cluster, group) (rate(kafka_consumer_group_records_consumed_total"
                f"{{{G}}}[$__rate_interval]))", "{{group}}")], links=group),
        graph("Records kept by partition, most", "Offsets between the log's start and its end.", "short",
              [(f"topk(15, max by (partition) (kafka_topic_partition_high_watermark{{{T}}}) "
                f"- max by (partition) (kafka_topic_partition_log_start_offset{{{T}}}))", "{{partition}}")]),
        graph("Produced by partition, most", "Records a second; one line above the others is a hot key.", "cps",
              [(f"topk(15, max by (partition) (deriv(kafka_topic_partition_high_watermark{{{T}}}"
                "[$__rate_interval])))", "{{partition}}")]),
        graph("Deleted by partition, most", "Records a second by which the log's start moves on.", "cps",
              [(f"topk(15, max by (partition) (deriv(kafka_topic_partition_log_start_offset{{{T}}}"
                "[$__rate_interval])))", "{{partition}}")]),
        "Readers",
        graph("Lag in seconds by group", "Age of the oldest unread record.", "s",
              [(f"max by (cluster, group) (kafka_consumer_group_topic_lag_seconds{{{G}}})", "{{group}}")],
              links=group),
        graph("Lag by group", "Absent while a part of it is unknown.", "short",
              [(f"max by (cluster, group) (kafka_consumer_group_topic_lag{{{G}}})", "{{group}}")], links=group),
        graph("Time until records are lost", "Until the oldest unread record of the group is deleted.", "s",
              [(f"min by (cluster, group) (kafka_consumer_group_loss_margin_seconds{{{G}}})", "{{group}}")],
              links=group),
        graph("Lost records", "Deleted before the group read them, within the step of the graph.", "short",
              [("max by (cluster, group) (increase(kafka_consumer_group_records_lost_total"
                f"{{{G}}}[$__rate_interval]))", "{{group}}")], links=group),
        rows("Groups on this topic", "Click a group for its details.",
             [("Lag", "short", f"max by (cluster, group) (kafka_consumer_group_topic_lag{{{G}}})"),
              ("Largest of a partition", "short",
               f"max by (cluster, group) (kafka_consumer_group_topic_lag_max{{{G}}})"),
              ("Lag in seconds", "s",
               f"max by (cluster, group) (kafka_consumer_group_topic_lag_seconds{{{G}}})"),
              ("Last commit", "dateTimeFromNow",
               "max by (cluster, group) (kafka_consumer_group_last_commit_timestamp_seconds"
               f"{{{G}}}) * 1000")],
             ["cluster", "group"], url=GROUP_OF_ROW, sort="Lag"),
    ])
