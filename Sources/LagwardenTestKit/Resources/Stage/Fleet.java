import com.fasterxml.jackson.databind.JsonNode;
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.serialization.*;

/** Many topics, records and groups at once: what a large cluster is made of. */
class Fleet {
    static void register(Map<String, Stage.Command> all) {
        all.put("createFleet", Fleet::create);
        all.put("fillFleet", Fleet::fill);
        all.put("commitFleet", Fleet::commit);
    }

    static String topic(JsonNode request, int number) { return request.path("topicPrefix").asText() + number; }

    /** Creates "topics" topics of "partitions" partitions, some at a time, and waits for their leaders. */
    static Object create(JsonNode request) throws Exception {
        int topics = request.path("topics").asInt(), partitions = request.path("partitions").asInt();
        int step = Math.max(1, 1000 / partitions);
        for (int first = 0; first < topics; first += step) {
            List<NewTopic> batch = new ArrayList<>();
            for (int i = first; i < Math.min(topics, first + step); i++)
                batch.add(new NewTopic(topic(request, i), partitions, (short) 1));
            Stage.admin.createTopics(batch, new CreateTopicsOptions().timeoutMs(120_000)).all()
                .get(120, TimeUnit.SECONDS);
            for (NewTopic each : batch) awaitLeaders(each.name(), partitions);
        }
        return true;
    }

    static void awaitLeaders(String name, int partitions) throws Exception {
        Map<TopicPartition, OffsetSpec> query = new HashMap<>();
        for (int i = 0; i < partitions; i++) query.put(new TopicPartition(name, i), OffsetSpec.latest());
        long deadline = System.nanoTime() + 180_000_000_000L;
        while (true) {
            try {
                Stage.admin.listOffsets(query).all().get();
                return;
            } catch (ExecutionException notYet) {
                if (System.nanoTime() > deadline) throw notYet;
                Thread.sleep(50);
            }
        }
    }

    /** Appends "records" small records to every partition; returns how many that were. */
    static Object fill(JsonNode request) throws Exception {
        Map<String, Object> properties = Stage.client(request, Map.of(
            "key.serializer", ByteArraySerializer.class.getName(),
            "value.serializer", ByteArraySerializer.class.getName(),
            "linger.ms", "100", "batch.size", "512", "buffer.memory", "33554432",
            "max.in.flight.requests.per.connection", "5", "delivery.timeout.ms", "300000"));
        Map<String, Throwable> failures = new ConcurrentHashMap<>();
        int topics = request.path("topics").asInt(), partitions = request.path("partitions").asInt();
        int records = request.path("records").asInt();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties)) {
            for (int i = 0; i < topics; i++)
                for (int partition = 0; partition < partitions; partition++)
                    for (int n = 0; n < records; n++)
                        producer.send(new ProducerRecord<>(topic(request, i), partition, null, new byte[10]),
                            (metadata, failure) -> {
                                if (failure != null) failures.put("a record", failure);
                            });
        }
        if (!failures.isEmpty()) throw new IllegalStateException("not produced: " + failures);
        return (long) topics * partitions * records;
    }

    /**
     * Commits for "groups" groups, each on all partitions of "topicsPerGroup" topics: group g takes those from
     * number g * topicsPerGroup on, around the end, and stands at (g + partition) % (records + 1).
     */
    static Object commit(JsonNode request) throws Exception {
        int groups = request.path("groups").asInt(), topics = request.path("topics").asInt();
        int partitions = request.path("partitions").asInt(), each = request.path("topicsPerGroup").asInt();
        int records = request.path("records").asInt();
        Semaphore free = new Semaphore(16);
        Map<String, Throwable> failures = new ConcurrentHashMap<>();
        for (int g = 0; g < groups; g++) {
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            for (int t = 0; t < each; t++)
                for (int partition = 0; partition < partitions; partition++)
                    offsets.put(new TopicPartition(topic(request, (g * each + t) % topics), partition),
                        new OffsetAndMetadata((g + partition) % (records + 1)));
            String group = request.path("groupPrefix").asText() + g;
            free.acquire();
            Stage.admin.alterConsumerGroupOffsets(group, offsets,
                new AlterConsumerGroupOffsetsOptions().timeoutMs(60_000)).all()
                .whenComplete((nothing, failure) -> {
                    if (failure != null) failures.put(group, failure);
                    free.release();
                });
        }
        free.acquire(16);
        if (!failures.isEmpty()) throw new IllegalStateException("not committed: " + failures);
        return (long) groups * each * partitions;
    }
}
