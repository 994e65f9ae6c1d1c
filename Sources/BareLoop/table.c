#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory) {
    if (!memory) {
        fprintf(stderr, "BareLoop: no memory\n");
        exit(1);
    }
    return memory;
}

static unsigned hash(const char *text) {
    unsigned value = 2166136261u;
    for (; *text; text++) value = (value ^ (unsigned char)*text) * 16777619u;
    return value;
}

int table_find(const struct table *table, const char *name) {
    for (unsigned at = hash(name);; at++) {
        int topic = table->buckets[at % (unsigned)table->bucket_count];
        if (topic < 0 || strcmp(table->topics[topic].name, name) == 0) return topic;
    }
}

static void add_to_index(struct table *table, int topic) {
    unsigned at = hash(table->topics[topic].name);
    while (table->buckets[at % (unsigned)table->bucket_count] >= 0) at++;
    table->buckets[at % (unsigned)table->bucket_count] = topic;
}

void table_read(struct table *table, rd_kafka_t *client, int timeout_ms) {
    const struct rd_kafka_metadata *answer = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(client, 1, NULL, &answer, timeout_ms);
    if (code) {
        fprintf(stderr, "BareLoop: no metadata: %s\n", rd_kafka_err2str(code));
        exit(1);
    }
    table->topic_count = answer->topic_cnt;
    table->topics = checked(calloc((size_t)answer->topic_cnt + 1, sizeof *table->topics));
    table->bucket_count = 4 * answer->topic_cnt + 16;
    table->buckets = checked(malloc((size_t)table->bucket_count * sizeof *table->buckets));
    for (int i = 0; i < table->bucket_count; i++) table->buckets[i] = -1;
    int total = 0;
    for (int i = 0; i < answer->topic_cnt; i++) {
        const rd_kafka_metadata_topic_t *topic = &answer->topics[i];
        table->topics[i] =
            (struct topic){.name = checked(strdup(topic->topic)), .partitions = topic->partition_cnt, .first = total};
        add_to_index(table, i);
        total += topic->partition_cnt;
    }
    table->partition_count = total;
    table->leaders = checked(calloc((size_t)total + 1, sizeof *table->leaders));
    table->starts = checked(calloc((size_t)total + 1, sizeof *table->starts));
    table->ends = checked(calloc((size_t)total + 1, sizeof *table->ends));
    for (int i = 0; i < answer->topic_cnt; i++) {
        const rd_kafka_metadata_topic_t *topic = &answer->topics[i];
        for (int p = 0; p < topic->partition_cnt; p++) {
            int id = topic->partitions[p].id;
            if (id >= 0 && id < topic->partition_cnt) {
                table->leaders[table->topics[i].first + id] = topic->partitions[p].leader;
            }
        }
    }
    rd_kafka_metadata_destroy(answer);
}

void table_begin_round(struct table *table) {
    table->commit_count = 0;
    for (int i = 0; i < table->topic_count; i++) table->topics[i].is_used = 0;
    for (int i = 0; i < table->partition_count; i++) table->starts[i] = table->ends[i] = -1;
}

void table_add_commit(struct table *table, int topic, int32_t partition, int64_t offset) {
    struct topic *found = &table->topics[topic];
    if (partition < 0 || partition >= found->partitions) return;
    found->is_used = 1;
    if (table->commit_count == table->commit_capacity) {
        int capacity = table->commit_capacity ? 2 * table->commit_capacity : 4096;
        size_t count = (size_t)capacity;
        table->commit_places = checked(realloc(table->commit_places, count * sizeof *table->commit_places));
        table->commit_offsets = checked(realloc(table->commit_offsets, count * sizeof *table->commit_offsets));
        table->commit_capacity = capacity;
    }
    table->commit_places[table->commit_count] = found->first + partition;
    table->commit_offsets[table->commit_count] = offset;
    table->commit_count++;
}

struct findings table_sum(const struct table *table) {
    struct findings sum = {0};
    for (int i = 0; i < table->commit_count; i++) {
        int place = table->commit_places[i];
        int64_t start = table->starts[place], end = table->ends[place], offset = table->commit_offsets[i];
        if (start < 0 || end < 0) continue;
        int64_t from = offset < start ? start : offset;
        sum.group_partitions++;
        sum.committed += offset;
        sum.starts += start;
        sum.ends += end;
        if (end > from) sum.lag += end - from;
    }
    return sum;
}
