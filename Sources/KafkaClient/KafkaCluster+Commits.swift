import CRdKafka
package import ClusterAccess
import Locking

extension KafkaCluster {
    package func committedOffsets(
        of group: GroupID, on broker: BrokerID
    ) async throws(ClusterError) -> CommittedOffsets {
        switch core.hugeGroups.plan(for: group) {
        case .everything:
            let offsets = try await core.fetchCommits(of: group, on: broker, only: nil)
            core.hugeGroups.learned(group, offsets)
            return offsets
        case .listed(let partitions, let refresh):
            if refresh { core.refreshHugeGroup(group, on: broker) }
            let offsets = try await core.fetchListedCommits(of: group, on: broker, partitions)
            core.hugeGroups.answered(group, offsets)
            return offsets
        }
    }

    /// Commits of `group` for these partitions only; partitions without a commit are left out of the answer.
    ///
    /// For what cannot answer "all" (librdkafka's mock cluster) and for tests.
    package func committedOffsets(
        of group: GroupID, on broker: BrokerID, partitions: [TopicPartitions]
    ) async throws(ClusterError) -> CommittedOffsets {
        try await core.fetchListedCommits(of: group, on: broker, partitions)
    }
}

extension ClusterCore {
    /// One OffsetFetch request for a group; `nil` asks for everything that it has committed.
    func fetchCommits(
        of group: GroupID, on broker: BrokerID, only partitions: [TopicPartitions]?,
        handle: ClientHandle? = nil, timeout: Duration? = nil
    ) async throws(ClusterError) -> CommittedOffsets {
        let context = RequestContext(
            operation: "list committed offsets", broker: broker, subject: "group \(group)")
        let timeout = timeout ?? settings.requestTimeout
        return try await routed(.offsetFetch, to: broker, context, on: handle, timeout: timeout) {
            client, queue, ticket throws(ClusterError) in
            let options = try AdminOptions(client, for: RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS)
            try options.route(to: broker, within: timeout, ticket)
            CommitRequest.send(client, queue, options, group, partitions)
        } read: { event in
            CommitReader.offsets(event, context)
        }
    }

    /// The same in several requests of bounded size, for groups whose complete answer is slow to parse.
    func fetchListedCommits(
        of group: GroupID, on broker: BrokerID, _ partitions: [TopicPartitions]
    ) async throws(ClusterError) -> CommittedOffsets {
        let chunks = PartitionChunks.split(partitions, size: settings.hugeGroupChunk)
        let answer = await withTaskGroup(
            of: (Int, Result<CommittedOffsets, ClusterError>).self
        ) { tasks -> Result<CommittedOffsets, ClusterError> in
            for (number, chunk) in chunks.enumerated() {
                tasks.addTask {
                    do throws(ClusterError) {
                        return (
                            number, .success(try await self.fetchCommits(of: group, on: broker, only: chunk))
                        )
                    } catch {
                        return (number, .failure(error))
                    }
                }
            }
            var parts: [CommittedOffsets] = Array(repeating: CommittedOffsets(), count: chunks.count)
            for await (number, part) in tasks {
                switch part {
                case .success(let offsets): parts[number] = offsets
                case .failure(let error): return .failure(error)
                }
            }
            return .success(CommittedOffsets(joining: parts))
        }
        return try answer.get()
    }

    /// Reads a huge group's complete list aside, so that partitions it began to commit are found.
    ///
    /// The answer keeps librdkafka's thread busy for seconds, hence the handle of its own; nobody waits for
    /// it, and closing ends it like any request.
    func refreshHugeGroup(_ group: GroupID, on broker: BrokerID) {
        Task {
            do throws(ClusterError) {
                let offsets = try await fetchCommits(
                    of: group, on: broker, only: nil, handle: try handle(.hugeGroups),
                    timeout: settings.requestTimeout * 6)
                hugeGroups.learned(group, offsets)
            } catch {
                hugeGroups.refreshFailed(group)
            }
        }
    }
}

/// Sends OffsetFetch requests.
enum CommitRequest {
    /// Asks for `partitions`, or for all; librdkafka copies what it is given.
    static func send(
        _ client: SharedAddress, _ queue: SharedAddress, _ options: borrowing AdminOptions, _ group: GroupID,
        _ partitions: [TopicPartitions]?
    ) {
        var request: OpaquePointer?
        if let partitions {
            let list = PartitionList(capacity: partitions.reduce(0) { $0 + $1.partitions.count })
            for topic in partitions { list.append(topic) { _ in Int64(RD_KAFKA_OFFSET_INVALID) } }
            unsafe request = unsafe rd_kafka_ListConsumerGroupOffsets_new(group.rawValue, list.raw)
        } else {
            unsafe request = unsafe rd_kafka_ListConsumerGroupOffsets_new(group.rawValue, nil)
        }
        unsafe rd_kafka_ListConsumerGroupOffsets(client.raw, &request, 1, options.raw, queue.raw)
        unsafe rd_kafka_ListConsumerGroupOffsets_destroy(request)
    }
}

/// Turns an OffsetFetch answer into columns; the hot path of a round in admin mode.
enum CommitReader {
    /// Commits by topic; what the coordinator answers without an offset and without an error is left out.
    static func offsets(
        _ event: borrowing ClientEvent, _ context: RequestContext
    ) -> Result<CommittedOffsets, ClusterError> {
        guard event.errorCode == RD_KAFKA_RESP_ERR_NO_ERROR,
            let result = unsafe rd_kafka_event_ListConsumerGroupOffsets_result(event.raw)
        else { return .failure(context.error(event.errorCode, event.errorText)) }
        var count = 0
        let groups = unsafe rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count)
        guard count > 0, let groups = unsafe groups, let group = unsafe groups[0] else {
            return .failure(context.error(.other, "the answer names no group"))
        }
        if let (code, text) = unsafe NativeText.failure(rd_kafka_group_result_error(group)) {
            return .failure(context.error(code, text))
        }
        return unsafe .success(columns(rd_kafka_group_result_partitions(group), context))
    }

    private static func columns(
        _ list: UnsafePointer<rd_kafka_topic_partition_list_t>?, _ context: RequestContext
    ) -> CommittedOffsets {
        var offsets = CommittedOffsets()
        var indices: [TopicName: Int] = [:]
        var name: TopicName = ""
        var current: CommittedOffsets.Topic?
        func put(_ topic: CommittedOffsets.Topic?) {
            guard let topic, !topic.partitions.isEmpty else { return }
            if let known = indices[topic.name] {
                offsets.topics[known].partitions += topic.partitions
                offsets.topics[known].offsets += topic.offsets
            } else {
                indices[topic.name] = offsets.topics.count
                offsets.topics.append(topic)
            }
        }
        unsafe PartitionLists.walk(list) { next in
            put(current)
            name = next
            current = CommittedOffsets.Topic(name: next)
        } element: { element in
            let code = unsafe element.err
            if code != RD_KAFKA_RESP_ERR_NO_ERROR {
                var about = context
                about.subject += ", topic \(name)"
                unsafe offsets.failures.append(
                    PartitionFailure(
                        topic: name, partition: PartitionID(element.partition), error: about.error(code)))
            } else if unsafe element.offset >= 0 {
                unsafe current?.partitions.append(PartitionID(element.partition))
                unsafe current?.offsets.append(element.offset)
            }
        }
        put(current)
        return offsets
    }
}
