import CRdKafka
package import ClusterAccess

extension KafkaCluster {
    package func logOffsets(
        _ kind: LogOffsetKind, of partitions: [TopicPartitions], leader: BrokerID
    ) async -> LogOffsets {
        await core.lookUp(OffsetQuestion(kind), of: partitions, leader: leader, sweep: SweepStep(kind))
    }
}

extension ClusterCore {
    /// Asks all chunks at once; what fails for a cause that fresh metadata can cure is asked once more.
    ///
    /// `rd_kafka_offsets_for_times` fails as a whole for one bad partition, so the second time a failing
    /// chunk is halved until the bad ones stand alone. A time-out is never split: the leader does not
    /// answer at all.
    ///
    /// Chunks of a step of a `sweep` take turns where the leader's budget leaves some of them out.
    func lookUp<Answer: LookupAnswer>(
        _ question: OffsetQuestion, of partitions: [TopicPartitions], leader: BrokerID,
        sweep step: SweepStep? = nil
    ) async -> Answer {
        let chunks = PartitionChunks.split(partitions, size: settings.offsetsChunk)
        let order = step.map { turns.order(of: chunks.count, $0, leader) } ?? Array(chunks.indices)
        let lookup = OffsetLookup<Answer>(
            core: self, question: question, leader: leader,
            context: RequestContext(operation: "list \(question.words)", broker: leader))
        let answers = await lookup.askAll(chunks, order) { await lookup.once($0) }
        if let step {
            let leftOut = answers.indices.filter { answers[$0].isLeftOut }
            turns.note(leftOut: Set(leftOut), of: chunks.count, step, leader)
        }
        var answer = Answer(joining: answers)
        let curable = answer.failures.filter { lookup.mayBeCured($0.error.reason) }
        guard !curable.isEmpty else { return answer }
        answer.failures.removeAll { lookup.mayBeCured($0.error.reason) }
        let verdicts = MetadataVerdicts(try? await metadata())
        var hopeful: [TopicPartitions] = []
        for failure in curable {
            if let verdict = verdicts.verdict(on: failure) {
                answer.failures.append(verdict)
            } else {
                hopeful.append(TopicPartitions(topic: failure.topic, partitions: [failure.partition]))
            }
        }
        let again = PartitionChunks.split(hopeful, size: settings.offsetsChunk)
        let second = await lookup.askAll(again, Array(again.indices)) { await lookup.splitting($0) }
        return Answer(joining: [answer] + second)
    }
}

/// What fresh metadata says about partitions that gave no offset: some need not be asked again.
struct MetadataVerdicts {
    private let leaders: [TopicName: [PartitionID: BrokerID?]]?

    /// Without metadata there is no verdict on anything.
    init(_ metadata: ClusterMetadata?) {
        leaders = metadata.map { metadata in
            Dictionary(
                metadata.topics.filter { $0.error == nil }.map { topic in
                    (topic.name, Dictionary(topic.partitions.map { ($0.id, $0.leader) }) { $1 })
                }, uniquingKeysWith: { $1 })
        }
    }

    /// The failure that stays, for a partition that is gone or has no leader; `nil` where asking may help.
    func verdict(on failure: PartitionFailure) -> PartitionFailure? {
        guard let leaders else { return nil }
        let reason: ClusterError.Reason
        switch leaders[failure.topic]?[failure.partition] {
        case .none: reason = .unknownTopicOrPartition
        case .some(.none): reason = .leaderUnavailable
        case .some(.some): return nil
        }
        // A right that is missing hides the topic from metadata too.
        if failure.error.reason == .topicUnauthorized { return failure }
        var verdict = failure
        verdict.error.reason = reason
        return verdict
    }
}

/// One sweep over partitions of one leader.
struct OffsetLookup<Answer: LookupAnswer>: Sendable {
    let core: ClusterCore
    let question: OffsetQuestion
    let leader: BrokerID
    let context: RequestContext

    /// Requests spent on finding the bad partitions of one chunk; the rest fails with its half's error.
    private static var splittingBudget: Int { 64 }

    /// Answers to all chunks, in their order; all are asked at the same time, and wait for the budget in the
    /// given order.
    func askAll(
        _ chunks: [[TopicPartitions]], _ order: [Int],
        _ ask: @escaping @Sendable ([TopicPartitions]) async -> Answer
    ) async -> [Answer] {
        if chunks.count == 1 { return [await ask(chunks[0])] }
        return await withTaskGroup(of: (Int, Answer).self) { tasks in
            for number in order {
                let chunk = chunks[number]
                tasks.addTask { (number, await ask(chunk)) }
            }
            var answers = Array(repeating: Answer(), count: chunks.count)
            for await (number, answer) in tasks { answers[number] = answer }
            return answers
        }
    }

    /// Whether fresh metadata, or asking without the bad neighbour, may turn the failure into an offset.
    func mayBeCured(_ reason: ClusterError.Reason) -> Bool {
        switch reason {
        case .notLeader, .unknownTopicOrPartition, .leaderUnavailable, .topicUnauthorized, .unsupported,
            .other:
            true
        case .timedOut, .brokerUnavailable, .authenticationFailed, .tlsFailed, .nameNotResolved,
            .clusterUnauthorized, .groupUnauthorized, .notCoordinator, .coordinatorLoading,
            .coordinatorUnavailable, .unstableOffset, .offsetOutOfRange, .instanceFenced, .notAConsumerGroup,
            .closed, .cancelled, .invalidRequest, .noCommits, .offsetsTopicBehind, .requestBudget:
            false
        }
    }

    /// One request; an error of the whole becomes each partition's.
    func once(_ chunk: [TopicPartitions]) async -> Answer {
        var answer: Answer
        do throws(ClusterError) {
            answer = try await ask(chunk)
        } catch {
            answer = failing(chunk, error)
        }
        answer.note(requests: 1)
        return answer
    }

    /// Requests for ever smaller parts, until every partition has an offset or an error of its own.
    func splitting(_ chunk: [TopicPartitions]) async -> Answer {
        var open = [chunk]
        var answers: [Answer] = []
        var budget = Self.splittingBudget
        while let part = open.popLast() {
            do throws(ClusterError) {
                budget -= 1
                answers.append(try await ask(part))
            } catch {
                let count = part.reduce(0) { $0 + $1.partitions.count }
                if count > 1, budget > 1, mayBeCured(error.reason) {
                    open += PartitionChunks.split(part, size: (count + 1) / 2).reversed()
                } else {
                    answers.append(failing(part, error))
                }
            }
        }
        var answer = Answer(joining: answers)
        answer.note(requests: Self.splittingBudget - budget)
        return answer
    }

    private func failing(_ chunk: [TopicPartitions], _ error: ClusterError) -> Answer {
        var answer = Answer()
        for topic in chunk {
            var error = error
            error.subject = "topic \(topic.topic)"
            answer.failures += topic.partitions.map {
                PartitionFailure(topic: topic.topic, partition: $0, error: error)
            }
        }
        return answer
    }

    /// The request itself, by whichever function the loaded librdkafka has.
    private func ask(_ chunk: [TopicPartitions]) async throws(ClusterError) -> Answer {
        if core.settings.usesListOffsets, let functions = RuntimeFunctions.loaded.offsets {
            return try await askPerCall(chunk, functions)
        }
        return try await askBlocking(chunk)
    }

    /// `rd_kafka_offsets_for_times` on a worker of the leader's lane.
    private func askBlocking(_ chunk: [TopicPartitions]) async throws(ClusterError) -> Answer {
        let handle = question.readsCommitted ? try core.handle(.lastStable) : core.primary
        let timeout = core.settings.requestTimeout.boundedMilliseconds
        let (context, question, leader, counter) = (context, question, leader, core.counter)
        return try await core.admitted(to: leader, context) { () async throws(ClusterError) -> Answer in
            try await core.blocking(lane: .leader(leader), context) {
                let start = ContinuousClock.now
                let answer = Result { () throws(ClusterError) in
                    try handle.withClient(orIfClosed: context.error(.closed)) { client throws(ClusterError) in
                        try OffsetReader.blockingLookup(client, chunk, question, timeout, context) as Answer
                    }
                }
                counter.record(
                    .listOffsets, broker: leader, took: .now - start, failure: answer.failure?.reason)
                return answer
            }
        }
    }

    /// `rd_kafka_ListOffsets`, asynchronous, with an isolation level and an error for each partition.
    private func askPerCall(
        _ chunk: [TopicPartitions], _ functions: RuntimeFunctions.OffsetsAPI
    ) async throws(ClusterError) -> Answer {
        let (context, question) = (context, question)
        return try await core.routed(.listOffsets, to: leader, context) {
            client, queue, ticket throws(ClusterError) in
            // No operation number: the one of ListOffsets is missing from the header of 2.0.2.
            let options = try AdminOptions(client, for: RD_KAFKA_ADMIN_OP_ANY)
            try options.setTimeout(core.settings.requestTimeout)
            options.setTicket(ticket)
            let isolation: UInt32 = question.readsCommitted ? 1 : 0
            if let error = unsafe functions.setIsolation(options.raw, isolation) {
                let said = unsafe NativeText.failure(error)?.text ?? ""
                unsafe rd_kafka_error_destroy(error)
                throw context.error(.unsupported, said)
            }
            let list = OffsetReader.list(chunk, asking: question)
            unsafe functions.listOffsets(client.raw, list.raw, options.raw, queue.raw)
        } read: { event in
            OffsetReader.answer(event, functions, context)
        }
    }
}

/// Asks for and reads log offsets.
enum OffsetReader {
    /// The chunk as librdkafka wants it, each partition with what is asked in the place of its offset.
    static func list(_ chunk: [TopicPartitions], asking question: OffsetQuestion) -> PartitionList {
        let list = PartitionList(capacity: chunk.reduce(0) { $0 + $1.partitions.count })
        for topic in chunk { list.append(topic, offset: question.times(topic.topic)) }
        return list
    }

    /// Blocks for at most the time given; after an error of the whole call the list holds nothing of worth.
    static func blockingLookup<Answer: LookupAnswer>(
        _ client: SharedAddress, _ chunk: [TopicPartitions], _ question: OffsetQuestion,
        _ milliseconds: Int32, _ context: RequestContext
    ) throws(ClusterError) -> Answer {
        let list = list(chunk, asking: question)
        let code = unsafe rd_kafka_offsets_for_times(client.raw, list.raw, milliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw context.error(code) }
        var columns = OffsetColumns<Answer>(context: context)
        unsafe PartitionLists.walk(list.raw) {
            columns.begin($0)
        } element: {
            unsafe columns.add($0, timestamp: nil)
        }
        return columns.finish()
    }

    /// Reads the event of `rd_kafka_ListOffsets`.
    static func answer<Answer: LookupAnswer>(
        _ event: borrowing ClientEvent, _ functions: RuntimeFunctions.OffsetsAPI, _ context: RequestContext
    ) -> Result<Answer, ClusterError> {
        guard event.errorCode == RD_KAFKA_RESP_ERR_NO_ERROR, let result = unsafe functions.result(event.raw)
        else {
            // "No leaders found": nobody leads any of these partitions now.
            let isLeaderless = event.errorCode == RD_KAFKA_RESP_ERR__NOENT
            return .failure(
                isLeaderless
                    ? context.error(.leaderUnavailable, event.errorText)
                    : context.error(event.errorCode, event.errorText))
        }
        var count = 0
        let infos = unsafe functions.infos(result, &count)
        var columns = OffsetColumns<Answer>(context: context)
        var previous = ""
        for index in 0..<(unsafe infos == nil ? 0 : count) {
            let info = unsafe infos?[index]
            guard let element = unsafe functions.partition(info) else { continue }
            let name = unsafe NativeText.string(element.pointee.topic)
            if name != previous {
                columns.begin(TopicName(name))
                previous = name
            }
            unsafe columns.add(element.pointee, timestamp: functions.timestamp(info))
        }
        let answer = columns.finish()
        // A silent leader gives every partition a time-out or (seen with 2.16) neither an offset nor an
        // error.
        if answer.isEmpty, let first = answer.failures.first?.error,
            first.reason == .timedOut || columns.unexplained == answer.failures.count
        {
            return .failure(context.error(.timedOut, "the leader did not answer"))
        }
        return .success(answer)
    }
}
