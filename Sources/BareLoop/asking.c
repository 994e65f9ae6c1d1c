#include "asking.h"

#include "sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void asking_start(struct asking *asking, rd_kafka_t *client) {
    memset(asking, 0, sizeof *asking);
    asking->client = client;
    asking->queue = rd_kafka_queue_new(client);
}

static void forget_groups(struct asking *asking) {
    for (int i = 0; i < asking->group_count; i++) free(asking->groups[i].name);
    asking->group_count = 0;
}

void asking_stop(struct asking *asking) {
    forget_groups(asking);
    free(asking->groups);
    rd_kafka_queue_destroy(asking->queue);
    rd_kafka_destroy_flags(asking->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

// Every request names its broker, as in the exporter: librdkafka cannot be trusted to find coordinators.
static rd_kafka_AdminOptions_t *options_for(
    struct asking *asking, rd_kafka_admin_op_t operation, int32_t broker, void *opaque) {
    char text[256];
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(asking->client, operation);
    rd_kafka_AdminOptions_set_broker(options, broker, text, sizeof text);
    rd_kafka_AdminOptions_set_request_timeout(options, request_timeout_ms, text, sizeof text);
    rd_kafka_AdminOptions_set_opaque(options, opaque);
    asking->requests++;
    return options;
}

static void add_group(struct asking *asking, const char *name, int32_t broker, int has_members) {
    if (asking->group_count == asking->group_capacity) {
        asking->group_capacity = asking->group_capacity ? 2 * asking->group_capacity : 256;
        asking->groups = realloc(asking->groups, (size_t)asking->group_capacity * sizeof *asking->groups);
        if (!asking->groups) abort();
    }
    asking->groups[asking->group_count++] =
        (struct group){.name = strdup(name), .broker = broker, .has_members = has_members};
}

static void read_listing(struct asking *asking, rd_kafka_event_t *event) {
    const rd_kafka_ListConsumerGroups_result_t *result = rd_kafka_event_ListConsumerGroups_result(event);
    size_t count = 0;
    rd_kafka_ListConsumerGroups_result_errors(result, &count);
    asking->failures += (int64_t)count;
    const rd_kafka_ConsumerGroupListing_t **valid = rd_kafka_ListConsumerGroups_result_valid(result, &count);
    int32_t broker = (int32_t)(intptr_t)rd_kafka_event_opaque(event);
    for (size_t i = 0; i < count; i++) {
        add_group(
            asking, rd_kafka_ConsumerGroupListing_group_id(valid[i]), broker,
            rd_kafka_ConsumerGroupListing_state(valid[i]) != RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY);
    }
}

static void read_commits(struct asking *asking, rd_kafka_event_t *event) {
    const rd_kafka_ListConsumerGroupOffsets_result_t *result =
        rd_kafka_event_ListConsumerGroupOffsets_result(event);
    size_t count = 0;
    const rd_kafka_group_result_t **groups =
        rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count);
    if (count == 0 || rd_kafka_group_result_error(groups[0])) {
        asking->failures++;
        return;
    }
    const rd_kafka_topic_partition_list_t *list = rd_kafka_group_result_partitions(groups[0]);
    const char *name = NULL;
    int topic = -1;
    for (int i = 0; list && i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *element = &list->elems[i];
        if (!name || strcmp(name, element->topic) != 0) {
            name = element->topic;
            topic = table_find(&asking->table, name);
        }
        if (element->err) {
            asking->failures++;
        } else if (element->offset >= 0 && topic >= 0) {
            table_add_commit(&asking->table, topic, element->partition, element->offset);
        }
    }
}

static void read_descriptions(struct asking *asking, rd_kafka_event_t *event) {
    const rd_kafka_DescribeConsumerGroups_result_t *result =
        rd_kafka_event_DescribeConsumerGroups_result(event);
    size_t count = 0;
    const rd_kafka_ConsumerGroupDescription_t **groups =
        rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
    for (size_t i = 0; i < count; i++) {
        if (rd_kafka_ConsumerGroupDescription_error(groups[i])) asking->failures++;
    }
    // librdkafka sends one request for each group, of which one is counted already.
    if (count > 0) asking->requests += (int64_t)count - 1;
}

// Waits for one answer and takes in what it says.
static void take_answer(struct asking *asking) {
    rd_kafka_event_t *event = NULL;
    while (!event) event = rd_kafka_queue_poll(asking->queue, 200);
    if (rd_kafka_event_error(event)) {
        asking->failures++;
    } else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_LISTCONSUMERGROUPS_RESULT) {
        read_listing(asking, event);
    } else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT) {
        read_commits(asking, event);
    } else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DESCRIBECONSUMERGROUPS_RESULT) {
        read_descriptions(asking, event);
    }
    rd_kafka_event_destroy(event);
}

static void list_groups(struct asking *asking) {
    forget_groups(asking);
    for (int i = 0; i < asking->broker_count; i++) {
        int32_t broker = asking->brokers[i];
        rd_kafka_AdminOptions_t *options =
            options_for(asking, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, broker, (void *)(intptr_t)broker);
        rd_kafka_ListConsumerGroups(asking->client, options, asking->queue);
        rd_kafka_AdminOptions_destroy(options);
    }
    for (int i = 0; i < asking->broker_count; i++) take_answer(asking);
}

// Sends descriptions of a broker's groups, some in a call; returns how many calls are under way.
static int describe_groups(struct asking *asking, int32_t broker) {
    const char *names[describe_size];
    int count = 0, calls = 0;
    for (int i = 0; i <= asking->group_count; i++) {
        int is_last = i == asking->group_count;
        if (!is_last && asking->groups[i].broker == broker
            && (asking->groups[i].has_members || !asking->has_described)) {
            names[count++] = asking->groups[i].name;
        }
        if (count == describe_size || (is_last && count > 0)) {
            rd_kafka_AdminOptions_t *options =
                options_for(asking, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, broker, NULL);
            rd_kafka_DescribeConsumerGroups(asking->client, names, (size_t)count, options, asking->queue);
            rd_kafka_AdminOptions_destroy(options);
            calls++;
            count = 0;
        }
    }
    return calls;
}

static void ask_for_commits(struct asking *asking, const struct group *group) {
    rd_kafka_AdminOptions_t *options =
        options_for(asking, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, group->broker, NULL);
    rd_kafka_ListConsumerGroupOffsets_t *request = rd_kafka_ListConsumerGroupOffsets_new(group->name, NULL);
    rd_kafka_ListConsumerGroupOffsets(asking->client, &request, 1, options, asking->queue);
    rd_kafka_ListConsumerGroupOffsets_destroy(request);
    rd_kafka_AdminOptions_destroy(options);
}

static void read_groups(struct asking *asking) {
    int outstanding = 0;
    for (int i = 0; i < asking->broker_count; i++) outstanding += describe_groups(asking, asking->brokers[i]);
    asking->has_described = 1;
    int limit = in_flight_max * asking->broker_count;
    for (int i = 0; i < asking->group_count; i++) {
        while (outstanding >= limit) {
            take_answer(asking);
            outstanding--;
        }
        ask_for_commits(asking, &asking->groups[i]);
        outstanding++;
    }
    for (; outstanding > 0; outstanding--) take_answer(asking);
}

static void learn_brokers(struct asking *asking) {
    for (int i = 0; i < asking->table.partition_count; i++) {
        int32_t leader = asking->table.leaders[i];
        int known = leader < 0 || asking->broker_count == brokers_max;
        for (int b = 0; b < asking->broker_count; b++) known |= asking->brokers[b] == leader;
        if (!known) asking->brokers[asking->broker_count++] = leader;
    }
}

struct findings asking_perform_round(struct asking *asking) {
    asking->requests = asking->failures = 0;
    if (!asking->table.topics) {
        table_read(&asking->table, asking->client, metadata_timeout_ms);
        learn_brokers(asking);
        asking->requests++;
    }
    table_begin_round(&asking->table);
    list_groups(asking);
    read_groups(asking);
    struct sweep_outcome swept = sweep(asking, asking->look_ups);
    asking->look_ups = 0;
    asking->requests += swept.requests;
    asking->failures += swept.failures;
    struct findings sum = table_sum(&asking->table);
    sum.groups = asking->group_count;
    return sum;
}
