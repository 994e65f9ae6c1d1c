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

/**
 * Plays the other side in tests: producers, consumers and administrators with Kafka's own client library.
 *
 * <p>Reads one JSON object a line from standard input ({"id", "op", ...}) and answers each with one line
 * ({"id", "result"} or {"id", "error"}), not necessarily in order. Arguments: bootstrap list, then client
 * properties as key=value. Ends when standard input ends.
 */
@SuppressWarnings({"deprecation", "removal"})
public class Stage {
    static final ObjectMapper JSON = new ObjectMapper();
    static final PrintStream REPLIES = System.out;
    static final Map<String, Object> CLIENT = new HashMap<>();
    static final Map<String, Member> MEMBERS = new ConcurrentHashMap<>();
    static final Map<String, KafkaProducer<byte[], byte[]>> TRANSACTIONS = new ConcurrentHashMap<>();
    static Admin admin;
    static KafkaProducer<byte[], byte[]> producer;

    interface Command { Object run(JsonNode request) throws Exception; }

    public static void main(String[] arguments) throws Exception {
        System.setOut(System.err);
        CLIENT.put("bootstrap.servers", arguments[0]);
        for (int i = 1; i < arguments.length; i++) {
            String[] parts = arguments[i].split("=", 2);
            CLIENT.put(parts[0], parts[1]);
        }
        org.apache.kafka.common.utils.Exit.setExitProcedure((code, message) -> {
            throw new IllegalStateException("exit " + code + (message == null ? "" : ": " + message));
        });
        Map<String, Object> properties = new HashMap<>(CLIENT);
        properties.putIfAbsent("request.timeout.ms", "10000");
        properties.putIfAbsent("default.api.timeout.ms", "20000");
        admin = Admin.create(properties);
        Map<String, Command> commands = commands();
        ExecutorService pool = Executors.newCachedThreadPool(Stage::daemon);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        reply(JSON.createObjectNode().put("id", 0).put("result", "ready"));
        for (String line; (line = input.readLine()) != null; ) {
            String text = line;
            pool.execute(() -> answer(commands, text));
        }
        Runtime.getRuntime().halt(0);
    }

    static Thread daemon(Runnable body) {
        Thread thread = new Thread(body);
        thread.setDaemon(true);
        return thread;
    }

    static void answer(Map<String, Command> commands, String line) {
        ObjectNode reply = JSON.createObjectNode();
        try {
            JsonNode request = JSON.readTree(line);
            reply.put("id", request.path("id").asLong());
            Command command = commands.get(request.path("op").asText());
            if (command == null) throw new IllegalArgumentException("unknown op " + request.path("op"));
            reply.set("result", JSON.valueToTree(command.run(request)));
        } catch (Throwable failure) {
            Throwable cause = failure;
            while ((cause instanceof ExecutionException || cause instanceof CompletionException
                || cause instanceof java.lang.reflect.InvocationTargetException) && cause.getCause() != null)
                cause = cause.getCause();
            reply.put("error", cause.getClass().getSimpleName() + ": " + cause.getMessage());
        }
        reply(reply);
    }

    static synchronized void reply(ObjectNode reply) {
        byte[] bytes = (reply + "\n").getBytes(StandardCharsets.UTF_8);
        REPLIES.write(bytes, 0, bytes.length);
        REPLIES.flush();
    }

    static Map<String, Command> commands() {
        Map<String, Command> all = new HashMap<>();
        Topics.register(all);
        Groups.register(all);
        Security.register(all);
        Production.register(all);
        Member.register(all);
        ShareMember.register(all);
        Churn.register(all);
        Workload.register(all);
        OffsetsTopic.register(all);
        Fleet.register(all);
        all.put("tool", Stage::tool);
        return all;
    }

    /** Runs ConsumerGroupCommand in this process and answers what it printed. */
    static synchronized Object tool(JsonNode request) throws Exception {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("--bootstrap-server", (String) CLIENT.get("bootstrap.servers")));
        request.path("arguments").forEach(word -> arguments.add(word.asText()));
        File properties = File.createTempFile("stage", ".properties");
        try (Writer writer = new FileWriter(properties)) {
            Properties lines = new Properties();
            CLIENT.forEach((key, value) -> lines.put(key, value));
            lines.store(writer, null);
        }
        arguments.addAll(List.of("--command-config", properties.getPath()));
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
        try {
            org.apache.kafka.tools.consumer.group.ConsumerGroupCommand.main(arguments.toArray(new String[0]));
        } catch (IllegalStateException exit) {
            String said = output.toString(StandardCharsets.UTF_8);
            if (!String.valueOf(exit.getMessage()).startsWith("exit 0"))
                throw new IllegalStateException(exit.getMessage() + "\n" + said);
        } finally {
            System.setOut(before);
            properties.delete();
        }
        return output.toString(StandardCharsets.UTF_8);
    }

    static Map<String, String> strings(JsonNode object) {
        Map<String, String> values = new HashMap<>();
        object.fields().forEachRemaining(field -> values.put(field.getKey(), field.getValue().asText()));
        return values;
    }

    static List<String> words(JsonNode array) {
        List<String> values = new ArrayList<>();
        array.forEach(value -> values.add(value.asText()));
        return values;
    }

    static TopicPartition partition(JsonNode request) {
        return new TopicPartition(request.path("topic").asText(), request.path("partition").asInt());
    }

    /** Rows of {"topic", "partition", "offset"} as Kafka wants them. */
    static Map<TopicPartition, OffsetAndMetadata> offsets(JsonNode rows) {
        Map<TopicPartition, OffsetAndMetadata> values = new HashMap<>();
        rows.forEach(row -> values.put(partition(row),
            new OffsetAndMetadata(row.path("offset").asLong(), row.path("metadata").asText(""))));
        return values;
    }

    static List<Map<String, Object>> rows(Map<TopicPartition, Long> offsets) {
        List<Map<String, Object>> rows = new ArrayList<>();
        offsets.forEach((partition, offset) -> rows.add(Map.of(
            "topic", partition.topic(), "partition", partition.partition(), "offset", offset)));
        return rows;
    }

    static List<Map<String, Object>> partitions(Collection<TopicPartition> partitions) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (TopicPartition each : partitions)
            rows.add(Map.of("topic", each.topic(), "partition", each.partition()));
        return rows;
    }

    /** Calls the first of these methods that this version of the library has. */
    static Object call(Object subject, String... names) throws Exception {
        for (String name : names)
            try {
                return subject.getClass().getMethod(name).invoke(subject);
            } catch (NoSuchMethodException next) {
                continue;
            }
        return null;
    }

    static String text(Object value) {
        if (value instanceof Optional<?> optional) value = optional.orElse(null);
        return value == null ? "" : value.toString();
    }

    static Map<String, Object> client(JsonNode request, Map<String, ?> extra) {
        Map<String, Object> properties = new HashMap<>(CLIENT);
        properties.putAll(extra);
        properties.putAll(strings(request.path("properties")));
        return properties;
    }
}
