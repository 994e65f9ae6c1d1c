import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** One consumer of a share group, which Kafka has from 4.1 on, on a thread of its own. */
class ShareMember {
    static final Map<String, Thread> THREADS = new ConcurrentHashMap<>();

    static void register(Map<String, Stage.Command> all) {
        all.put("startShareMember", request -> {
            Map<String, Object> settings = Map.of(
                "key.deserializer", ByteArrayDeserializer.class.getName(),
                "value.deserializer", ByteArrayDeserializer.class.getName(),
                "group.id", request.path("group").asText());
            AutoCloseable consumer = (AutoCloseable) Class.forName(
                "org.apache.kafka.clients.consumer.KafkaShareConsumer").getConstructor(Map.class)
                .newInstance(Stage.client(request, settings));
            consumer.getClass().getMethod("subscribe", Collection.class)
                .invoke(consumer, Stage.words(request.path("topics")));
            Thread thread = Stage.daemon(() -> run(consumer));
            THREADS.put(request.path("member").asText(), thread);
            thread.start();
            return true;
        });
        all.put("closeShareMember", request -> {
            Thread thread = THREADS.remove(request.path("member").asText());
            if (thread == null) throw new IllegalArgumentException("no such member");
            thread.interrupt();
            thread.join(20_000);
            return true;
        });
    }

    static void run(AutoCloseable consumer) {
        try {
            while (!Thread.currentThread().isInterrupted())
                consumer.getClass().getMethod("poll", Duration.class)
                    .invoke(consumer, Duration.ofMillis(100));
        } catch (Exception interrupted) {
            Thread.interrupted();
        } finally {
            try {
                Thread.interrupted();
                consumer.close();
            } catch (Exception closed) {
                System.err.println("share member: " + closed);
            }
        }
    }
}
