import CRdKafka
import ClusterAccess

/// What a feed's thread does: the only code that polls and assigns.
struct FeedLoop {
    let core: FeedCore
    var partitions = FeedPartitions()
    /// Changes and failures that go out with the next batch.
    var pending = FeedBatch()
    var shutdown: ConsumerShutdown
    /// Whether the group has ever given this member an answer.
    var hasBeenAssigned = false

    /// Longest wait of a poll: so long may an order take at most should a wake-up be missed.
    private static let pollMilliseconds: Int32 = 100
    /// Messages taken from librdkafka at a time.
    private static let chunk = 256
    /// Bytes of a batch after which it is handed over, whatever its number of records.
    private static let batchBytes = 1 << 20

    init(_ core: FeedCore) {
        self.core = core
        shutdown = ConsumerShutdown(client: core.client, queue: core.queue)
    }

    /// Body of the thread.
    mutating func run() {
        while true {
            let now = ContinuousClock.now
            core.membership.beat(at: now)
            let turn = core.mailbox.turn(at: now)
            for order in turn.orders { order.done.resolve(carryOut(order.command)) }
            if turn.isEnding { break }
            for rebalance in core.voice.takeRebalances() { carryOut(rebalance) }
            retry(at: now)
            inspect(at: now)
            guard turn.hasRoom else {
                core.mailbox.park(milliseconds: Self.pollMilliseconds)
                continue
            }
            read(limit: turn.limit, milliseconds: Self.patience(until: turn.deadline, at: now))
            if !pending.isEmpty {
                core.mailbox.put(pending)
                pending = FeedBatch()
            }
        }
        end()
    }

    private static func patience(
        until deadline: ContinuousClock.Instant?, at now: ContinuousClock.Instant
    ) -> Int32 {
        guard let deadline else { return pollMilliseconds }
        return min(pollMilliseconds, max(.zero, deadline - now).boundedMilliseconds)
    }

    // MARK: - Reading

    /// Waits for a first message and takes what is there, up to `limit`.
    private mutating func read(limit: Int, milliseconds: Int32) {
        pending.records.reserve(min(limit, 4_096))
        // librdkafka waits until it has as many messages as were asked for, so the wait is for one.
        var (asked, patience) = (1, pending.isEmpty ? milliseconds : 0)
        while pending.records.count < limit, pending.records.bytes.count < Self.batchBytes {
            let count = take(asked, patience)
            listen()
            guard count == asked, !core.voice.hasRebalances else { return }
            (asked, patience) = (min(Self.chunk, limit - pending.records.count), 0)
            if asked <= 0 { return }
        }
    }

    /// Takes up to `limit` messages and returns how many came.
    private mutating func take(_ limit: Int, _ milliseconds: Int32) -> Int {
        unsafe PolledMessages.take(limit, from: core.queue, milliseconds: milliseconds) {
            unsafe add($0)
        }
    }

    private mutating func add(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        let code = unsafe message.pointee.err
        let offset = unsafe message.pointee.offset
        let partition = unsafe PartitionID(message.pointee.partition)
        if code == RD_KAFKA_RESP_ERR_NO_ERROR {
            let (isRead, wentBack) = partitions.read(partition, offset: offset)
            if wentBack { append(core.context.error(.offsetOutOfRange, "the log was cut"), for: partition) }
            if isRead { unsafe pending.records.append(message) }
        } else if code == RD_KAFKA_RESP_ERR__PARTITION_EOF {
            core.voice.refusal.clear()
            guard partitions.reachedEnd(of: partition, offset: offset) else { return }
            pending.records.appendEnd(of: partition, offset: offset)
        } else {
            let text = unsafe core.redactor.clean(NativeText.string(rd_kafka_message_errstr(message)))
            if unsafe message.pointee.rkt == nil || partition.rawValue < 0 {
                failed(code, text)
            } else {
                failed(partition, code, text, at: offset)
            }
        }
    }

    // MARK: - Failures

    /// Takes in what was said beside the messages.
    private mutating func listen() {
        for trouble in core.voice.takeTroubles() {
            guard let partition = trouble.partition else {
                failEverything(trouble.code, core.redactor.clean(trouble.text))
                continue
            }
            let error = core.context.error(trouble.code, core.redactor.clean(trouble.text))
            if error.reason == .topicUnauthorized { partitions.topicFailed(error) }
            failed(partition, trouble.code, error.detail, at: -1)
        }
    }

    /// A partition reports an error instead of records.
    private mutating func failed(
        _ partition: PartitionID, _ code: rd_kafka_resp_err_t, _ text: String, at offset: Int64
    ) {
        let now = ContinuousClock.now
        let error = core.context.error(code, text)
        guard code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET else {
            return fail(partition, error, at: now)
        }
        // A place that is not in the log, or else a beginning that could not be asked for, which is told by
        // an error of its own.
        let isOutOfRange = offset >= 0
        guard partitions.all.contains(partition) else { return }
        partitions.stopped(partition, until: isOutOfRange ? now : now + .seconds(1))
        if isOutOfRange { append(error, for: partition) }
    }

    /// Something is wrong that is not about one partition.
    private mutating func failed(_ code: rd_kafka_resp_err_t, _ text: String) {
        if code == RD_KAFKA_RESP_ERR__FATAL {
            let (cause, words) = unsafe NativeText.written {
                unsafe rd_kafka_fatal_error(core.client.raw, $0, $1)
            }
            lose(partitions.all)
            // The loss is told before the failure that nothing comes after.
            core.mailbox.put(pending)
            pending = FeedBatch()
            core.mailbox.fail(core.context.error(cause, core.redactor.clean(words)), isLasting: true)
        } else if core.shardGroup != nil || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN {
            failEverything(code, text)
        } else {
            // The group that a feed without a group needs only by name may well be none of its business.
            core.voice.log.oddity("\(core.context.subject): \(text)")
        }
    }

    private mutating func failEverything(_ code: rd_kafka_resp_err_t, _ text: String) {
        let error = core.voice.refusal.explain(core.context.error(code, text))
        let now = ContinuousClock.now
        if code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN { partitions.brokersFailed(error) }
        if partitions.isEmpty {
            if partitions.failed(at: now) { core.mailbox.fail(error, isLasting: false) }
            return
        }
        for partition in partitions.all { fail(partition, error, at: now) }
    }

    /// Tries partitions that have failed again, and says that they still fail.
    private mutating func retry(at now: ContinuousClock.Instant) {
        let due = partitions.takeDue(at: now)
        for (partition, error) in due.failures { append(error, for: partition) }
        restart(due.restarts)
        seek(due.seeks)
    }

    /// Takes note of a failure and tells of it, unless that has just been done.
    mutating func fail(_ partition: PartitionID, _ error: ClusterError, at now: ContinuousClock.Instant) {
        if partitions.failed(partition, error, at: now) { append(error, for: partition) }
    }

    private mutating func append(_ error: ClusterError, for partition: PartitionID) {
        pending.records.appendFailure(
            PartitionFailure(topic: core.topic, partition: partition, error: error))
    }
}

extension FeedBatch {
    /// Whether it says nothing at all.
    fileprivate var isEmpty: Bool {
        changes.isEmpty && records.isEmpty && records.endsReached.isEmpty && records.failures.isEmpty
    }
}
