import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;

/**
 * Producers and groups in motion, with a ledger of every record's offset and time: what an age of lag is
 * compared with.
 *
 * <p>One thread produces and one commits; both draw from the seed. Positions of groups are offsets of records
 * of the ledger, committed as a tool does it.
 */
class Workload {
    static final Map<String, Workload> ALL = new ConcurrentHashMap<>();
    static final long TICK = 20;

    final JsonNode request;
    final Random producing;
    final Random committing;
    final List<Stream> streams = new ArrayList<>();
    final List<Thread> threads = new ArrayList<>();
    final Map<TopicPartition, Ledger> ledgers = new LinkedHashMap<>();
    final List<Follower> followers = new ArrayList<>();
    final KafkaProducer<byte[], byte[]> plain;
    volatile boolean isEnding;
    volatile Throwable failure;

    static void register(Map<String, Stage.Command> all) {
        all.put("startWorkload", request -> {
            String name = request.path("workload").asText();
            // Asked before it is made: another producer of the same transactional id would end the first one.
            if (ALL.containsKey(name)) throw new IllegalArgumentException("there is such a workload already");
            Workload workload = new Workload(request);
            ALL.put(name, workload);
            return workload.start();
        });
        all.put("stopWorkload", request -> {
            Workload workload = find(request);
            ALL.remove(request.path("workload").asText());
            return workload.stop();
        });
        all.put("workloadTimes", request -> find(request).times(request.path("places")));
    }

    static Workload find(JsonNode request) {
        Workload workload = ALL.get(request.path("workload").asText());
        if (workload == null) throw new IllegalArgumentException("no such workload");
        return workload;
    }

    Workload(JsonNode request) {
        this.request = request;
        producing = new Random(request.path("seed").asLong());
        committing = new Random(request.path("seed").asLong() + 1);
        plain = new KafkaProducer<>(Stage.client(request, Production.settings()));
        for (JsonNode each : request.path("streams")) streams.add(new Stream(each));
        for (JsonNode each : request.path("groups")) followers.add(new Follower(each));
    }

    /** Writes the history of all partitions and a first commit of all groups, then lets both go on. */
    Object start() throws Exception {
        for (Stream each : streams) each.writeHistory();
        plain.flush();
        for (Follower each : followers) each.commit(0);
        run(() -> {
            for (Stream each : streams) each.tick(TICK / 1000.0);
            Thread.sleep(TICK);
        });
        long pause = request.path("commitMilliseconds").asLong(400);
        run(() -> {
            for (Follower each : followers) each.commit(pause / 1000.0);
            Thread.sleep(pause);
        });
        check();
        return count();
    }

    interface Step { void run() throws Exception; }

    void run(Step step) {
        Thread thread = Stage.daemon(() -> {
            try {
                while (!isEnding) step.run();
            } catch (Throwable cause) {
                failure = cause;
            }
        });
        threads.add(thread);
        thread.start();
    }

    void check() {
        if (failure != null) throw new IllegalStateException("the workload has failed: " + failure, failure);
    }

    Object stop() throws Exception {
        isEnding = true;
        for (Thread each : threads) each.join(20_000);
        plain.flush();
        plain.close(Duration.ofSeconds(5));
        for (Stream each : streams)
            if (each.producer != plain) each.producer.close(Duration.ofSeconds(5));
        check();
        return count();
    }

    long count() {
        long count = 0;
        for (Ledger each : ledgers.values()) count += each.count();
        return count;
    }

    /**
     * For each place {"topic", "partition", "from", "offset"} the largest time of the records from offset
     * "from" to the first one at or after "offset"; null where none is known there.
     */
    Object times(JsonNode places) {
        check();
        List<Long> times = new ArrayList<>();
        for (JsonNode each : places) {
            Ledger ledger = ledgers.get(Stage.partition(each));
            times.add(ledger == null ? null
                : ledger.largest(each.path("from").asLong(), each.path("offset").asLong()));
        }
        return times;
    }

    /** Offsets and times of a partition's records, ascending by offset. */
    static class Ledger {
        private long[] offsets = new long[1024];
        private long[] times = new long[1024];
        private int count;

        synchronized void add(long offset, long time) {
            if (count > 0 && offset <= offsets[count - 1])
                throw new IllegalStateException("record " + offset + " after " + offsets[count - 1]);
            if (count == offsets.length) {
                offsets = Arrays.copyOf(offsets, 2 * count);
                times = Arrays.copyOf(times, 2 * count);
            }
            offsets[count] = offset;
            times[count++] = time;
        }

        synchronized int count() { return count; }

        synchronized long offset(int index) { return offsets[index]; }

        private int index(long offset) {
            int found = Arrays.binarySearch(offsets, 0, count, offset);
            return found < 0 ? -found - 1 : found;
        }

        synchronized Long largest(long from, long offset) {
            int last = index(Math.max(from, offset));
            if (last == count) return null;
            long largest = Long.MIN_VALUE;
            for (int i = index(from); i <= last; i++) largest = Math.max(largest, times[i]);
            return largest;
        }
    }

    /** What is written to one partition. */
    class Stream {
        final TopicPartition target;
        final Ledger ledger = new Ledger();
        final double perSecond;
        final int burst;
        final boolean pauses;
        final boolean isAppendTime;
        final long disorder;
        final JsonNode settings;
        final KafkaProducer<byte[], byte[]> producer;
        double due;
        long silentUntil;

        Stream(JsonNode settings) {
            this.settings = settings;
            target = Stage.partition(settings);
            perSecond = settings.path("perSecond").asDouble();
            burst = settings.path("burst").asInt();
            pauses = settings.path("pauses").asBoolean();
            isAppendTime = settings.path("appendTime").asBoolean();
            disorder = settings.path("disorderMilliseconds").asLong();
            ledgers.put(target, ledger);
            if (settings.path("transactional").asBoolean()) {
                Map<String, Object> properties = Stage.client(request, Production.settings());
                properties.put("transactional.id", request.path("workload").asText() + "-" + target);
                producer = new KafkaProducer<>(properties);
                producer.initTransactions();
            } else {
                producer = plain;
            }
        }

        /** Records over a time that has passed: many close together, now and then a long gap. */
        void writeHistory() throws Exception {
            int records = settings.path("historyRecords").asInt();
            long length = settings.path("historyMilliseconds").asLong();
            double[] gaps = new double[records];
            double sum = 0;
            for (int i = 0; i < records; i++)
                sum += gaps[i] = producing.nextDouble() * (producing.nextInt(50) == 0 ? 200 : 1);
            long now = System.currentTimeMillis();
            double passed = 0;
            for (int i = 0; i < records; i++) {
                passed += gaps[i];
                send(now - length + (long) (length * passed / sum), now);
            }
        }

        /** Everything that is due in this time; with a burst or a pause now and then. */
        void tick(double seconds) throws Exception {
            long now = System.currentTimeMillis();
            if (now < silentUntil) return;
            due += perSecond * seconds;
            if (pauses && producing.nextDouble() < seconds / 6) {
                silentUntil = now + 1_000 + producing.nextInt(3_000);
                return;
            }
            if (burst > 0 && producing.nextDouble() < seconds / 5) due += burst;
            int count = (int) due;
            if (count == 0) return;
            due -= count;
            if (producer == plain) {
                for (int i = 0; i < count; i++) send(now, now);
                return;
            }
            producer.beginTransaction();
            for (int i = 0; i < count; i++) send(now, now);
            // What was not sent yet would not be in the log after an abort.
            producer.flush();
            if (producing.nextInt(4) == 0) producer.abortTransaction(); else producer.commitTransaction();
        }

        void send(long time, long now) throws Exception {
            long shuffled = disorder == 0 ? time
                : Math.min(now, time + producing.nextLong(-disorder, disorder + 1));
            Long stamp = isAppendTime ? null : (Long) shuffled;
            producer.send(new ProducerRecord<>(target.topic(), target.partition(), stamp, null, new byte[64]),
                (metadata, cause) -> {
                    try {
                        if (cause != null) failure = cause;
                        else ledger.add(metadata.offset(), stamp == null ? metadata.timestamp() : stamp);
                    } catch (Throwable broken) {
                        failure = broken;
                    }
                });
        }
    }

    /** A group that reads all partitions: where it stands in each ledger, and how it goes on. */
    class Follower {
        final String group;
        final String pace;
        final double perSecond;
        final double start;
        final Map<TopicPartition, Double> places = new LinkedHashMap<>();

        Follower(JsonNode settings) {
            group = settings.path("group").asText();
            pace = settings.path("pace").asText();
            perSecond = settings.path("perSecond").asDouble();
            start = settings.path("start").asDouble();
        }

        void commit(double seconds) throws Exception {
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            for (Stream each : streams) {
                int count = each.ledger.count();
                long offset = 0;
                if (count > 0 && pace.equals("tail") && each.producer == plain) {
                    offset = each.ledger.offset(count - 1) + 1;
                } else if (count > 0) {
                    double place = places.getOrDefault(each.target, start * count) + perSecond * seconds;
                    if (pace.equals("wandering") && committing.nextInt(8) == 0)
                        place = committing.nextInt(count);
                    if (pace.equals("tail")) place = count;
                    place = Math.min(place, count - 1);
                    places.put(each.target, place);
                    offset = each.ledger.offset((int) place);
                }
                offsets.put(each.target, new OffsetAndMetadata(offset));
            }
            Stage.admin.alterConsumerGroupOffsets(group, offsets).all().get();
        }
    }
}
