// What Swift sees of this library; nothing here allocates.
#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#if RD_KAFKA_VERSION < 0x020002ff
#error "librdkafka 2.0.2 or newer is needed"
#endif

// Copies key and value into the producer's queue; timestamp 0 means now, partition -1 lets the key choose.
static inline rd_kafka_resp_err_t lagwarden_produce(rd_kafka_t *producer, const char *topic, int32_t partition,
                                                    const void *key, size_t key_size, const void *value,
                                                    size_t value_size, int64_t timestamp) {
    return rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                             RD_KAFKA_V_KEY(key, key_size), RD_KAFKA_V_VALUE((void *)value, value_size),
                             RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_END);
}

// The answer is delayed by the round trip and carries the error, or closes the connection for _TRANSPORT.
static inline rd_kafka_resp_err_t lagwarden_mock_push_error(rd_kafka_mock_cluster_t *cluster, int32_t broker,
                                                            int16_t api_key, rd_kafka_resp_err_t error,
                                                            int round_trip_milliseconds) {
    return rd_kafka_mock_broker_push_request_error_rtts(cluster, broker, api_key, 1, error,
                                                        round_trip_milliseconds);
}

// Names the calling thread; Linux keeps 15 bytes.
static inline void lagwarden_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

// A counter of wake-ups as a descriptor, -1 when there is none left.
static inline int lagwarden_doorbell(void) { return eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE | EFD_NONBLOCK); }
