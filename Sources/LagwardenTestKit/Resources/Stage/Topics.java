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

/** Topics, partitions, their leaders and their offsets. */
class Topics {
    static void register(Map<String, Stage.Command> all) {
        all.put("createTopic", Topics::create);
        all.put("deleteTopic", request -> {
            Stage.admin.deleteTopics(List.of(request.path("topic").asText())).all().get();
            return true;
        });
        all.put("addPartitions", request -> {
            Stage.admin.createPartitions(Map.of(request.path("topic").asText(),
                NewPartitions.increaseTo(request.path("partitions").asInt()))).all().get();
            return true;
        });
        all.put("deleteRecords", request -> Stage.admin.deleteRecords(Map.of(Stage.partition(request),
            RecordsToDelete.beforeOffset(request.path("before").asLong())))
            .lowWatermarks().get(Stage.partition(request)).get().lowWatermark());
        all.put("offsets", Topics::offsets);
        all.put("describeTopic", Topics::describe);
        all.put("listTopics", request -> new TreeSet<>(
            Stage.admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get()));
        all.put("cluster", request -> {
            DescribeClusterResult result = Stage.admin.describeCluster();
            List<Integer> brokers = new ArrayList<>();
            for (Node node : result.nodes().get()) brokers.add(node.id());
            Collections.sort(brokers);
            return Map.of("id", result.clusterId().get(), "brokers", brokers);
        });
        all.put("connect", request -> {
            Map<String, Object> properties = new HashMap<>(Stage.strings(request.path("properties")));
            properties.put("bootstrap.servers", request.path("bootstrap").asText());
            properties.put("default.api.timeout.ms", "10000");
            properties.put("request.timeout.ms", "5000");
            try (Admin other = Admin.create(properties)) {
                List<String> topics = new ArrayList<>(other.listTopics().names().get());
                Collections.sort(topics);
                return topics;
            }
        });
        all.put("moveLeader", request ->
            moveLeader(Stage.partition(request), request.path("broker").asInt()));
        all.put("moveCoordinator", request -> {
            TopicPartition home = OffsetsTopic.partition(request.path("group").asText());
            moveLeader(home, request.path("broker").asInt());
            return home.partition();
        });
    }

    static Object create(JsonNode request) throws Exception {
        String name = request.path("topic").asText();
        NewTopic topic;
        if (request.path("replicas").size() > 0) {
            Map<Integer, List<Integer>> replicas = new HashMap<>();
            int partition = 0;
            for (JsonNode brokers : request.path("replicas")) {
                List<Integer> list = new ArrayList<>();
                brokers.forEach(broker -> list.add(broker.asInt()));
                replicas.put(partition++, list);
            }
            topic = new NewTopic(name, replicas);
        } else {
            topic = new NewTopic(name, Optional.of(request.path("partitions").asInt(1)),
                Optional.of((short) request.path("replicationFactor").asInt(1)));
        }
        topic.configs(Stage.strings(request.path("configs")));
        Stage.admin.createTopics(List.of(topic)).all().get();
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (System.nanoTime() < deadline) {
            try {
                Stage.admin.listOffsets(ends(name, OffsetSpec.latest())).all().get();
                return true;
            } catch (ExecutionException notYet) {
                Thread.sleep(50);
            }
        }
        throw new IllegalStateException("topic " + name + " has no leaders");
    }

    static Map<TopicPartition, OffsetSpec> ends(String topic, OffsetSpec spec) throws Exception {
        Map<TopicPartition, OffsetSpec> query = new HashMap<>();
        for (TopicPartitionInfo each : partitions(topic))
            query.put(new TopicPartition(topic, each.partition()), spec);
        return query;
    }

    static Object offsets(JsonNode request) throws Exception {
        String kind = request.path("kind").asText();
        boolean stable = kind.equals("stable");
        OffsetSpec spec = kind.equals("start") ? OffsetSpec.earliest() : OffsetSpec.latest();
        ListOffsetsResult result = Stage.admin.listOffsets(ends(request.path("topic").asText(), spec),
            new ListOffsetsOptions(stable ? IsolationLevel.READ_COMMITTED : IsolationLevel.READ_UNCOMMITTED));
        Map<TopicPartition, Long> values = new HashMap<>();
        result.all().get().forEach((partition, info) -> values.put(partition, info.offset()));
        return Stage.rows(values);
    }

    static Object describe(JsonNode request) throws Exception {
        String topic = request.path("topic").asText();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (TopicPartitionInfo each : partitions(topic))
            rows.add(Map.of("partition", each.partition(),
                "leader", each.leader() == null ? -1 : each.leader().id(),
                "replicas", ids(each.replicas()), "inSync", ids(each.isr())));
        return rows;
    }

    static List<Integer> ids(List<Node> nodes) {
        List<Integer> list = new ArrayList<>();
        for (Node node : nodes) list.add(node.id());
        return list;
    }

    /** Puts the broker first among the replicas, waits for it to be in sync, and elects it. */
    static Object moveLeader(TopicPartition partition, int broker) throws Exception {
        List<Integer> replicas = ids(find(partition).replicas());
        List<Integer> wanted = new ArrayList<>(replicas);
        if (!wanted.remove(Integer.valueOf(broker))) wanted.remove(wanted.size() - 1);
        wanted.add(0, broker);
        Stage.admin.alterPartitionReassignments(
            Map.of(partition, Optional.of(new NewPartitionReassignment(wanted)))).all().get();
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (System.nanoTime() < deadline) {
            TopicPartitionInfo now = find(partition);
            if (now.leader() != null && now.leader().id() == broker) return true;
            if (ids(now.isr()).contains(broker))
                try {
                    Stage.admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).all().get();
                } catch (ExecutionException notYet) {
                    Thread.sleep(50);
                }
            Thread.sleep(50);
        }
        throw new IllegalStateException("broker " + broker + " does not become leader of " + partition);
    }

    static List<TopicPartitionInfo> partitions(String topic) throws Exception {
        return Stage.admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions();
    }

    static TopicPartitionInfo find(TopicPartition partition) throws Exception {
        return partitions(partition.topic()).get(partition.partition());
    }
}
