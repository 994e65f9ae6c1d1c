import CRdKafka
import ClusterAccess

extension FeedLoop {
    /// Queues of given-up partitions that are kept at most.
    private static let keptQueuesMax = 10_000
    /// For how long a member that is just joining is given to be let in before its client is abandoned.
    private static let longestJoin = Duration.seconds(300)

    /// Leaves the group, frees the client and tells who waits for it, who waits no longer than the close
    /// time-out.
    mutating func end() {
        core.membership.joined(false)
        let deadline = ContinuousClock.now + core.closeTimeout
        let closed = core.context.error(.closed)
        if !becomeDestructible(until: deadline) {
            core.mailbox.finish(closed)
            guard becomeDestructible(until: .now + Self.longestJoin) else {
                core.voice.log.oddity("a client that never got into its group stays behind")
                // What its log lines are given to must not go either.
                unsafe _ = Unmanaged.passRetained(core)
                return
            }
        }
        core.voice.leave()
        // Changes that nobody has carried out yet hold up the end.
        for rebalance in core.voice.takeRebalances() { carryOut(rebalance) }
        if !leave(until: deadline) {
            core.voice.log.oddity("a broker does not answer; the client is freed when its time is over")
            core.mailbox.finish(closed)
        }
        core.free()
        core.mailbox.finish(closed)
    }

    /// Waits until the client may be destroyed.
    ///
    /// WHY: librdkafka before 2.3 aborts the process when a cooperative-sticky member is destroyed between
    /// its joining and its first assignment (`rd_kafka_sticky_assignor_state_destroy`). Before it has a
    /// member id and after an assignment, even an empty one, there is no danger.
    private mutating func becomeDestructible(until deadline: ContinuousClock.Instant) -> Bool {
        guard core.shardGroup != nil, rd_kafka_version() < 0x0203_0000 else { return true }
        while !hasBeenAssigned, isJoining {
            guard ContinuousClock.now < deadline else { return false }
            _ = drop(from: core.queue, milliseconds: 20)
            for rebalance in core.voice.takeRebalances() { carryOut(rebalance) }
        }
        return true
    }

    /// Whether the coordinator has given the member a name.
    private var isJoining: Bool {
        guard let name = unsafe rd_kafka_memberid(core.client.raw) else { return false }
        defer { unsafe rd_kafka_mem_free(core.client.raw, name) }
        return unsafe !NativeText.string(name).isEmpty
    }

    /// Stops all fetching and leaves the group in good order; returns whether there was time for it.
    private mutating func leave(until deadline: ContinuousClock.Instant) -> Bool {
        keepQueues(of: partitions.all)
        guard let made = unsafe rd_kafka_queue_new(core.client.raw) else { return true }
        let queue = unsafe SharedAddress(made)
        defer { unsafe rd_kafka_queue_destroy(made) }
        var isClosed = true
        if let error = unsafe failure(of: rd_kafka_consumer_close_queue(core.client.raw, made)) {
            // After a fatal error there is no group to be left.
            core.voice.log.oddity("\(error)")
            isClosed = false
        }
        var isInTime = true
        while isClosed, unsafe rd_kafka_consumer_closed(core.client.raw) == 0 {
            // WHY: rd_kafka_queue_poll would give revocations as events and not call back.
            _ = drop(from: queue, milliseconds: 20)
            isInTime = ContinuousClock.now < deadline
            isClosed = isInTime
        }
        // Answers a revocation that librdkafka may still wait for; it would never end.
        if !isClosed { unsafe rd_kafka_assign(core.client.raw, nil) }
        // What stays queued holds partitions, and they hold brokers whose threads would never end.
        empty(queue)
        empty(core.queue)
        for kept in keptQueues {
            if isClosed { empty(kept) }
            unsafe rd_kafka_queue_destroy(kept.raw)
        }
        keptQueues = []
        return isInTime
    }

    /// Keeps the queues of partitions that are given up, to empty them when all is stopped.
    ///
    /// WHY: librdkafka 2.0.2 puts a last message that holds the partition into the partition's own queue. It
    /// empties that itself, but not of partitions that have left its metadata meanwhile (the right to read
    /// was withdrawn, the topic deleted); these then hold their broker, and destroying never ends.
    mutating func keepQueues(of partitions: Set<PartitionID>) {
        for partition in partitions where keptQueues.count < Self.keptQueuesMax {
            let queue = unsafe rd_kafka_queue_get_partition(
                core.client.raw, core.topic.rawValue, partition.rawValue)
            if let queue = unsafe queue { unsafe keptQueues.append(SharedAddress(queue)) }
        }
    }

    /// Throws away what is in a queue; a callback among it may end the first pass early.
    private func empty(_ queue: SharedAddress) {
        for _ in 0..<2 {
            while drop(from: queue, milliseconds: 0) {}
        }
    }

    /// Serves callbacks and throws a message away; returns whether there was one.
    private func drop(from queue: SharedAddress, milliseconds: Int32) -> Bool {
        var message: UnsafeMutablePointer<rd_kafka_message_t>?
        let count = unsafe rd_kafka_consume_batch_queue(queue.raw, milliseconds, &message, 1)
        guard count > 0, let message = unsafe message else { return false }
        unsafe rd_kafka_message_destroy(message)
        return true
    }
}
