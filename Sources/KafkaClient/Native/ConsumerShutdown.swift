import CRdKafka
import ClusterAccess

/// The end of a consumer whose partitions were assigned by us, on the one thread that polls it.
///
/// librdkafka 2.0.2 needs help to end: see ``keepQueues(of:in:)``.
struct ConsumerShutdown {
    private let client: SharedAddress
    /// Where the consumer's messages arrive.
    private let queue: SharedAddress
    /// Queues of partitions that failed when they were given up.
    private var keptQueues: [SharedAddress] = []

    /// Queues of given-up partitions that are kept at most.
    private static let keptQueuesMax = 10_000

    init(client: SharedAddress, queue: SharedAddress) {
        self.client = client
        self.queue = queue
    }

    /// What came of leaving.
    struct Outcome {
        /// Whether there was time for all of it.
        var isInTime = true
        /// What librdkafka said where it would not close.
        var refusal: String?
    }

    /// Stops all fetching and leaves the group in good order, where there is one.
    ///
    /// The queues of all partitions still assigned must have been kept before.
    mutating func leave(until deadline: ContinuousClock.Instant) -> Outcome {
        var outcome = Outcome()
        guard let made = unsafe rd_kafka_queue_new(client.raw) else { return outcome }
        let closing = unsafe SharedAddress(made)
        defer { unsafe rd_kafka_queue_destroy(made) }
        var isClosed = true
        if let error = unsafe rd_kafka_consumer_close_queue(client.raw, made) {
            // After a fatal error there is no group to be left.
            outcome.refusal = unsafe NativeText.failure(error)?.text
            unsafe rd_kafka_error_destroy(error)
            isClosed = outcome.refusal == nil
        }
        while isClosed, unsafe rd_kafka_consumer_closed(client.raw) == 0 {
            // WHY: rd_kafka_queue_poll would give revocations as events and not call back.
            _ = Self.drop(from: closing, milliseconds: 20)
            outcome.isInTime = ContinuousClock.now < deadline
            isClosed = outcome.isInTime
        }
        // Answers a revocation that librdkafka may still wait for; it would never end.
        if !isClosed { unsafe rd_kafka_assign(client.raw, nil) }
        // What stays queued holds partitions, and they hold brokers whose threads would never end.
        Self.empty(closing)
        Self.empty(queue)
        for kept in keptQueues {
            if isClosed { Self.empty(kept) }
            unsafe rd_kafka_queue_destroy(kept.raw)
        }
        keptQueues = []
        return outcome
    }

    /// Keeps the queues of partitions that are given up, to empty them when all is stopped.
    ///
    /// WHY: librdkafka 2.0.2 puts a last message that holds the partition into the partition's own queue. It
    /// empties that itself, but not of partitions that have left its metadata meanwhile (the right to read
    /// was withdrawn, the topic deleted); these then hold their broker, and destroying never ends.
    mutating func keepQueues(of partitions: some Sequence<PartitionID>, in topic: TopicName) {
        for partition in partitions where keptQueues.count < Self.keptQueuesMax {
            let queue = unsafe rd_kafka_queue_get_partition(client.raw, topic.rawValue, partition.rawValue)
            if let queue = unsafe queue { unsafe keptQueues.append(SharedAddress(queue)) }
        }
    }

    /// Throws away what is in a queue; a callback among it may end the first pass early.
    private static func empty(_ queue: SharedAddress) {
        for _ in 0..<2 {
            while drop(from: queue, milliseconds: 0) {}
        }
    }

    /// Serves callbacks and throws a message away; returns whether there was one.
    static func drop(from queue: SharedAddress, milliseconds: Int32) -> Bool {
        var message: UnsafeMutablePointer<rd_kafka_message_t>?
        let count = unsafe rd_kafka_consume_batch_queue(queue.raw, milliseconds, &message, 1)
        guard count > 0, let message = unsafe message else { return false }
        unsafe rd_kafka_message_destroy(message)
        return true
    }
}
