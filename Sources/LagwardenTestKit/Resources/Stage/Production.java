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

/** Records, plain and in transactions. */
@SuppressWarnings({"deprecation", "removal"})
class Production {
    static void register(Map<String, Stage.Command> all) {
        all.put("produce", request -> send(plain(), request));
        all.put("beginTransaction", Production::begin);
        all.put("produceInTransaction", request -> send(open(request), request));
        all.put("commitTransaction", request -> { open(request).commitTransaction(); return true; });
        all.put("abortTransaction", request -> { open(request).abortTransaction(); return true; });
        all.put("abandonTransaction", request -> {
            open(request).close(Duration.ZERO);
            Stage.TRANSACTIONS.remove(request.path("transaction").asText());
            return true;
        });
        all.put("fenceTransaction", request -> {
            try (KafkaProducer<byte[], byte[]> newer = transactional(request)) {
                newer.initTransactions();
            }
            return true;
        });
        all.put("sendOffsets", request -> {
            open(request).sendOffsetsToTransaction(Stage.offsets(request.path("offsets")),
                new ConsumerGroupMetadata(request.path("group").asText()));
            return true;
        });
    }

    static Map<String, Object> settings() {
        return Map.of("key.serializer", ByteArraySerializer.class.getName(),
            "value.serializer", ByteArraySerializer.class.getName(),
            "linger.ms", "5", "buffer.memory", "16777216");
    }

    static synchronized KafkaProducer<byte[], byte[]> plain() {
        if (Stage.producer == null) {
            Map<String, Object> properties = new HashMap<>(Stage.CLIENT);
            properties.putAll(settings());
            Stage.producer = new KafkaProducer<>(properties);
        }
        return Stage.producer;
    }

    static Object begin(JsonNode request) {
        String id = request.path("transaction").asText();
        KafkaProducer<byte[], byte[]> producer = Stage.TRANSACTIONS.computeIfAbsent(id, key -> {
            KafkaProducer<byte[], byte[]> created = transactional(request);
            created.initTransactions();
            return created;
        });
        producer.beginTransaction();
        return true;
    }

    /** A producer with the request's transactional id, which has not said so to the coordinator yet. */
    static KafkaProducer<byte[], byte[]> transactional(JsonNode request) {
        Map<String, Object> properties = Stage.client(request, settings());
        properties.put("transactional.id", request.path("transaction").asText());
        properties.put("transaction.timeout.ms", request.path("timeoutMilliseconds").asInt(60_000));
        return new KafkaProducer<>(properties);
    }

    static KafkaProducer<byte[], byte[]> open(JsonNode request) {
        KafkaProducer<byte[], byte[]> producer = Stage.TRANSACTIONS.get(request.path("transaction").asText());
        if (producer == null) throw new IllegalArgumentException("no such transaction");
        return producer;
    }

    /** Sends records and answers the last one's offset. */
    static Object send(KafkaProducer<byte[], byte[]> producer, JsonNode request) throws Exception {
        TopicPartition target = Stage.partition(request);
        Long start = request.hasNonNull("timestamp") ? request.path("timestamp").asLong() : null;
        long step = request.path("step").asLong(0);
        byte[] key = null;
        if (request.hasNonNull("key")) key = request.path("key").asText().getBytes(StandardCharsets.UTF_8);
        byte[] value = new byte[request.path("size").asInt(10)];
        Arrays.fill(value, (byte) 'x');
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < request.path("count").asInt(1); i++)
            sent.add(producer.send(new ProducerRecord<>(target.topic(), target.partition(),
                start == null ? null : start + i * step, key, value)));
        producer.flush();
        long last = -1;
        for (Future<RecordMetadata> each : sent) last = each.get().offset();
        return last;
    }
}
