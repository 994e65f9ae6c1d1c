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
        all.put("tool", Stage::tool);
        return all;
    }

    /** Runs ConsumerGroupCommand in this process and answers what it printed. */
    static synchronized Object tool(JsonNode request) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("--bootstrap-server", (String) CLIENT.get("bootstrap.servers")));
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
            if (!String.valueOf(exit.getMessage()).startsWith("exit 0")) throw new IllegalStateException(exit.getMessage() + "\n" + output.toString(StandardCharsets.UTF_8));
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
        for (TopicPartition each : partitions) rows.add(Map.of("topic", each.topic(), "partition", each.partition()));
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
        all.put("cluster", request -> {
            DescribeClusterResult result = Stage.admin.describeCluster();
            List<Integer> brokers = new ArrayList<>();
            for (Node node : result.nodes().get()) brokers.add(node.id());
            Collections.sort(brokers);
            return Map.of("id", result.clusterId().get(), "brokers", brokers);
        });
        all.put("moveLeader", request -> moveLeader(Stage.partition(request), request.path("broker").asInt()));
        all.put("moveCoordinator", request -> {
            int count = Stage.admin.describeTopics(List.of("__consumer_offsets")).allTopicNames().get()
                .get("__consumer_offsets").partitions().size();
            int number = (request.path("group").asText().hashCode() & 0x7fffffff) % count;
            moveLeader(new TopicPartition("__consumer_offsets", number), request.path("broker").asInt());
            return number;
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
                Stage.admin.listOffsets(ends(name, OffsetSpec.latest()), new ListOffsetsOptions()).all().get();
                return true;
            } catch (ExecutionException notYet) {
                Thread.sleep(50);
            }
        }
        throw new IllegalStateException("topic " + name + " has no leaders");
    }

    static Map<TopicPartition, OffsetSpec> ends(String topic, OffsetSpec spec) throws Exception {
        Map<TopicPartition, OffsetSpec> query = new HashMap<>();
        for (TopicPartitionInfo each : Stage.admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions())
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
        for (TopicPartitionInfo each : Stage.admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions())
            rows.add(Map.of("partition", each.partition(), "leader", each.leader() == null ? -1 : each.leader().id(),
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

    static TopicPartitionInfo find(TopicPartition partition) throws Exception {
        return Stage.admin.describeTopics(List.of(partition.topic())).allTopicNames().get()
            .get(partition.topic()).partitions().get(partition.partition());
    }
}

/** Consumer groups as an administrator sees and changes them. */
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
                .forEach((partition, offset) -> { if (offset != null) values.put(partition, offset.offset()); });
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
        all.put("describeGroup", Groups::describe);
    }

    static Object describe(JsonNode request) throws Exception {
        String group = request.path("group").asText();
        ConsumerGroupDescription found = Stage.admin.describeConsumerGroups(List.of(group)).all().get().get(group);
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

/** ACLs and SCRAM users. */
class Security {
    static void register(Map<String, Stage.Command> all) {
        all.put("createACL", request -> {
            Stage.admin.createAcls(List.of(new AclBinding(pattern(request), entry(request)))).all().get();
            return true;
        });
        all.put("deleteACL", request -> Stage.admin.deleteAcls(List.of(
            new AclBinding(pattern(request), entry(request)).toFilter())).all().get().size());
        all.put("createUser", request -> {
            UserScramCredentialUpsertion change = new UserScramCredentialUpsertion(request.path("user").asText(),
                new ScramCredentialInfo(ScramMechanism.fromMechanismName(request.path("mechanism").asText()), 4096),
                request.path("password").asText());
            Stage.admin.alterUserScramCredentials(List.of(change)).all().get();
            return true;
        });
    }

    static ResourcePattern pattern(JsonNode request) {
        return new ResourcePattern(ResourceType.fromString(request.path("resource").asText()),
            request.path("name").asText(),
            request.path("prefixed").asBoolean() ? PatternType.PREFIXED : PatternType.LITERAL);
    }

    static AccessControlEntry entry(JsonNode request) {
        return new AccessControlEntry(request.path("principal").asText(), "*",
            AclOperation.fromString(request.path("operation").asText()),
            request.path("deny").asBoolean() ? AclPermissionType.DENY : AclPermissionType.ALLOW);
    }
}

/** Records, plain and in transactions. */
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
        all.put("sendOffsets", request -> {
            open(request).sendOffsetsToTransaction(Stage.offsets(request.path("offsets")),
                new ConsumerGroupMetadata(request.path("group").asText()));
            return true;
        });
    }

    static Map<String, Object> settings() {
        return Map.of("key.serializer", ByteArraySerializer.class.getName(),
            "value.serializer", ByteArraySerializer.class.getName(), "linger.ms", "5", "buffer.memory", "16777216");
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
            Map<String, Object> properties = Stage.client(request, settings());
            properties.put("transactional.id", id);
            properties.put("transaction.timeout.ms", request.path("timeoutMilliseconds").asInt(60_000));
            KafkaProducer<byte[], byte[]> created = new KafkaProducer<>(properties);
            created.initTransactions();
            return created;
        });
        producer.beginTransaction();
        return true;
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
        byte[] key = request.hasNonNull("key") ? request.path("key").asText().getBytes(StandardCharsets.UTF_8) : null;
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

/** One consumer on a thread of its own, which polls all the time and so keeps its place in the group. */
class Member {
    final KafkaConsumer<byte[], byte[]> consumer;
    final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    final Map<TopicPartition, Long> positions = new ConcurrentHashMap<>();
    final Thread thread;
    volatile Set<TopicPartition> assignment = Set.of();
    volatile String failure = "";
    volatile long consumed = 0;
    /** Records that may still be taken; below zero: no limit. */
    volatile long credit;
    volatile boolean commits;
    volatile boolean ended = false;

    static void register(Map<String, Stage.Command> all) {
        all.put("startMember", request -> {
            Member member = new Member(request);
            if (Stage.MEMBERS.putIfAbsent(request.path("member").asText(), member) != null)
                throw new IllegalArgumentException("there is such a member already");
            member.thread.start();
            return true;
        });
        all.put("memberState", request -> find(request).state());
        all.put("pollMember", request -> find(request).take(request.path("count").asLong(),
            request.path("waitMilliseconds").asLong(10_000)));
        all.put("commitMember", request -> find(request).commit(request));
        all.put("followMember", request -> {
            Member member = find(request);
            member.commits = request.path("commits").asBoolean(true);
            member.credit = -1;
            return true;
        });
        all.put("pauseMember", request -> { find(request).credit = 0; return true; });
        all.put("closeMember", request -> { end(request, true); return true; });
        all.put("killMember", request -> { end(request, false); return true; });
    }

    static Member find(JsonNode request) {
        Member member = Stage.MEMBERS.get(request.path("member").asText());
        if (member == null) throw new IllegalArgumentException("no such member");
        return member;
    }

    static void end(JsonNode request, boolean leave) throws Exception {
        Member member = find(request);
        Stage.MEMBERS.remove(request.path("member").asText());
        member.onThread(() -> { member.close(leave); return true; });
        member.thread.join(20_000);
    }

    Member(JsonNode request) {
        Map<String, Object> settings = new HashMap<>(Map.of(
            "key.deserializer", ByteArrayDeserializer.class.getName(),
            "value.deserializer", ByteArrayDeserializer.class.getName(),
            "group.id", request.path("group").asText(), "client.id", request.path("member").asText(),
            "auto.offset.reset", "earliest", "max.poll.records", request.path("recordsPerPoll").asText("500"),
            "enable.auto.commit", request.path("autoCommit").asText("false"), "auto.commit.interval.ms", "200",
            "isolation.level", request.path("isolation").asText("read_uncommitted")));
        settings.put("internal.leave.group.on.close", "false");
        if (request.hasNonNull("instance")) settings.put("group.instance.id", request.path("instance").asText());
        if (request.path("protocol").asText().equals("consumer")) {
            settings.put("group.protocol", "consumer");
        } else {
            settings.put("session.timeout.ms", "10000");
            settings.put("heartbeat.interval.ms", "500");
            settings.put("partition.assignment.strategy", request.path("assignor").asText());
        }
        consumer = new KafkaConsumer<>(Stage.client(request, settings));
        credit = request.path("credit").asLong(0);
        commits = request.path("commits").asBoolean(false);
        List<String> topics = Stage.words(request.path("topics"));
        thread = Stage.daemon(() -> run(topics));
    }

    void run(List<String> topics) {
        try {
            consumer.subscribe(topics);
            while (!ended) {
                for (Runnable task; !ended && (task = tasks.poll()) != null; ) task.run();
                if (!ended) step();
            }
        } catch (Throwable cause) {
            failure = cause.getClass().getSimpleName() + ": " + cause.getMessage();
            while (!ended)
                try {
                    tasks.take().run();
                } catch (InterruptedException stop) {
                    return;
                }
        }
    }

    /** One poll; what exceeds the credit is given back by seeking. */
    void step() {
        if (credit == 0) consumer.pause(consumer.assignment());
        else consumer.resume(consumer.assignment());
        ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(50));
        Map<TopicPartition, Long> refused = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> each : records) {
            TopicPartition from = new TopicPartition(each.topic(), each.partition());
            if (credit == 0) {
                refused.putIfAbsent(from, each.offset());
            } else {
                positions.put(from, each.offset() + 1);
                consumed++;
                if (credit > 0) credit--;
            }
        }
        refused.forEach(consumer::seek);
        assignment = Set.copyOf(consumer.assignment());
        positions.keySet().retainAll(assignment);
        if (commits && !positions.isEmpty()) commitPositions();
    }

    void commitPositions() {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        positions.forEach((partition, offset) -> offsets.put(partition, new OffsetAndMetadata(offset)));
        try {
            consumer.commitSync(offsets);
        } catch (org.apache.kafka.common.errors.RebalanceInProgressException | CommitFailedException later) {
            failure = "";
        }
    }

    <T> T onThread(Callable<T> body) throws Exception {
        FutureTask<T> task = new FutureTask<>(body);
        tasks.add(task);
        return task.get(30, TimeUnit.SECONDS);
    }

    Object take(long count, long waitMilliseconds) throws Exception {
        long before = consumed;
        credit = count;
        long deadline = System.nanoTime() + waitMilliseconds * 1_000_000L;
        while (consumed - before < count && failure.isEmpty() && System.nanoTime() < deadline) Thread.sleep(10);
        credit = 0;
        if (!failure.isEmpty()) throw new IllegalStateException(failure);
        return onThread(() -> consumed - before);
    }

    Object commit(JsonNode request) throws Exception {
        return onThread(() -> {
            if (request.path("offsets").size() > 0) consumer.commitSync(Stage.offsets(request.path("offsets")));
            else commitPositions();
            return true;
        });
    }

    Object state() {
        return Map.of("assignment", Stage.partitions(assignment), "consumed", consumed, "failure", failure,
            "positions", Stage.rows(new HashMap<>(positions)));
    }

    /** Closes with or without leaving the group; the latter is what a crash looks like to the coordinator. */
    void close(boolean leave) throws Exception {
        ended = true;
        if (leave) {
            consumer.unsubscribe();
            consumer.close();
            return;
        }
        try {
            Class<?> options = Class.forName("org.apache.kafka.clients.consumer.CloseOptions");
            Class<?> operation = Class.forName("org.apache.kafka.clients.consumer.CloseOptions$GroupMembershipOperation");
            Object remain = operation.getField("REMAIN_IN_GROUP").get(null);
            Object chosen = options.getMethod("groupMembershipOperation", operation).invoke(null, remain);
            KafkaConsumer.class.getMethod("close", options).invoke(consumer, chosen);
        } catch (ClassNotFoundException before41) {
            consumer.close();
        }
    }
}
