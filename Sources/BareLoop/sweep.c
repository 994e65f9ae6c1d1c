#include "sweep.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

// Chunks of one leader; its threads take one after the other.
struct leader_work {
    rd_kafka_t *client;
    struct table *table;
    rd_kafka_topic_partition_list_t **chunks;
    int chunk_count;
    // -2 asks for the start, -1 for the end, anything else for the first record that is as new.
    int64_t question;
    // Chunks that are asked for, the first ones.
    int request_count;
    atomic_int next;
    atomic_int failures;
};

static void ask_chunk(struct leader_work *work, rd_kafka_topic_partition_list_t *chunk) {
    for (int i = 0; i < chunk->cnt; i++) chunk->elems[i].offset = work->question;
    if (rd_kafka_offsets_for_times(work->client, chunk, request_timeout_ms)) {
        atomic_fetch_add(&work->failures, 1);
        return;
    }
    if (work->question >= 0) return;
    int64_t *column = work->question == -2 ? work->table->starts : work->table->ends;
    for (int i = 0; i < chunk->cnt; i++) {
        const rd_kafka_topic_partition_t *element = &chunk->elems[i];
        if (element->err || element->offset < 0) {
            atomic_fetch_add(&work->failures, 1);
            continue;
        }
        column[(int)(intptr_t)element->opaque] = element->offset;
    }
}

static void *run_sweeper(void *argument) {
    struct leader_work *work = argument;
    for (;;) {
        int number = atomic_fetch_add(&work->next, 1);
        if (number >= work->request_count) return NULL;
        ask_chunk(work, work->chunks[number]);
    }
}

// Chunks of what one broker leads, each element with its place in the columns.
static void cut(struct leader_work *work, int32_t leader) {
    struct table *table = work->table;
    work->chunks = calloc((size_t)(table->partition_count / chunk_size) + 1, sizeof *work->chunks);
    if (!work->chunks) abort();
    rd_kafka_topic_partition_list_t *chunk = NULL;
    for (int t = 0; t < table->topic_count; t++) {
        const struct topic *topic = &table->topics[t];
        for (int p = 0; topic->is_used && p < topic->partitions; p++) {
            if (table->leaders[topic->first + p] != leader) continue;
            if (!chunk || chunk->cnt == chunk_size) {
                chunk = rd_kafka_topic_partition_list_new(chunk_size);
                work->chunks[work->chunk_count++] = chunk;
            }
            rd_kafka_topic_partition_list_add(chunk, topic->name, p)->opaque = (void *)(intptr_t)(topic->first + p);
        }
    }
}

// Each chunk once, by all threads of all leaders; returns the number of requests.
static int ask(struct leader_work *work, int leader_count, int64_t question, int requests_max) {
    int requests = 0;
    pthread_t threads[brokers_max * sweepers_per_leader];
    int count = 0;
    for (int i = 0; i < leader_count; i++) {
        work[i].question = question;
        int left = requests_max - requests;
        work[i].request_count = work[i].chunk_count < left ? work[i].chunk_count : left;
        requests += work[i].request_count;
        atomic_store(&work[i].next, 0);
        for (int n = 0; n < sweepers_per_leader; n++) {
            if (pthread_create(&threads[count], NULL, run_sweeper, &work[i]) != 0) abort();
            count++;
        }
    }
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
    return requests;
}

struct sweep_outcome sweep(struct asking *asking, int look_ups) {
    struct sweep_outcome outcome = {0};
    struct leader_work *work = calloc((size_t)asking->broker_count + 1, sizeof *work);
    if (!work) abort();
    for (int i = 0; i < asking->broker_count; i++) {
        work[i].client = asking->client;
        work[i].table = &asking->table;
        cut(&work[i], asking->brokers[i]);
    }
    outcome.requests += ask(work, asking->broker_count, -2, INT_MAX);
    outcome.requests += ask(work, asking->broker_count, -1, INT_MAX);
    // As old as nothing here is: the first record of each log.
    int64_t hour_ago = ((int64_t)time(NULL) - 3600) * 1000;
    while (look_ups > 0) {
        int asked = ask(work, asking->broker_count, hour_ago, look_ups);
        if (asked == 0) break;
        look_ups -= asked;
        outcome.requests += asked;
    }
    for (int i = 0; i < asking->broker_count; i++) {
        outcome.failures += atomic_load(&work[i].failures);
        for (int c = 0; c < work[i].chunk_count; c++) rd_kafka_topic_partition_list_destroy(work[i].chunks[c]);
        free(work[i].chunks);
    }
    free(work);
    return outcome;
}
