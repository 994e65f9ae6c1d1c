import CRdKafka
import ClusterAccess
import Locking
import StructuredLog

/// One librdkafka client with its reply queue and the thread that empties it.
///
/// A consumer handle that never subscribes: admin requests on a handle without `group.id` crash. Requests
/// go in from any task; the reply thread turns events into answers, ends overdue waits and writes log
/// lines.
/// ``close(waitingAtMost:)`` must be called once; the address is destroyed when no call is inside any more.
final class ClientHandle: Sendable {
    let client: SharedAddress
    private let queue: SharedAddress
    private let log: ClientLog
    private let throttling: ThrottleListener
    /// Why brokers refuse this client, as far as they say.
    let refusal: Refusal
    private let lifecycle = Mutex(Lifecycle())

    private struct Lifecycle {
        var replies = ReplyTable()
        /// Calls of librdkafka that are running on other threads than the reply thread.
        var callsInside = 0
        var replyThread: NativeThread?
        var isStopping = false
    }

    /// What stays in the reply table beyond the request's own time: librdkafka may be busy parsing a huge
    /// answer.
    private static let grace = Duration.seconds(30)
    private static let pollMilliseconds: Int32 = 200

    /// Makes the client from `settings`; librdkafka's threads and ours run from then on.
    init(
        settings: KafkaClientSettings, readsCommitted: Bool, log: ClientLog, redactor: Redactor,
        throttling: ThrottleListener
    ) throws(ClusterError) {
        self.log = log
        self.throttling = throttling
        refusal = Refusal(redactor: redactor)
        let configuration = ClientConfiguration()
        let ours = [("isolation.level", readsCommitted ? "read_committed" : "read_uncommitted")]
        try configuration.fill(settings, level: log.level, defaults: ours, redactor)
        configuration.enableEvents(RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG)
        // The listener outlives the client: the reply thread holds this object until the client is destroyed.
        unsafe configuration.setOpaque(Unmanaged.passUnretained(throttling).toOpaque())
        unsafe configuration.setThrottleCallback { _, _, broker, milliseconds, opaque in
            guard let opaque = unsafe opaque else { return }
            unsafe Unmanaged<ThrottleListener>.fromOpaque(opaque).takeUnretainedValue()
                .throttled(broker: broker, milliseconds: milliseconds)
        }
        client = try configuration.makeClient(RD_KAFKA_CONSUMER, redactor)
        queue = unsafe SharedAddress(rd_kafka_queue_new(client.raw))
        connectQueues()
        settings.enableTokenRefresh(client)
        guard let thread = NativeThread(named: "kafka-reply", { self.serve() }) else {
            destroy()
            throw ClusterError(.other, operation: "start the client", detail: "no thread to be had")
        }
        lifecycle.withLock { $0.replyThread = thread }
    }

    /// Sends everything that librdkafka has to say to the one queue.
    private func connectQueues() {
        unsafe rd_kafka_set_log_queue(client.raw, queue.raw)
        unsafe forward(rd_kafka_queue_get_main(client.raw))
        unsafe forward(rd_kafka_queue_get_consumer(client.raw))
    }

    /// Takes over one reference to a queue of librdkafka's.
    private func forward(_ source: OpaquePointer?) {
        guard let source = unsafe source else { return }
        unsafe rd_kafka_queue_forward(source, queue.raw)
        unsafe rd_kafka_queue_destroy(source)
    }
}

// MARK: - Calls

extension ClientHandle {
    /// Runs a C call on the calling thread, unless the handle is closing; it is not destroyed meanwhile.
    func withClient<Value, Failure: Error>(
        orIfClosed closed: Failure, _ body: (SharedAddress) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let mayEnter = lifecycle.withLock { state in
            guard !state.replies.isClosed else { return false }
            state.callsInside += 1
            return true
        }
        guard mayEnter else { throw closed }
        defer { lifecycle.withLock { $0.callsInside -= 1 } }
        return try body(client)
    }

    /// Sends an admin request and waits for what `read` makes of its event.
    ///
    /// `send` gets the client, the queue for the answer and the ticket for the options; it must not block.
    /// The answer comes by librdkafka's own time-out at the latest, and by ours should it be busy.
    func request<Value: Sendable>(
        _ context: RequestContext, timeout: Duration,
        send: (SharedAddress, SharedAddress, ReplyTicket) throws(ClusterError) -> Void,
        read: @escaping @Sendable (borrowing ClientEvent) -> Result<Value, ClusterError>
    ) async throws(ClusterError) -> Value {
        let reply = OneShot<Value>()
        let entry = ReplyTable.Entry(
            deadline: .now + timeout + Self.grace,
            deliver: { event in reply.resolve(read(event)) },
            fail: { reason in reply.resolve(.failure(context.error(reason))) })
        let ticket = lifecycle.withLock { state -> ReplyTicket? in
            guard let ticket = state.replies.register(entry) else { return nil }
            state.callsInside += 1
            return ticket
        }
        guard let ticket else { throw context.error(.closed) }
        do throws(ClusterError) {
            defer { lifecycle.withLock { $0.callsInside -= 1 } }
            try send(client, queue, ticket)
        } catch {
            _ = lifecycle.withLock { $0.replies.take(ticket) }
            throw context.error(error.reason, error.detail)
        }
        return try await reply.value(orOnCancel: context.error(.cancelled))
    }
}

// MARK: - Reply thread

extension ClientHandle {
    /// Body of the reply thread.
    private func serve() {
        var nextSweep = ContinuousClock.now + .seconds(1)
        while !lifecycle.withLock({ $0.isStopping }) {
            if let event = ClientEvent(from: queue, milliseconds: Self.pollMilliseconds) { dispatch(event) }
            let now = ContinuousClock.now
            guard now >= nextSweep else { continue }
            nextSweep = now + .seconds(1)
            for entry in lifecycle.withLock({ $0.replies.takeExpired(at: now) }) { entry.fail(.timedOut) }
        }
    }

    /// Gives one event to whom it concerns.
    private func dispatch(_ event: borrowing ClientEvent) {
        switch event.type {
        case RD_KAFKA_EVENT_NONE:
            return
        case RD_KAFKA_EVENT_LOG:
            if let line = event.log {
                log.clientLine(facility: line.facility, text: line.text, level: line.level)
            }
        case RD_KAFKA_EVENT_ERROR:
            let reason = ClusterError.Reason(code: event.errorCode)
            refusal.note(reason, text: event.errorText)
            log.clientError(reason: reason, text: event.errorText)
        default:
            // A late answer finds no entry; events that answer nothing carry ticket 0, which is never given.
            guard let entry = lifecycle.withLock({ $0.replies.take(event.ticket) }) else {
                log.oddity("an event came that nobody waits for")
                return
            }
            entry.deliver(event)
        }
    }
}

// MARK: - Closing

extension ClientHandle {
    /// Ends every wait with ``ClusterError/Reason/closed`` and refuses later calls; from any thread, at once.
    func refuseCalls() {
        for entry in lifecycle.withLock({ $0.replies.close() }) { entry.fail(.closed) }
    }

    /// Whether no call is inside any more, so that ``destroyNow()`` may follow ``refuseCalls()``.
    var isQuiet: Bool { lifecycle.withLock { $0.callsInside == 0 } }

    /// Ends the reply thread and frees the client; blocks for some milliseconds, to be called once when
    /// quiet.
    func destroyNow() {
        let thread = lifecycle.withLock { state in
            state.isStopping = true
            return state.replyThread
        }
        unsafe rd_kafka_queue_yield(queue.raw)
        thread?.join()
        destroy()
    }

    private func destroy() {
        unsafe rd_kafka_queue_destroy(queue.raw)
        unsafe rd_kafka_destroy_flags(client.raw, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    }
}

/// What a request is about, for its errors.
struct RequestContext: Sendable {
    var operation: String
    var broker: BrokerID?
    var subject = ""

    /// An error of this request.
    func error(_ reason: ClusterError.Reason, _ detail: String = "") -> ClusterError {
        ClusterError(reason, operation: operation, broker: broker, subject: subject, detail: detail)
    }

    /// An error of this request with librdkafka's code and words.
    func error(_ code: rd_kafka_resp_err_t, _ text: String = "") -> ClusterError {
        error(
            ClusterError.Reason(code: code), text.isEmpty ? NativeText.description(of: code) : text)
    }
}
