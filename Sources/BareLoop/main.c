// Reads the lag of every consumer group with nothing but librdkafka: what a round costs at the least.
//
// It makes the calls that a round of the exporter makes with `source: admin`, with the same properties, routing,
// chunks and parallelism (KafkaClient, GroupReader, LogSweep), sums lag, and prints one line of JSON a round.
// Part of the live benchmark, which compares the exporter with it; no use otherwise.
//
//   BareLoop BROKERS ROUNDS INTERVAL_MILLISECONDS LOOK_UPS
//
// LOOK_UPS is how many requests for offsets by time the first round makes beside.
#include "asking.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static double seconds_of(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void set(rd_kafka_conf_t *configuration, const char *name, const char *value) {
    char text[256];
    if (rd_kafka_conf_set(configuration, name, value, text, sizeof text) != RD_KAFKA_CONF_OK) {
        fprintf(stderr, "BareLoop: %s\n", text);
        exit(1);
    }
}

// A consumer that never subscribes, as the exporter's: admin requests without a group.id crash.
static rd_kafka_t *make_client(const char *brokers) {
    static const char *properties[][2] = {
        {"client.id", "lagwarden-bare-loop"},  {"group.id", "lagwarden-bare-loop"},
        {"enable.auto.commit", "false"},       {"enable.auto.offset.store", "false"},
        {"allow.auto.create.topics", "false"}, {"socket.timeout.ms", "10000"},
        {"socket.keepalive.enable", "true"},   {"socket.nagle.disable", "true"},
        {"reconnect.backoff.max.ms", "5000"},  {"isolation.level", "read_uncommitted"},
    };
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    set(configuration, "bootstrap.servers", brokers);
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        set(configuration, properties[i][0], properties[i][1]);
    }
    char text[256];
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, configuration, text, sizeof text);
    if (!client) {
        fprintf(stderr, "BareLoop: %s\n", text);
        exit(1);
    }
    return client;
}

static void sleep_until(double moment) {
    double rest = moment - seconds_of(CLOCK_MONOTONIC);
    if (rest <= 0) return;
    struct timespec pause = {.tv_sec = (time_t)rest, .tv_nsec = (long)((rest - (double)(time_t)rest) * 1e9)};
    nanosleep(&pause, NULL);
}

int main(int count, char **words) {
    if (count != 5 || atoi(words[2]) < 1 || atoi(words[3]) < 1) {
        fprintf(stderr, "BareLoop: the arguments are BROKERS ROUNDS INTERVAL_MILLISECONDS LOOK_UPS\n");
        return 2;
    }
    double begin = seconds_of(CLOCK_MONOTONIC);
    int rounds = atoi(words[2]);
    double interval = atoi(words[3]) / 1e3;
    struct asking asking;
    asking_start(&asking, make_client(words[1]));
    asking.look_ups = atoi(words[4]);
    for (int round = 1; round <= rounds; round++) {
        double wall = round == 1 ? begin : seconds_of(CLOCK_MONOTONIC);
        double cpu = round == 1 ? 0 : seconds_of(CLOCK_PROCESS_CPUTIME_ID);
        struct findings sum = asking_perform_round(&asking);
        double cpu_end = seconds_of(CLOCK_PROCESS_CPUTIME_ID), wall_end = seconds_of(CLOCK_MONOTONIC);
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        printf(
            "{\"round\":%d,\"cpu_seconds\":%.6f,\"wall_seconds\":%.6f,\"requests\":%lld,\"groups\":%lld,"
            "\"group_partitions\":%lld,\"committed\":%lld,\"starts\":%lld,\"ends\":%lld,\"lag\":%lld,"
            "\"failures\":%lld,\"resident_bytes\":%lld}\n",
            round, cpu_end - cpu, wall_end - wall, (long long)asking.requests, (long long)sum.groups,
            (long long)sum.group_partitions, (long long)sum.committed, (long long)sum.starts, (long long)sum.ends,
            (long long)sum.lag, (long long)asking.failures, (long long)usage.ru_maxrss * 1024);
        fflush(stdout);
        if (round < rounds) sleep_until(wall + interval);
    }
    asking_stop(&asking);
    return 0;
}
