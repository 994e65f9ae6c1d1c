import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.resource.*;
import org.apache.kafka.common.serialization.*;

/** Consumer groups as an administrator sees and changes them. */
@SuppressWarnings({"deprecation", "removal"})
class Groups {
    static void register(Map<String, Stage.Command> all) {
        all.put("commitOffsets", request -> {
            Stage.admin.alterConsumerGroupOffsets(request.path("group").asText(),
                Stage.offsets(request.path("offsets"))).all().get();
            return true;
        });
        all.put("committed", request -> {
            Map<TopicPartition, Long> values = new HashMap<>();
            Stage.admin.listConsumerGroupOffsets(request.path("group").asText())
                .partitionsToOffsetAndMetadata().get()
                .forEach((partition, offset) -> {
                    if (offset != null) values.put(partition, offset.offset());
                });
            return Stage.rows(values);
        });
        all.put("commitManyGroups", Groups::commitMany);
        all.put("deleteGroups", request -> {
            Stage.admin.deleteConsumerGroups(Stage.words(request.path("groups"))).all().get();
            return true;
        });
        all.put("deleteOffsets", request -> {
            Set<TopicPartition> partitions = new HashSet<>();
            request.path("partitions").forEach(row -> partitions.add(Stage.partition(row)));
            Stage.admin.deleteConsumerGroupOffsets(request.path("group").asText(), partitions).all().get();
            return true;
        });
        all.put("listGroups", request -> {
            List<Map<String, Object>> rows = new ArrayList<>();
            for (ConsumerGroupListing each : Stage.admin.listConsumerGroups().all().get())
                rows.add(Map.of("group", each.groupId(), "simple", each.isSimpleConsumerGroup(),
                    "state", Stage.text(Stage.call(each, "groupState", "state")),
                    "type", Stage.text(Stage.call(each, "type"))));
            return rows;
        });
        all.put("listGroupsOfAllTypes", request -> {
            Map<String, String> types = new TreeMap<>();
            Object listing = Stage.call(Stage.admin, "listGroups");
            if (listing == null) throw new UnsupportedOperationException("Kafka 4.1 is needed");
            for (Object each : (Collection<?>) ((KafkaFuture<?>) Stage.call(listing, "all")).get())
                types.put((String) Stage.call(each, "groupId"), Stage.text(Stage.call(each, "type")));
            return types;
        });
        all.put("describeGroup", Groups::describe);
    }

    static Object describe(JsonNode request) throws Exception {
        String group = request.path("group").asText();
        ConsumerGroupDescription found =
            Stage.admin.describeConsumerGroups(List.of(group)).all().get().get(group);
        List<Map<String, Object>> members = new ArrayList<>();
        for (MemberDescription each : found.members()) {
            Map<String, Object> member = new HashMap<>();
            member.put("memberID", each.consumerId());
            member.put("clientID", each.clientId());
            member.put("host", each.host());
            each.groupInstanceId().ifPresent(value -> member.put("instanceID", value));
            member.put("assignment", Stage.partitions(each.assignment().topicPartitions()));
            members.add(member);
        }
        return Map.of("group", group, "members", members, "assignor", found.partitionAssignor(),
            "state", Stage.text(Stage.call(found, "groupState", "state")),
            "type", Stage.text(Stage.call(found, "type")), "epoch", epoch(found),
            "coordinator", found.coordinator() == null ? -1 : found.coordinator().id());
    }

    /** Epoch of a KIP-848 group where this version of Kafka tells it; otherwise -1. */
    static int epoch(ConsumerGroupDescription group) throws Exception {
        Object value = Stage.call(group, "groupEpoch");
        return value instanceof Optional<?> epoch && epoch.isPresent() ? (Integer) epoch.get() : -1;
    }

    /**
     * Commits for "count" groups, named with "prefix" and a number from "first" on, the same offset on the
     * partitions 0 to "partitions" of one topic, with many requests under way.
     */
    static Object commitMany(JsonNode request) throws Exception {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (int i = 0; i < request.path("partitions").asInt(); i++)
            offsets.put(new TopicPartition(request.path("topic").asText(), i),
                new OffsetAndMetadata(request.path("offset").asLong()));
        Semaphore free = new Semaphore(64);
        Map<String, Throwable> failures = new ConcurrentHashMap<>();
        int first = request.path("first").asInt(0);
        List<Admin> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) clients.add(Admin.create(Stage.client(request, Map.of())));
            for (int i = first; i < first + request.path("count").asInt(); i++) {
                String group = request.path("prefix").asText() + i;
                free.acquire();
                clients.get(i % clients.size()).alterConsumerGroupOffsets(group, offsets).all()
                    .whenComplete((nothing, failure) -> {
                        if (failure != null) failures.put(group, failure);
                        free.release();
                    });
            }
            free.acquire(64);
        } finally {
            for (Admin each : clients) each.close();
        }
        if (!failures.isEmpty()) throw new IllegalStateException("not committed: " + failures);
        return true;
    }
}
