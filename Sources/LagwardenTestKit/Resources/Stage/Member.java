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

/** One consumer on a thread of its own, which polls all the time and so keeps its place in the group. */
@SuppressWarnings({"deprecation", "removal"})
class Member {
    final KafkaConsumer<byte[], byte[]> consumer;
    final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    final Map<TopicPartition, Long> positions = new ConcurrentHashMap<>();
    final Thread thread;
    volatile Set<TopicPartition> assignment = Set.of();
    volatile String failure = "";
    volatile long consumed = 0;
    /** Generation or member epoch that the member is in. */
    volatile int generation = -1;
    /** Every generation or member epoch that it was in, told by its listener or after a poll. */
    final NavigableSet<Integer> generations = new ConcurrentSkipListSet<>();
    /** Calls of its listener. */
    volatile long listenerCalls = 0;
    /** Records that may still be taken; below zero: no limit. */
    volatile long credit;
    volatile boolean commits;
    volatile boolean ended = false;
    /** Whether the consumer is of KIP-848 and so has a network thread of its own. */
    boolean asynchronous = false;

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
            "enable.auto.commit", request.path("autoCommit").asText("false"),
            "auto.commit.interval.ms", "200",
            "isolation.level", request.path("isolation").asText("read_uncommitted")));
        settings.put("internal.leave.group.on.close", "false");
        if (request.hasNonNull("instance"))
            settings.put("group.instance.id", request.path("instance").asText());
        if (request.path("protocol").asText().equals("consumer")) {
            settings.put("group.protocol", "consumer");
            asynchronous = true;
        } else {
            settings.put("session.timeout.ms", "10000");
            settings.put("heartbeat.interval.ms", "500");
            settings.put("partition.assignment.strategy", request.path("assignor").asText());
        }
        consumer = new KafkaConsumer<>(Stage.client(request, settings));
        credit = request.path("credit").asLong(0);
        commits = request.path("commits").asBoolean(false);
        List<String> topics = Stage.words(request.path("topics"));
        boolean assigns = request.path("assigns").asBoolean(false);
        thread = Stage.daemon(() -> run(topics, assigns));
    }

    void run(List<String> topics, boolean assigns) {
        try {
            if (assigns) consumer.assign(partitions(topics));
            else consumer.subscribe(topics, new Listener());
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

    List<TopicPartition> partitions(List<String> topics) {
        List<TopicPartition> all = new ArrayList<>();
        for (String topic : topics)
            for (PartitionInfo each : consumer.partitionsFor(topic))
                all.add(new TopicPartition(topic, each.partition()));
        return all;
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
        noteGeneration();
        positions.keySet().retainAll(assignment);
        if (commits && !positions.isEmpty()) commitPositions();
    }

    void noteGeneration() {
        int now = consumer.groupMetadata().generationId();
        if (now >= 0) generations.add(now);
        generation = now;
    }

    /** Notes the generation at every call: several can pass within one poll. */
    class Listener implements ConsumerRebalanceListener {
        @Override public void onPartitionsAssigned(Collection<TopicPartition> partitions) { note(); }

        @Override public void onPartitionsRevoked(Collection<TopicPartition> partitions) { note(); }

        @Override public void onPartitionsLost(Collection<TopicPartition> partitions) { note(); }

        void note() {
            listenerCalls++;
            noteGeneration();
        }
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
        while (consumed - before < count && failure.isEmpty() && System.nanoTime() < deadline)
            Thread.sleep(10);
        credit = 0;
        if (!failure.isEmpty()) throw new IllegalStateException(failure);
        return onThread(() -> consumed - before);
    }

    Object commit(JsonNode request) throws Exception {
        return onThread(() -> {
            JsonNode offsets = request.path("offsets");
            if (offsets.size() > 0) consumer.commitSync(Stage.offsets(offsets));
            else commitPositions();
            return true;
        });
    }

    Object state() {
        return Map.of("assignment", Stage.partitions(assignment), "consumed", consumed, "failure", failure,
            "generation", generation, "generations", generations, "listenerCalls", listenerCalls,
            "positions", Stage.rows(new HashMap<>(positions)));
    }

    /** Closes with or without leaving the group; the latter is what a crash looks like to the coordinator. */
    void close(boolean leave) throws Exception {
        ended = true;
        if (!leave && asynchronous) {
            // A consumer of KIP-848 says good-bye whatever it is asked, and its network thread survives being
            // stopped; so that thread is made to stand still for ever.
            Object handler = field(field(consumer, "delegate"), "applicationEventHandler");
            freeze((Thread) field(handler, "networkThread"));
            return;
        }
        if (leave) {
            consumer.unsubscribe();
            consumer.close();
            return;
        }
        try {
            Class<?> options = Class.forName("org.apache.kafka.clients.consumer.CloseOptions");
            Class<?> operation = Class.forName(options.getName() + "$GroupMembershipOperation");
            Object remain = operation.getField("REMAIN_IN_GROUP").get(null);
            Object chosen = options.getMethod("groupMembershipOperation", operation).invoke(null, remain);
            KafkaConsumer.class.getMethod("close", options).invoke(consumer, chosen);
        } catch (ClassNotFoundException before41) {
            consumer.close();
        }
    }

    /** Halts a thread while it waits for the network and so holds no lock that others want. */
    static void freeze(Thread thread) throws InterruptedException {
        while (true) {
            thread.suspend();
            StackTraceElement[] stack = thread.getStackTrace();
            if (stack.length == 0 || stack[0].getMethodName().equals("wait")) return;
            thread.resume();
            Thread.sleep(1);
        }
    }

    static Object field(Object subject, String name) throws Exception {
        java.lang.reflect.Field field = subject.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(subject);
    }
}
