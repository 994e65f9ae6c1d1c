// The logs that the loop asks about, and the commits that it has read: flat arrays, nothing that can be cheaper.
#pragma once
#include <librdkafka/rdkafka.h>

struct topic {
    char *name;
    int partitions;
    // Of partition 0 in the columns below.
    int first;
    int is_used;
};

struct table {
    struct topic *topics;
    int topic_count;
    int partition_count;
    // By topic->first + partition; -1 where nothing was answered.
    int32_t *leaders;
    int64_t *starts;
    int64_t *ends;
    // Names of topics by hash, open addressing; -1 is free.
    int *buckets;
    int bucket_count;
    // Commits of all groups, each the place of a partition and an offset.
    int *commit_places;
    int64_t *commit_offsets;
    int commit_count;
    int commit_capacity;
};

// What one round found; the sums are compared with the exporter's.
struct findings {
    int64_t groups;
    int64_t group_partitions;
    int64_t committed;
    int64_t starts;
    int64_t ends;
    int64_t lag;
};

// Fills the table with what the cluster says; ends the program when it says nothing.
void table_read(struct table *table, rd_kafka_t *client, int timeout_ms);
// The topic's number, -1 for one that the metadata did not have.
int table_find(const struct table *table, const char *name);
void table_begin_round(struct table *table);
void table_add_commit(struct table *table, int topic, int32_t partition, int64_t offset);
// Sums over all commits, each against its log.
struct findings table_sum(const struct table *table);
