import CRdKafka
package import ClusterAccess
import Locking

/// A real consumer in a group: subscribes, reads at a given pace and commits; for demo and tests only.
///
/// Its own thread polls, so that the member stays alive while it is slow or stuck. ``leave()`` or
/// ``vanish()`` must be called once.
package final class GroupParticipant: Sendable {
    private let client: SharedAddress
    private let state: Mutex<State>
    private let ended = OneShot<Void>()

    private struct State {
        var rate: Double
        var end = End.none
        var consumed: Int64 = 0
        var assigned = 0
    }

    private enum End { case none, leave, vanish }

    /// What the member has done so far.
    package struct Progress: Hashable, Sendable {
        package var consumed: Int64
        /// Partitions assigned at present.
        package var assignedPartitions: Int
    }

    /// Joins `group`; commits go out every second and when it leaves.
    ///
    /// `recordsPerSecond` bounds the pace; 0 is a member that holds its partitions and reads nothing.
    package init(
        settings: TrafficSettings, group: GroupID, topics: [TopicName], recordsPerSecond: Double,
        instanceID: String? = nil
    ) throws(ClusterError) {
        let configuration = ClientConfiguration()
        let redactor = Redactor(properties: settings.properties)
        var properties = [
            ("bootstrap.servers", settings.brokers), ("client.id", settings.clientID), ("log_level", "2"),
            ("group.id", group.rawValue), ("auto.offset.reset", "earliest"), ("enable.auto.commit", "true"),
            ("auto.commit.interval.ms", "1000"), ("session.timeout.ms", "10000"),
            ("heartbeat.interval.ms", "1000"), ("queued.max.messages.kbytes", "4096"),
            ("topic.metadata.refresh.interval.ms", "5000"),
        ]
        if let instanceID { properties.append(("group.instance.id", instanceID)) }
        // KIP-848 leaves the session to the broker and refuses these.
        if settings.properties.contains(where: { $0 == ("group.protocol", "consumer") }) {
            properties.removeAll { $0.0 == "session.timeout.ms" || $0.0 == "heartbeat.interval.ms" }
        }
        for (property, value) in properties + settings.properties {
            try configuration.set(property, value, redactor)
        }
        state = Mutex(State(rate: recordsPerSecond))
        client = try configuration.makeClient(RD_KAFKA_CONSUMER, redactor)
        unsafe rd_kafka_poll_set_consumer(client.raw)
        let list = PartitionList(capacity: topics.count)
        for topic in topics { list.append(topic, PartitionID(-1), offset: 0) }
        let code = unsafe rd_kafka_subscribe(client.raw, list.raw)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR,
            let thread = NativeThread(named: "kafka-member", { self.live() })
        else {
            unsafe rd_kafka_destroy_flags(client.raw, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            throw RequestContext(operation: "join a group", subject: "group \(group)").error(code)
        }
        thread.detach()
    }

    package var progress: Progress {
        state.withLock { Progress(consumed: $0.consumed, assignedPartitions: $0.assigned) }
    }

    /// Changes the pace from now on.
    package func setRate(recordsPerSecond: Double) { state.withLock { $0.rate = recordsPerSecond } }

    /// Commits, leaves the group and frees the client.
    package func leave() async { await finish(.leave) }

    /// Frees the client without a word to the group, as a crash would; the session has to time out.
    package func vanish() async { await finish(.vanish) }

    private func finish(_ end: End) async {
        let isFirst = state.withLock { state in
            guard state.end == .none else { return false }
            state.end = end
            return true
        }
        guard isFirst else { return }
        _ = try? await ended.value(orOnCancel: ClusterError(.cancelled, operation: "leave a group"))
    }

    /// Body of the thread.
    private func live() {
        var budget = 0.0
        var last = ContinuousClock.now
        var nextLook = last
        var held = HeldPartitions()
        let nap = Doorbell()
        while true {
            let (end, rate) = state.withLock { ($0.end, $0.rate) }
            if end != .none { return depart(end) }
            let now = ContinuousClock.now
            budget = min(budget + (now - last).inSeconds * rate, max(rate, 1))
            last = now
            if now >= nextLook || held.isHeld != (rate <= 0) {
                nextLook = now + .milliseconds(500)
                hold(rate <= 0, &held)
            }
            if rate > 0, budget < 1 {
                _ = nap.wait(milliseconds: 5)
                continue
            }
            guard let message = unsafe rd_kafka_consumer_poll(client.raw, 50) else { continue }
            let isRecord = unsafe message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR
            unsafe rd_kafka_message_destroy(message)
            if isRecord {
                budget -= 1
                state.withLock { $0.consumed += 1 }
            }
        }
    }

    /// What the last look at the assignment left behind.
    private struct HeldPartitions {
        var isHeld = false
        var assigned: [Int32] = []
    }

    /// Counts what is assigned, and pauses or resumes it where that is a change.
    ///
    /// WHY: each of these calls drops what librdkafka has fetched already, so a slow reader that repeats them
    /// never gets on.
    private func hold(_ isHeld: Bool, _ held: inout HeldPartitions) {
        var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        guard unsafe rd_kafka_assignment(client.raw, &list) == RD_KAFKA_RESP_ERR_NO_ERROR,
            let list = unsafe list
        else { return }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        let count = unsafe Int(list.pointee.cnt)
        state.withLock { $0.assigned = count }
        let assigned = (0..<count).map { unsafe list.pointee.elems[$0].partition }
        let before = held
        held = HeldPartitions(isHeld: isHeld, assigned: assigned)
        guard count > 0 else { return }
        if isHeld, !before.isHeld || before.assigned != assigned {
            unsafe rd_kafka_pause_partitions(client.raw, list)
        } else if !isHeld, before.isHeld {
            unsafe rd_kafka_resume_partitions(client.raw, list)
        }
    }

    private func depart(_ end: End) {
        switch end {
        case .none, .leave:
            unsafe rd_kafka_consumer_close(client.raw)
            unsafe rd_kafka_destroy(client.raw)
        case .vanish:
            unsafe rd_kafka_destroy_flags(client.raw, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        }
        ended.resolve(.success(()))
    }
}
