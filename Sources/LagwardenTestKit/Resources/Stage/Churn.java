import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicInteger;

/** Members that join a group and leave it again at once, while a member that stays watches the generations. */
class Churn {
    final JsonNode request;
    final String name;
    /** The member that stays. */
    final Member observer;
    final int first;
    final int steps;
    final long deadline;
    final AtomicInteger joins = new AtomicInteger();
    final AtomicInteger kills = new AtomicInteger();
    final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    static void register(Map<String, Stage.Command> all) {
        all.put("churn", request -> new Churn(request).run());
    }

    Churn(JsonNode request) {
        this.request = request;
        name = request.path("member").asText();
        observer = Stage.MEMBERS.get(request.path("observer").asText());
        if (observer == null) throw new IllegalArgumentException("no such observer");
        first = observer.generation;
        steps = request.path("steps").asInt();
        deadline = System.nanoTime() + request.path("limitMilliseconds").asLong() * 1_000_000L;
    }

    /** Runs until the observer has gone on by enough generations, then until nothing moves any more. */
    Object run() throws Exception {
        long start = System.nanoTime();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < request.path("members").asInt(1); i++) {
            int seat = i;
            Thread thread = Stage.daemon(() -> {
                try {
                    sit(seat);
                } catch (Throwable cause) {
                    failures.add(cause);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread each : threads) each.join();
        long churned = System.nanoTime();
        if (!failures.isEmpty()) throw new ExecutionException(failures.peek());
        int last = settle();
        return Map.of("joins", joins.get(), "kills", kills.get(), "first", first, "last", last,
            "milliseconds", (churned - start) / 1_000_000L,
            "seen", observer.generations.tailSet(first, true));
    }

    boolean isDone() {
        return observer.generation - first >= steps || System.nanoTime() > deadline;
    }

    /** One member after the other, each of which is in the group for a moment. */
    void sit(int seat) throws Exception {
        long pause = request.path("pauseMilliseconds").asLong(0);
        while (!isDone()) {
            Member member = new Member(((ObjectNode) request.deepCopy())
                .put("member", name + "-" + seat + "-" + joins.incrementAndGet()));
            member.thread.start();
            while (member.generation < 0 && member.failure.isEmpty() && System.nanoTime() < deadline)
                Thread.sleep(2);
            if (!member.failure.isEmpty()) throw new IllegalStateException(member.failure);
            Thread.sleep(pause);
            boolean leaves = kills.get() >= request.path("kills").asInt(0)
                || kills.incrementAndGet() > request.path("kills").asInt(0);
            member.onThread(() -> { member.close(leaves); return true; });
            member.thread.join(20_000);
            Thread.sleep(pause);
        }
        // Whoever lost the race for the last kill has counted one that was none.
        kills.updateAndGet(count -> Math.min(count, request.path("kills").asInt(0)));
    }

    /** Waits until the observer is alone and in the last generation; answers that. */
    int settle() throws Exception {
        ObjectNode question = ((ObjectNode) request.deepCopy());
        long since = System.nanoTime();
        int last = observer.generation;
        Map<?, ?> group = Map.of();
        while (System.nanoTime() < deadline + 30_000_000_000L) {
            group = (Map<?, ?>) Groups.describe(question);
            boolean isAlone = ((Collection<?>) group.get("members")).size() == 1
                && group.get("state").toString().equals("Stable");
            int epoch = (Integer) group.get("epoch");
            if (!isAlone || observer.generation != last || (epoch >= 0 && epoch != last)) {
                last = observer.generation;
                since = System.nanoTime();
            }
            if (System.nanoTime() - since > 700_000_000L) return last;
            Thread.sleep(50);
        }
        throw new TimeoutException("the group does not come to rest: generation " + last + " after " + first
            + ", " + joins + " joins, " + group + ", observer " + observer.state());
    }
}
