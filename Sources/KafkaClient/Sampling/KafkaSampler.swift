import CRdKafka
import ClusterAccess
import Locking

/// Reads the first record at offsets of any topics, through a librdkafka consumer of its own that is made
/// with the first call and polled by one thread.
///
/// It assigns by hand, at most ``SamplerLoop/partitionsMax`` partitions at a time, joins no group and commits
/// nothing. Calls are served one after the other.
final class KafkaSampler: Sendable {
    private enum State {
        case idle
        case running(SamplerCore)
        case closed
    }

    /// Longest time for one call; what has not come by then is a time-out.
    private static let patience = Duration.seconds(3)
    /// What freeing may take beyond the close time-out; a thread that needs longer is left behind.
    private static let freeing = Duration.seconds(2)

    private let cluster: ClusterCore
    private let refusalPause: Duration
    private let state = Mutex(State.idle)

    /// After `refusalPause` a topic that may not be read is tried again.
    init(_ cluster: ClusterCore, refusalPause: Duration = .seconds(60)) {
        self.cluster = cluster
        self.refusalPause = refusalPause
    }

    func firstRecords(at requests: [SampleRequest]) async -> [SampleReply] {
        guard !requests.isEmpty else { return [] }
        do throws(ClusterError) {
            let core = try runningCore()
            let job = SamplerMailbox.Job(
                requests: requests, deadline: .now + min(cluster.settings.requestTimeout, Self.patience),
                reply: OneShot())
            guard core.mailbox.submit(job) else { throw SamplerCore.context.error(.closed) }
            return try await job.reply.value(orOnCancel: SamplerCore.context.error(.cancelled))
        } catch {
            return requests.map { _ in .failure(error) }
        }
    }

    /// The consumer, made by the first who asks; takes about a millisecond then.
    private func runningCore() throws(ClusterError) -> SamplerCore {
        try state.withLock { state throws(ClusterError) in
            switch state {
            case .running(let core): return core
            case .closed: throw SamplerCore.context.error(.closed)
            case .idle:
                let core = try SamplerCore(cluster, refusalPause: refusalPause)
                try core.start()
                state = .running(core)
                return core
            }
        }
    }

    /// Ends waiting calls and refuses later ones, from any thread and at once; the thread does the rest.
    func end(telling listener: OneShot<Void>? = nil) {
        let core = state.withLock { state -> SamplerCore? in
            defer { state = .closed }
            if case .running(let core) = state { return core }
            return nil
        }
        if let core {
            core.mailbox.end(telling: listener, SamplerCore.context.error(.closed))
        } else {
            listener?.resolve(.success(()))
        }
    }

    /// The same, and waits until all is freed, for the close time-out and little more.
    func close() async {
        let done = OneShot<Void>()
        end(telling: done)
        // A cancelled task still waits: freeing is what it called for.
        let waiter = Task { () async in
            try? await done.value(orOnCancel: SamplerCore.context.error(.cancelled))
        }
        let limit = cluster.settings.closeTimeout + Self.freeing
        let watch = Task {
            try await Task.sleep(for: limit)
            done.resolve(.success(()))
        }
        await waiter.value
        watch.cancel()
    }
}

/// The consumer with what its thread and its callers share; lives until the thread has ended.
final class SamplerCore: Sendable {
    static let context = RequestContext(operation: "read the next record of groups")

    let client: SharedAddress
    /// Where records and errors arrive.
    let queue: SharedAddress
    let voice: FeedVoice
    let mailbox = SamplerMailbox()
    let redactor: Redactor
    let closeTimeout: Duration
    let refusalPause: Duration

    init(_ cluster: ClusterCore, refusalPause: Duration) throws(ClusterError) {
        self.refusalPause = refusalPause
        redactor = cluster.redactor
        closeTimeout = cluster.settings.closeTimeout
        voice = FeedVoice(
            topic: nil, log: cluster.log, redactor: cluster.redactor, counter: cluster.counter)
        let configuration = ClientConfiguration()
        try configuration.fill(
            cluster.settings, level: cluster.log.level, defaults: [], ours: SamplerProperties.ours,
            cluster.redactor)
        voice.connect(to: configuration, asMember: false)
        client = try configuration.makeClient(RD_KAFKA_CONSUMER, cluster.redactor)
        cluster.settings.enableTokenRefresh(client)
        unsafe rd_kafka_poll_set_consumer(client.raw)
        guard let queue = unsafe rd_kafka_queue_get_consumer(client.raw) else {
            unsafe rd_kafka_destroy_flags(client.raw, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            throw Self.context.error(.other, "no queue to be had")
        }
        unsafe self.queue = SharedAddress(queue)
    }

    func start() throws(ClusterError) {
        let thread = NativeThread(named: "kafka-sample") {
            var loop = SamplerLoop(self)
            loop.run()
        }
        guard let thread else {
            free()
            throw Self.context.error(.other, "no thread to be had")
        }
        thread.detach()
    }

    /// Frees the client; nobody polls any more.
    func free() {
        unsafe rd_kafka_queue_destroy(queue.raw)
        unsafe rd_kafka_destroy_flags(client.raw, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    }
}

/// Properties of the sampler's consumer beside those that every client of a cluster has.
enum SamplerProperties {
    /// Small fetches that come back at once: one record is wanted of each partition.
    ///
    /// A batch larger than the limit of a partition is fetched by librdkafka with a limit that grows.
    static var ours: [(String, String)] {
        var ours = [
            ("isolation.level", "read_committed"), ("enable.partition.eof", "true"),
            ("auto.offset.reset", "error"), ("log.queue", "false"), ("fetch.wait.max.ms", "10"),
            ("fetch.min.bytes", "1"), ("fetch.message.max.bytes", "65536"), ("fetch.max.bytes", "1048576"),
            ("queued.max.messages.kbytes", "4096"), ("queued.min.messages", "1000"),
            ("fetch.error.backoff.ms", "50"),
        ]
        // Fetching goes on at once for the others when the records of one have been taken.
        if rd_kafka_version() >= 0x0202_0000 { ours.append(("fetch.queue.backoff.ms", "10")) }
        return ours
    }
}
