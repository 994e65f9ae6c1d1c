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
        all.put("deleteGroup", request -> {
            Stage.admin.deleteConsumerGroups(List.of(request.path("group").asText())).all().get();
            return true;
        });
        all.put("deleteOffsets", request -> {
            Stage.admin.deleteConsumerGroupOffsets(request.path("group").asText(),
                Set.of(Stage.partition(request))).all().get();
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
            "type", Stage.text(Stage.call(found, "type")),
            "coordinator", found.coordinator() == null ? -1 : found.coordinator().id());
    }
}
