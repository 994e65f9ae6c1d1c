import CRdKafka
import ClusterAccess

/// What the sampler's thread does: the only code that polls and assigns its consumer.
struct SamplerLoop {
    private let core: SamplerCore
    private var shutdown: ConsumerShutdown
    private var topics: SampledTopics
    /// Topics that may not be read, with when that is tried again.
    private var refused: [TopicName: (error: ClusterError, retry: ContinuousClock.Instant)] = [:]

    /// Partitions that are read at a time.
    static let partitionsMax = 64
    /// Longest wait for a record before the time and orders are looked at.
    private static let pollMilliseconds: Int32 = 20
    private static let idleMilliseconds: Int32 = 1_000
    /// Messages taken from librdkafka at a time.
    private static let chunk = 256

    init(_ core: SamplerCore) {
        self.core = core
        shutdown = ConsumerShutdown(client: core.client, queue: core.queue)
        topics = SampledTopics(core.client)
    }

    /// Body of the thread.
    mutating func run() {
        while core.mailbox.isOpen {
            guard let job = core.mailbox.take(milliseconds: Self.idleMilliseconds) else {
                // Nothing is assigned; what comes are errors, told by callbacks.
                _ = ConsumerShutdown.drop(from: core.queue, milliseconds: 0)
                continue
            }
            job.reply.resolve(.success(sample(job)))
        }
        end()
    }

    private mutating func end() {
        topics.forgetAll()
        if !shutdown.leave(until: .now + core.closeTimeout).isInTime {
            core.voice.log.oddity("a broker does not answer; the sampler is freed when its time is over")
            core.mailbox.finish()
        }
        core.free()
        core.mailbox.finish()
    }

    // MARK: - One call

    private mutating func sample(_ job: SamplerMailbox.Job) -> [SampleReply] {
        var round = SampleRound(job.requests, SamplerCore.context)
        failRefused(in: &round)
        // Troubles of the time before are none of this call.
        _ = core.voice.takeTroubles()
        learnLeaders(in: &round)
        while !round.isDone, core.mailbox.isOpen, ContinuousClock.now < job.deadline {
            assign(round.begin(upTo: Self.partitionsMax), in: &round)
            read(into: &round)
            listen(in: &round)
            unassign(round.takeFinished())
        }
        for place in round.active { shutdown.keepQueues(of: [place.partition], in: place.topic) }
        let refusals = refused.mapValues(\.error)
        let error = core.mailbox.isOpen ? SamplerCore.context.error(.timedOut) : closed
        // What was refused before and says nothing now is still refused.
        round.failRest { refusals[$0] ?? error }
        unassign(round.takeFinished())
        return round.answers(otherwise: error)
    }

    private var closed: ClusterError { SamplerCore.context.error(.closed) }

    private func failRefused(in round: inout SampleRound) {
        let now = ContinuousClock.now
        for (topic, refusal) in refused where now < refusal.retry { round.fail(topic, refusal.error) }
    }

    private mutating func learnLeaders(in round: inout SampleRound) {
        guard let answer = topics.learn(round.topics) else { return }
        for topic in round.topics {
            if let code = answer.errors[topic] {
                fail(topic, SamplerCore.context.error(code), in: &round)
                continue
            }
            let leaders = answer.leaders[topic] ?? [:]
            for partition in round.open(in: topic) {
                let place = SampleRound.Place(topic: topic, partition: partition)
                switch leaders[partition] {
                case .some(true): break
                case .some(false): round.fail(place, SamplerCore.context.error(.leaderUnavailable))
                case .none: round.fail(place, SamplerCore.context.error(.unknownTopicOrPartition))
                }
            }
        }
    }

    // MARK: - Assigning

    private func assign(_ requests: [SampleRequest], in round: inout SampleRound) {
        guard !requests.isEmpty else { return }
        let list = PartitionList(capacity: requests.count)
        for request in requests { list.append(request.topic, request.partition, offset: request.offset) }
        guard let failure = unsafe failure(of: rd_kafka_incremental_assign(core.client.raw, list.raw))
        else { return }
        for request in requests {
            round.fail(.init(topic: request.topic, partition: request.partition), failure)
        }
    }

    /// Reads these no more; librdkafka drops what it has queued of them.
    private func unassign(_ places: Set<SampleRound.Place>) {
        guard !places.isEmpty else { return }
        let list = PartitionList(capacity: places.count)
        for place in places { list.append(place.topic, place.partition, offset: 0) }
        if let error = unsafe failure(of: rd_kafka_incremental_unassign(core.client.raw, list.raw)) {
            core.voice.log.oddity("\(error)")
        }
    }

    /// Takes an error object over.
    private func failure(of error: OpaquePointer?) -> ClusterError? {
        guard let error = unsafe error else { return nil }
        defer { unsafe rd_kafka_error_destroy(error) }
        return unsafe NativeText.failure(error).map { SamplerCore.context.error($0.code, $0.text) }
    }

    // MARK: - Reading

    /// Waits for a first message and takes what is there.
    private mutating func read(into round: inout SampleRound) {
        guard take(1, Self.pollMilliseconds, into: &round) == 1 else { return }
        _ = take(Self.chunk, 0, into: &round)
    }

    private mutating func take(_ limit: Int, _ milliseconds: Int32, into round: inout SampleRound) -> Int {
        unsafe PolledMessages.take(limit, from: core.queue, milliseconds: milliseconds) {
            unsafe add($0, to: &round)
        }
    }

    private mutating func add(
        _ message: UnsafeMutablePointer<rd_kafka_message_t>, to round: inout SampleRound
    ) {
        let code = unsafe message.pointee.err
        guard let topic = unsafe message.pointee.rkt else {
            let text = unsafe core.redactor.clean(NativeText.string(rd_kafka_message_errstr(message)))
            core.voice.log.oddity("\(SamplerCore.context.operation): \(text)")
            return
        }
        let place = unsafe SampleRound.Place(
            topic: TopicName(NativeText.string(rd_kafka_topic_name(topic))),
            partition: PartitionID(message.pointee.partition))
        guard round.active.contains(place) else { return }
        let offset = unsafe message.pointee.offset
        if code == RD_KAFKA_RESP_ERR_NO_ERROR {
            refused[place.topic] = nil
            unsafe round.record(place, offset: offset, timestamp: Self.timestamp(of: message))
        } else if code == RD_KAFKA_RESP_ERR__PARTITION_EOF {
            core.voice.refusal.clear()
            refused[place.topic] = nil
            round.reachedEnd(place, offset: offset)
        } else {
            let text = unsafe core.redactor.clean(NativeText.string(rd_kafka_message_errstr(message)))
            failed(place, SamplerCore.context.error(code, text), in: &round)
        }
    }

    /// Milliseconds since 1970; `nil` where the record has no time.
    private static func timestamp(of message: UnsafeMutablePointer<rd_kafka_message_t>) -> Int64? {
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let timestamp = unsafe rd_kafka_message_timestamp(message, &kind)
        return kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || timestamp < 0 ? nil : timestamp
    }

    // MARK: - Failures

    private mutating func failed(
        _ place: SampleRound.Place, _ error: ClusterError, in round: inout SampleRound
    ) {
        shutdown.keepQueues(of: [place.partition], in: place.topic)
        switch error.reason {
        case .topicUnauthorized: fail(place.topic, error, in: &round)
        case .notLeader, .brokerUnavailable, .leaderUnavailable:
            // librdkafka asks for the new leader by itself; the time limit ends what lasts.
            topics.forgetAge()
        default:
            topics.forgetAge()
            round.fail(place, error)
        }
    }

    /// Fails a topic and, where it may not be read, leaves it alone for a while.
    private mutating func fail(_ topic: TopicName, _ error: ClusterError, in round: inout SampleRound) {
        for partition in round.open(in: topic) {
            shutdown.keepQueues(of: [partition], in: topic)
        }
        var error = error
        error.subject = "topic \(topic)"
        if error.reason == .topicUnauthorized {
            refused[topic] = (error, .now + core.refusalPause)
        } else {
            topics.forgetAge()
        }
        round.fail(topic, error)
    }

    /// Ends the call where no broker can be reached.
    private mutating func listen(in round: inout SampleRound) {
        for trouble in core.voice.takeTroubles() where trouble.partition == nil {
            let text = core.redactor.clean(trouble.text)
            let error = core.voice.refusal.explain(SamplerCore.context.error(trouble.code, text))
            round.failRest { _ in error }
        }
    }
}
