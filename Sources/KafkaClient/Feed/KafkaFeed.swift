import CRdKafka
package import ClusterAccess
import Locking

extension KafkaCluster: OffsetsFeedProvider {
    package func makeFeed(_ options: FeedOptions) throws(ClusterError) -> any OffsetsFeed {
        try makeFeed(options, of: CoordinatorPartition.topic)
    }

    /// The same for any topic.
    package func makeFeed(_ options: FeedOptions, of topic: TopicName) throws(ClusterError) -> KafkaFeed {
        try KafkaFeed(core: FeedCore(core, options, topic: topic))
    }
}

/// Records of one topic through a librdkafka consumer of its own, whose polling is done by one thread.
///
/// The thread fetches and copies while the caller decodes, at most two batches ahead. A partition's failure
/// is repeated at most once a second, and reading goes on by itself when its cause has gone. What stops the
/// whole client (no broker can be reached) fails every partition that is read, also those that are followed
/// before a broker has answered; without any it is thrown by the next ``nextBatch(limit:within:)``, at most
/// once a second. A broker that is silent is no failure: who wants to know compares with the log's end.
///
/// A member of a group that was fenced by another of the same instance id throws
/// ``ClusterError/Reason/instanceFenced`` for ever; it has to be closed and made anew.
package final class KafkaFeed: OffsetsFeed {
    private let core: FeedCore
    /// What freeing may take beyond the close time-out; a thread that needs longer is left behind.
    private static let freeing = Duration.seconds(2)

    init(core: FeedCore) throws(ClusterError) {
        self.core = core
        try core.start()
    }

    deinit { core.end(telling: nil) }

    package func nextBatch(limit: Int, within timeout: Duration) async throws(ClusterError) -> FeedBatch {
        try await core.mailbox.next(limit: limit, within: timeout, core.context)
    }

    package func follow(_ starts: [PartitionID: FeedStart]) async throws(ClusterError) {
        let isSound = starts.allSatisfy { partition, start in
            switch start {
            case .beginning: partition.rawValue >= 0
            case .offset(let offset): partition.rawValue >= 0 && offset >= 0
            }
        }
        guard isSound else { throw core.context.error(.invalidRequest, "a number is negative") }
        try await carryOut(.follow(starts))
    }

    package func unfollow(_ partitions: Set<PartitionID>) async throws(ClusterError) {
        try await carryOut(.unfollow(partitions))
    }

    /// Whether this feed is a member of its group whose session has not run out, as far as can be known
    /// here.
    ///
    /// Turns false before librdkafka learns that a process was stopped for longer than its session. Always
    /// false without a group.
    package var isMember: Bool { core.membership.isValid(at: .now) }

    /// Ends a waiting call, leaves the group and frees everything, within
    /// ``KafkaClientSettings/closeTimeout`` and little more, whether brokers answer or not.
    package func close() async {
        let done = OneShot<Void>()
        core.end(telling: done)
        // A cancelled task still waits: freeing is what it called for.
        let waiter = Task { () async in
            try? await done.value(orOnCancel: ClusterError(.cancelled, operation: "close"))
        }
        let limit = core.closeTimeout + Self.freeing
        let watch = Task {
            try await Task.sleep(for: limit)
            done.resolve(.success(()))
        }
        await waiter.value
        watch.cancel()
    }

    private func carryOut(_ command: FeedMailbox.Command) async throws(ClusterError) {
        guard core.shardGroup == nil else {
            throw core.context.error(.invalidRequest, "the group hands out the partitions")
        }
        guard let done = core.mailbox.order(command) else { throw core.context.error(.closed) }
        core.wake()
        try await done.value(orOnCancel: core.context.error(.cancelled))
    }
}

/// The client of a feed with what its thread and its callers share; lives until the thread has ended.
final class FeedCore: Sendable {
    let client: SharedAddress
    /// Where records, errors and changes of the assignment arrive.
    let queue: SharedAddress
    let voice: FeedVoice
    let mailbox = FeedMailbox()
    let membership: FeedMembership
    let redactor: Redactor
    let topic: TopicName
    let shardGroup: FeedOptions.ShardGroup?
    let closeTimeout: Duration
    let context: RequestContext
    /// Whether ``queue`` may be touched by others than the thread.
    private let isQueueOpen = Mutex(true)

    /// Makes the client; it does nothing before ``start()``.
    init(_ cluster: ClusterCore, _ options: FeedOptions, topic: TopicName) throws(ClusterError) {
        self.topic = topic
        shardGroup = options.shardGroup
        redactor = cluster.redactor
        closeTimeout = cluster.settings.closeTimeout
        context = RequestContext(operation: "read records", subject: "topic \(topic)")
        membership = FeedMembership(session: options.shardGroup?.sessionTimeout)
        voice = FeedVoice(
            topic: topic, log: cluster.log, redactor: cluster.redactor, counter: cluster.counter)
        let configuration = ClientConfiguration()
        try configuration.fill(
            cluster.settings, level: cluster.log.level, defaults: FeedProperties.defaults,
            ours: FeedProperties.ours(options), cluster.redactor)
        voice.connect(to: configuration, asMember: options.shardGroup != nil)
        client = try configuration.makeClient(RD_KAFKA_CONSUMER, cluster.redactor)
        cluster.settings.enableTokenRefresh(client)
        unsafe rd_kafka_poll_set_consumer(client.raw)
        guard let queue = unsafe rd_kafka_queue_get_consumer(client.raw) else {
            unsafe rd_kafka_destroy_flags(client.raw, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            throw context.error(.other, "no queue to be had")
        }
        unsafe self.queue = SharedAddress(queue)
    }

    /// Subscribes where there is a group, and starts the thread.
    func start() throws(ClusterError) {
        if shardGroup != nil {
            let list = PartitionList(capacity: 1)
            list.append(topic, PartitionID(-1), offset: 0)
            let code = unsafe rd_kafka_subscribe(client.raw, list.raw)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
                free()
                throw context.error(code)
            }
        }
        let thread = NativeThread(named: "kafka-feed") {
            var loop = FeedLoop(self)
            loop.run()
        }
        guard let thread else {
            free()
            throw context.error(.other, "no thread to be had")
        }
        thread.detach()
    }

    /// Starts the end, from any thread and at once; the thread does the rest.
    func end(telling listener: OneShot<Void>?) {
        if mailbox.end(telling: listener, context.error(.closed)) { wake() }
    }

    /// Lets the thread return from a poll.
    func wake() {
        isQueueOpen.withLock { isOpen in
            if isOpen { unsafe rd_kafka_queue_yield(queue.raw) }
        }
    }

    /// Frees the client; nobody polls any more.
    func free() {
        isQueueOpen.withLock { $0 = false }
        unsafe rd_kafka_queue_destroy(queue.raw)
        unsafe rd_kafka_destroy_flags(client.raw, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    }
}

/// Properties of a feed's client beside those that every client of a cluster has.
enum FeedProperties {
    /// What the user may change.
    ///
    /// Bytes bound the queue, not messages: all partitions share one queue, and librdkafka pauses fetching
    /// when that holds `queued.min.messages`. With its default of 100,000 a million records this small took
    /// up to three times as long on a busy machine.
    static let defaults: [(String, String)] = [
        ("fetch.wait.max.ms", "100"),
        ("fetch.max.bytes", "4194304"),
        ("fetch.message.max.bytes", "1048576"),
        ("queued.min.messages", "1000000"),
        ("queued.max.messages.kbytes", "32768"),
    ]

    /// What a feed stands on.
    static func ours(_ options: FeedOptions) -> [(String, String)] {
        let isolation = options.readsCommitted ? "read_committed" : "read_uncommitted"
        // Where a log was cut is an error, not a silent start from elsewhere: who follows has to know. What
        // a group has given must not be assigned anew by hand, and is read from its beginning anyway.
        let reset = options.shardGroup == nil ? "error" : "earliest"
        let ours = [
            ("isolation.level", isolation), ("enable.partition.eof", "true"), ("auto.offset.reset", reset),
            ("log.queue", "false"),
        ]
        return ours + (options.shardGroup.map(member) ?? [])
    }

    private static func member(_ group: FeedOptions.ShardGroup) -> [(String, String)] {
        let session = max(group.sessionTimeout.boundedMilliseconds, 1_000)
        // The others learn of a lost replica with their next heartbeat, and have no numbers until then.
        let heartbeat = min(session / 10, 1_000)
        let member = [
            ("group.id", group.group.rawValue), ("partition.assignment.strategy", "cooperative-sticky"),
            ("session.timeout.ms", "\(session)"), ("heartbeat.interval.ms", "\(heartbeat)"),
            ("max.poll.interval.ms", "\(max(session, 300_000))"),
        ]
        return member + (group.instanceID.map { [("group.instance.id", $0)] } ?? [])
    }
}
