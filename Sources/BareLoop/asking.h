// One round: which groups there are, what they have committed, and where the logs begin and end.
#pragma once
#include "table.h"

// As the exporter's settings are unless they are changed.
enum {
    request_timeout_ms = 10000,
    metadata_timeout_ms = 5000,
    // max_in_flight
    in_flight_max = 32,
    // offsets_chunk
    chunk_size = 500,
    describe_size = 20,
    sweepers_per_leader = 2,
    brokers_max = 64,
};

struct group {
    char *name;
    int32_t broker;
    int has_members;
};

struct asking {
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
    struct table table;
    int32_t brokers[brokers_max];
    int broker_count;
    struct group *groups;
    int group_count;
    int group_capacity;
    // Empty groups are described in the first round only, for their kind.
    int has_described;
    // Requests for offsets by time that the next round makes.
    int look_ups;
    int64_t requests;
    int64_t failures;
};

// Takes over the client.
void asking_start(struct asking *asking, rd_kafka_t *client);
struct findings asking_perform_round(struct asking *asking);
void asking_stop(struct asking *asking);
