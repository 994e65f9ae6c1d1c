import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.coordinator.group.generated.*;

/** `__consumer_offsets` as Kafka's own classes read it. */
class OffsetsTopic {
    static final String NAME = "__consumer_offsets";

    static void register(Map<String, Stage.Command> all) {
        all.put("recordedGenerations", OffsetsTopic::generations);
        all.put("readThrough", OffsetsTopic::readThrough);
        all.put("offsetsPartition", request -> partition(request.path("group").asText()).partition());
    }

    static TopicPartition partition(String group) throws Exception {
        int hash = group.hashCode();
        int number = (hash == Integer.MIN_VALUE ? 0 : Math.abs(hash)) % Topics.partitions(NAME).size();
        return new TopicPartition(NAME, number);
    }

    static KafkaConsumer<byte[], byte[]> consumer(JsonNode request, String isolation) {
        return new KafkaConsumer<>(Stage.client(request, Map.of(
            "key.deserializer", ByteArrayDeserializer.class.getName(),
            "value.deserializer", ByteArrayDeserializer.class.getName(),
            "max.poll.records", "10000", "isolation.level", isolation)));
    }

    /** Every record about the group as a whole, in order: {"epoch" or "generation", members or not, ...}. */
    static Object generations(JsonNode request) throws Exception {
        String group = request.path("group").asText();
        TopicPartition partition = partition(group);
        List<Map<String, Object>> rows = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(request, "read_uncommitted")) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end)
                for (ConsumerRecord<byte[], byte[]> each : consumer.poll(Duration.ofMillis(200))) {
                    Map<String, Object> row = row(group, each);
                    if (row != null) rows.add(row);
                }
        }
        return rows;
    }

    static Map<String, Object> row(String group, ConsumerRecord<byte[], byte[]> record) throws Exception {
        ByteBuffer key = ByteBuffer.wrap(record.key());
        short type = key.getShort();
        if (type == 2) {
            GroupMetadataKey found = new GroupMetadataKey();
            read(found, key, found.lowestSupportedVersion());
            if (!found.group().equals(group)) return null;
            if (record.value() == null) return Map.of("kind", "classic", "generation", -1, "members", 0);
            GroupMetadataValue value = new GroupMetadataValue();
            ByteBuffer bytes = ByteBuffer.wrap(record.value());
            read(value, bytes, bytes.getShort());
            return Map.of("kind", "classic", "generation", value.generation(),
                "members", value.members().size());
        }
        if (type == 3) {
            ConsumerGroupMetadataKey found = new ConsumerGroupMetadataKey();
            read(found, key, found.lowestSupportedVersion());
            if (!found.groupId().equals(group)) return null;
            if (record.value() == null) return Map.of("kind", "consumer", "generation", -1, "members", 0);
            ConsumerGroupMetadataValue value = new ConsumerGroupMetadataValue();
            ByteBuffer bytes = ByteBuffer.wrap(record.value());
            read(value, bytes, bytes.getShort());
            return Map.of("kind", "consumer", "generation", value.epoch(), "members", -1);
        }
        return null;
    }

    static void read(ApiMessage message, ByteBuffer bytes, short version) {
        message.read(new ByteBufferAccessor(bytes), version);
    }

    /** Reads all partitions from the beginning to where they end now, and tells how long that took. */
    static Object readThrough(JsonNode request) throws Exception {
        long start = System.nanoTime();
        long records = 0;
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(request, "read_committed")) {
            List<TopicPartition> all = new ArrayList<>();
            for (PartitionInfo each : consumer.partitionsFor(NAME))
                all.add(new TopicPartition(NAME, each.partition()));
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            Set<TopicPartition> open = new HashSet<>(all);
            while (true) {
                for (Iterator<TopicPartition> each = open.iterator(); each.hasNext(); ) {
                    TopicPartition next = each.next();
                    if (consumer.position(next) >= ends.get(next)) each.remove();
                }
                if (open.isEmpty()) break;
                records += consumer.poll(Duration.ofMillis(100)).count();
            }
        }
        return Map.of("records", records, "milliseconds", (System.nanoTime() - start) / 1_000_000L);
    }
}
