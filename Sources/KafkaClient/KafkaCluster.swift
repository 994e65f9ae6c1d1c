import CRdKafka
package import ClusterAccess
import Locking
package import StructuredLog

/// A Kafka cluster seen through librdkafka: the only code of the exporter that calls it.
///
/// Requests to brokers run on two lanes. Group requests are asynchronous: one reply thread per handle
/// resolves them. Metadata and, on librdkafka before 2.3, log offsets block, so they run on the threads of
/// a bounded pool, at most two per leader. Nothing here blocks a cooperative thread, and every call ends by
/// a deadline.
package final class KafkaCluster: ClusterSource {
    let core: ClusterCore
    private let sampler: KafkaSampler

    /// Makes the client; brokers are dialled when the first call needs them, so a dead cluster is no error
    /// here.
    ///
    /// Throws ``ClusterError/Reason/invalidRequest`` naming the property that librdkafka or we refuse.
    package init(settings: KafkaClientSettings, logger: Logger) throws(ClusterError) {
        core = try ClusterCore(settings: settings, logger: logger)
        sampler = KafkaSampler(core)
    }

    deinit {
        sampler.end()
        core.beginClosing()
    }

    /// Version of the librdkafka that is loaded, such as "2.0.2".
    package static var libraryVersion: String { unsafe NativeText.string(rd_kafka_version_str()) }

    package func requestStatistics() -> RequestStatistics {
        var statistics = core.counter.snapshot
        statistics.allowances = core.gates.allowances
        return statistics
    }

    /// Ends outstanding calls and frees the client within ``KafkaClientSettings/closeTimeout`` and little
    /// more.
    ///
    /// A blocking call of librdkafka cannot be interrupted and handles must not be destroyed under it. When a
    /// broker holds one up, this returns after the close time-out; a thread stays behind, waits for the
    /// call (a request time-out at most) and then frees the handles. A process that ends meanwhile loses
    /// nothing.
    package func close() async {
        async let sampled: Void = sampler.close()
        await core.close()
        await sampled
    }
}

extension KafkaCluster: RecordSampler {
    package func firstRecords(at requests: [SampleRequest]) async -> [SampleReply] {
        await sampler.firstRecords(at: requests)
    }
}

/// What the parts of ``KafkaCluster`` share; outlives it while a blocked call still runs.
final class ClusterCore: Sendable {
    let settings: KafkaClientSettings
    let log: ClientLog
    let redactor: Redactor
    let counter = RequestCounter()
    let pool: WorkerPool
    let gates: BrokerGates
    let turns = SweepTurns()
    private let throttling: ThrottleListener
    let hugeGroups: HugeGroups
    /// Reads uncommitted: group requests, metadata, log start and high watermark.
    let primary: ClientHandle
    private let state = Mutex(State())

    private struct State {
        var secondary: [Role: ClientHandle] = [:]
        var closing = Closing.open
    }

    private enum Closing {
        case open
        case closing(waiting: [OneShot<Void>])
        case closed
    }

    /// Handles that are made when first needed.
    enum Role: Hashable, Sendable {
        /// Reads committed: the isolation level of `rd_kafka_offsets_for_times` belongs to the handle.
        case lastStable
        /// Parses the complete lists of huge groups, which would hold up everything else for seconds.
        case hugeGroups
    }

    init(settings: KafkaClientSettings, logger: Logger) throws(ClusterError) {
        self.settings = settings
        redactor = Redactor(properties: settings.properties)
        log = ClientLog(logger: logger, redactor: redactor)
        pool = WorkerPool(maximumThreads: settings.maximumWorkers)
        gates = BrokerGates(limits: settings.limits, timeout: settings.requestTimeout, log: log)
        throttling = ThrottleListener(counter: counter, gates: gates)
        hugeGroups = HugeGroups(threshold: settings.hugeGroupPartitions, refresh: settings.hugeGroupRefresh)
        primary = try ClientHandle(
            settings: settings, readsCommitted: false, log: log, redactor: redactor,
            throttling: throttling)
        warnAboutSCRAM(logger)
    }

    /// Before 2.6.1 librdkafka sends a wrong SCRAM nonce (#4895): Kafka 3.9 lets it pass, 4.3 does not.
    private func warnAboutSCRAM(_ logger: Logger) {
        let usesSCRAM = settings.properties.contains {
            $0.0.hasPrefix("sasl.mechanism") && $0.1.hasPrefix("SCRAM")
        }
        guard usesSCRAM, rd_kafka_version() < 0x0206_0100 else { return }
        logger.warn(
            "SCRAM with this librdkafka is refused by newer brokers (4.3 does, 3.9 does not): use librdkafka "
                + "2.6.1 or newer, or SASL/PLAIN over TLS", ["librdkafka": KafkaCluster.libraryVersion])
    }

    /// The handle for `role`, made by the first who asks; takes about a millisecond then.
    func handle(_ role: Role) throws(ClusterError) -> ClientHandle {
        try state.withLock { state throws(ClusterError) in
            if let handle = state.secondary[role] { return handle }
            guard case .open = state.closing else {
                throw ClusterError(.closed, operation: "start a client")
            }
            let handle = try ClientHandle(
                settings: settings, readsCommitted: role == .lastStable, log: log, redactor: redactor,
                throttling: throttling)
            state.secondary[role] = handle
            return handle
        }
    }

    /// The handle for `role` if somebody needed it before.
    func existingHandle(_ role: Role) -> ClientHandle? { state.withLock { $0.secondary[role] } }

    /// Runs a blocking call on a worker of `lane` and waits for it, or for cancellation or closing.
    func blocking<Value: Sendable>(
        lane: WorkQueue.Lane, _ context: RequestContext,
        _ body: @escaping @Sendable () -> Result<Value, ClusterError>
    ) async throws(ClusterError) -> Value {
        let reply = OneShot<Value>()
        let job = WorkQueue.Job(
            run: {
                let answer = body()
                reply.resolve(answer)
                if case .failure(let error) = answer, error.reason == .timedOut { return .stalled }
                return .progress
            },
            fail: { reply.resolve(.failure(context.error($0))) },
            isWanted: { reply.isOpen })
        running.withLock { $0.insert(reply, context) }
        defer { running.withLock { $0.remove(reply) } }
        pool.submit(job, lane: lane)
        return try await reply.value(orOnCancel: context.error(.cancelled))
    }

    /// Answers that workers owe; closing gives them at once.
    private let running = Mutex(RunningCalls())
}

// MARK: - Closing

extension ClusterCore {
    /// Starts closing and waits for its end or for the close time-out.
    func close() async {
        let done = OneShot<Void>()
        let isOver = state.withLock { state -> Bool in
            switch state.closing {
            case .open, .closing:
                return false
            case .closed:
                return true
            }
        }
        if isOver { return }
        beginClosing(telling: done)
        // A cancelled task still waits: freeing is what it called for.
        let waiter = Task { () async in
            try? await done.value(orOnCancel: ClusterError(.cancelled, operation: "close"))
        }
        await waiter.value
    }

    /// Refuses new calls, ends outstanding ones and leaves the rest to a thread; further calls only listen.
    func beginClosing(telling listener: OneShot<Void>? = nil) {
        enum Start { case now, already, over }
        let (start, handles) = state.withLock { state -> (Start, [ClientHandle]) in
            switch state.closing {
            case .open:
                state.closing = .closing(waiting: listener.map { [$0] } ?? [])
                return (.now, [primary] + state.secondary.values)
            case .closing(let waiting):
                state.closing = .closing(waiting: waiting + (listener.map { [$0] } ?? []))
                return (.already, [])
            case .closed:
                return (.over, [])
            }
        }
        switch start {
        case .already: return
        case .over: listener?.resolve(.success(()))
        case .now:
            for handle in handles { handle.refuseCalls() }
            gates.close()
            pool.stop()
            for fail in running.withLock({ $0.close() }) { fail() }
            if let thread = NativeThread(named: "kafka-close", { self.finishClosing(handles) }) {
                thread.detach()
            } else {
                finishClosing(handles)
            }
        }
    }

    /// Body of the closing thread: frees the handles once nothing is inside them.
    private func finishClosing(_ handles: [ClientHandle]) {
        let patience = ContinuousClock.now + settings.closeTimeout
        let nap = Doorbell()
        var isReported = false
        while !(pool.threadCount == 0 && handles.allSatisfy(\.isQuiet)) {
            _ = nap.wait(milliseconds: 5)
            if !isReported, ContinuousClock.now >= patience {
                isReported = true
                log.oddity("a call to a broker is still blocked; the client is freed when it returns")
                reportClosed()
            }
        }
        for handle in handles { handle.destroyNow() }
        reportClosed()
    }

    private func reportClosed() {
        let waiting = state.withLock { state -> [OneShot<Void>] in
            defer { state.closing = .closed }
            if case .closing(let waiting) = state.closing { return waiting }
            return []
        }
        for listener in waiting { listener.resolve(.success(())) }
    }
}

/// Answers owed by blocked calls, so that closing can give them without waiting for the calls.
struct RunningCalls {
    private var failures: [ObjectIdentifier: @Sendable () -> Void] = [:]
    private var isClosed = false

    mutating func insert<Value: Sendable>(_ reply: OneShot<Value>, _ context: RequestContext) {
        if isClosed {
            reply.resolve(.failure(context.error(.closed)))
        } else {
            failures[ObjectIdentifier(reply)] = { reply.resolve(.failure(context.error(.closed))) }
        }
    }

    mutating func remove<Value: Sendable>(_ reply: OneShot<Value>) {
        failures[ObjectIdentifier(reply)] = nil
    }

    /// What is to be called outside the lock.
    mutating func close() -> [@Sendable () -> Void] {
        isClosed = true
        defer { failures = [:] }
        return Array(failures.values)
    }
}
