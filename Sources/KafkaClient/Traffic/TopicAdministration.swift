import CRdKafka
package import ClusterAccess
import StructuredLog

/// Makes and deletes topics, records, commits and groups on a real cluster; for the demo and for tests only.
///
/// Every call ends by the request time-out of the settings. ``close()`` must be called.
package final class TopicAdministration: Sendable {
    private let handle: ClientHandle
    private let timeout: Duration

    package init(settings: TrafficSettings, timeout: Duration = .seconds(15)) throws(ClusterError) {
        let redactor = Redactor(properties: settings.properties)
        let client = KafkaClientSettings(
            brokers: settings.brokers, clientID: settings.clientID, properties: settings.properties,
            requestTimeout: timeout)
        self.timeout = timeout
        handle = try ClientHandle(
            settings: client, readsCommitted: false, log: ClientLog(logger: .silent, redactor: redactor),
            redactor: redactor, throttling: ThrottleListener(counter: RequestCounter()))
    }

    /// A topic to make.
    package struct NewTopic: Sendable {
        package var name: TopicName
        package var partitions: Int32
        package var replicationFactor: Int32
        /// Topic configuration, such as `retention.ms`.
        package var configuration: [String: String]

        package init(
            name: TopicName, partitions: Int32, replicationFactor: Int32 = 1,
            configuration: [String: String] = [:]
        ) {
            self.name = name
            self.partitions = partitions
            self.replicationFactor = replicationFactor
            self.configuration = configuration
        }
    }

    /// Makes topics; one that exists already is an error unless `existingIsFine`.
    package func create(_ topics: [NewTopic], existingIsFine: Bool = false) async throws(ClusterError) {
        let context = RequestContext(operation: "create topics")
        try await run(context, RD_KAFKA_ADMIN_OP_CREATETOPICS) {
            client, queue, options throws(ClusterError) in
            var natives: [OpaquePointer?] = unsafe []
            defer { unsafe rd_kafka_NewTopic_destroy_array(&natives, natives.count) }
            for topic in topics {
                let (native, text) = unsafe NativeText.written {
                    unsafe rd_kafka_NewTopic_new(
                        topic.name.rawValue, topic.partitions, topic.replicationFactor, $0, $1)
                }
                guard let native = unsafe native else { throw context.error(.invalidRequest, text) }
                unsafe natives.append(native)
                for (key, value) in topic.configuration {
                    unsafe rd_kafka_NewTopic_set_config(native, key, value)
                }
            }
            unsafe rd_kafka_CreateTopics(client.raw, &natives, natives.count, options.raw, queue.raw)
        } read: { event in
            var count = 0
            let results = unsafe rd_kafka_event_CreateTopics_result(event.raw).flatMap {
                unsafe rd_kafka_CreateTopics_result_topics($0, &count)
            }
            return unsafe TopicResults.check(
                results, count, context,
                ignoring: existingIsFine ? RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS : nil)
        }
    }

    /// Deletes topics.
    package func delete(_ topics: [TopicName]) async throws(ClusterError) {
        let context = RequestContext(operation: "delete topics")
        try await run(context, RD_KAFKA_ADMIN_OP_DELETETOPICS) {
            client, queue, options throws(ClusterError) in
            var natives: [OpaquePointer?] = unsafe topics.map { unsafe rd_kafka_DeleteTopic_new($0.rawValue) }
            defer { unsafe rd_kafka_DeleteTopic_destroy_array(&natives, natives.count) }
            unsafe rd_kafka_DeleteTopics(client.raw, &natives, natives.count, options.raw, queue.raw)
        } read: { event in
            var count = 0
            let results = unsafe rd_kafka_event_DeleteTopics_result(event.raw).flatMap {
                unsafe rd_kafka_DeleteTopics_result_topics($0, &count)
            }
            return unsafe TopicResults.check(results, count, context, ignoring: nil)
        }
    }

    /// Deletes the records before the given offset of each partition, as retention would.
    package func deleteRecords(
        of topic: TopicName, before offsets: [PartitionID: Int64]
    ) async throws(ClusterError) {
        let context = RequestContext(operation: "delete records", subject: "topic \(topic)")
        try await run(context, RD_KAFKA_ADMIN_OP_DELETERECORDS) {
            client, queue, options throws(ClusterError) in
            let list = PartitionList(capacity: offsets.count)
            for (partition, offset) in offsets { list.append(topic, partition, offset: offset) }
            var native = unsafe rd_kafka_DeleteRecords_new(list.raw)
            unsafe rd_kafka_DeleteRecords(client.raw, &native, 1, options.raw, queue.raw)
            unsafe rd_kafka_DeleteRecords_destroy(native)
        } read: { event in
            let list = unsafe rd_kafka_event_DeleteRecords_result(event.raw).flatMap {
                unsafe rd_kafka_DeleteRecords_result_offsets($0)
            }
            return unsafe TopicResults.check(list, context)
        }
    }

    /// Commits offsets for a group without members, so that it looks as if it had read that far.
    ///
    /// Repeats while the coordinator is being found, as it is for a cluster's first commit.
    package func commit(
        _ offsets: [CommittedOffsets.Topic], for group: GroupID
    ) async throws(ClusterError) {
        let deadline = ContinuousClock.now + timeout
        while true {
            do throws(ClusterError) {
                return try await commitOnce(offsets, for: group)
            } catch {
                let isMoving =
                    error.reason == .notCoordinator || error.reason == .coordinatorLoading
                    || error.reason == .coordinatorUnavailable
                guard isMoving, ContinuousClock.now < deadline else { throw error }
            }
            do { try await Task.sleep(for: .milliseconds(100)) } catch {
                throw ClusterError(.cancelled, operation: "commit offsets", subject: "group \(group)")
            }
        }
    }

    private func commitOnce(
        _ offsets: [CommittedOffsets.Topic], for group: GroupID
    ) async throws(ClusterError) {
        let context = RequestContext(operation: "commit offsets", subject: "group \(group)")
        try await run(context, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS) {
            client, queue, options throws(ClusterError) in
            let list = PartitionList(capacity: offsets.reduce(0) { $0 + $1.partitions.count })
            for topic in offsets {
                for (partition, offset) in zip(topic.partitions, topic.offsets) {
                    list.append(topic.name, partition, offset: offset)
                }
            }
            var native = unsafe rd_kafka_AlterConsumerGroupOffsets_new(group.rawValue, list.raw)
            unsafe rd_kafka_AlterConsumerGroupOffsets(client.raw, &native, 1, options.raw, queue.raw)
            unsafe rd_kafka_AlterConsumerGroupOffsets_destroy(native)
        } read: { event in
            var count = 0
            let groups = unsafe rd_kafka_event_AlterConsumerGroupOffsets_result(event.raw).flatMap {
                unsafe rd_kafka_AlterConsumerGroupOffsets_result_groups($0, &count)
            }
            return unsafe TopicResults.check(groups, count, context)
        }
    }

    /// Deletes groups that have no members, with their commits.
    package func delete(groups: [GroupID]) async throws(ClusterError) {
        let context = RequestContext(operation: "delete groups")
        try await run(context, RD_KAFKA_ADMIN_OP_DELETEGROUPS) {
            client, queue, options throws(ClusterError) in
            var natives: [OpaquePointer?] = unsafe groups.map { unsafe rd_kafka_DeleteGroup_new($0.rawValue) }
            defer { unsafe rd_kafka_DeleteGroup_destroy_array(&natives, natives.count) }
            unsafe rd_kafka_DeleteGroups(client.raw, &natives, natives.count, options.raw, queue.raw)
        } read: { event in
            var count = 0
            let groups = unsafe rd_kafka_event_DeleteGroups_result(event.raw).flatMap {
                unsafe rd_kafka_DeleteGroups_result_groups($0, &count)
            }
            return unsafe TopicResults.check(groups, count, context)
        }
    }

    /// Frees the client.
    package func close() async {
        let handle = handle
        let done = OneShot<Void>()
        handle.refuseCalls()
        let thread = NativeThread(named: "kafka-close") {
            let nap = Doorbell()
            while !handle.isQuiet { _ = nap.wait(milliseconds: 5) }
            handle.destroyNow()
            done.resolve(.success(()))
        }
        guard let thread else { return }
        thread.detach()
        _ = try? await done.value(orOnCancel: ClusterError(.cancelled, operation: "close"))
    }

    private func run(
        _ context: RequestContext, _ operation: rd_kafka_admin_op_t,
        send: (SharedAddress, SharedAddress, borrowing AdminOptions) throws(ClusterError) -> Void,
        read: @escaping @Sendable (borrowing ClientEvent) -> Result<Void, ClusterError>
    ) async throws(ClusterError) {
        let timeout = timeout
        let answer: Void = try await handle.request(context, timeout: timeout) {
            client, queue, ticket throws(ClusterError) in
            let options = try AdminOptions(client, for: operation)
            try options.setTimeout(timeout)
            switch operation {
            case RD_KAFKA_ADMIN_OP_CREATETOPICS, RD_KAFKA_ADMIN_OP_DELETETOPICS,
                RD_KAFKA_ADMIN_OP_DELETERECORDS:
                try options.setOperationTimeout(timeout)
            default: break
            }
            options.setTicket(ticket)
            try send(client, queue, options)
        } read: { event in
            guard event.errorCode == RD_KAFKA_RESP_ERR_NO_ERROR else {
                return .failure(context.error(event.errorCode, event.errorText))
            }
            return read(event)
        }
        return answer
    }
}

/// Finds the first failure in what administration calls answer.
enum TopicResults {
    /// Results of `rd_kafka_topic_result_t`.
    static func check(
        _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ context: RequestContext,
        ignoring ignored: rd_kafka_resp_err_t?
    ) -> Result<Void, ClusterError> {
        for index in 0..<(unsafe results == nil ? 0 : count) {
            let result = unsafe results?[index]
            let code = unsafe rd_kafka_topic_result_error(result)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR, code != ignored else { continue }
            var about = context
            about.subject = unsafe "topic \(NativeText.string(rd_kafka_topic_result_name(result)))"
            return unsafe .failure(
                about.error(code, NativeText.string(rd_kafka_topic_result_error_string(result))))
        }
        return .success(())
    }

    /// Results of `rd_kafka_group_result_t`, with their partitions.
    static func check(
        _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ context: RequestContext
    ) -> Result<Void, ClusterError> {
        for index in 0..<(unsafe results == nil ? 0 : count) {
            let result = unsafe results?[index]
            if let (code, text) = unsafe NativeText.failure(rd_kafka_group_result_error(result)) {
                return .failure(context.error(code, text))
            }
            let partitions = unsafe check(rd_kafka_group_result_partitions(result), context)
            if case .failure = partitions { return partitions }
        }
        return .success(())
    }

    /// Results for partitions.
    static func check(
        _ list: UnsafePointer<rd_kafka_topic_partition_list_t>?, _ context: RequestContext
    ) -> Result<Void, ClusterError> {
        var failure: ClusterError?
        unsafe PartitionLists.walk(list) { _ in
        } element: { element in
            let code = unsafe element.err
            if failure == nil, code != RD_KAFKA_RESP_ERR_NO_ERROR { failure = context.error(code) }
        }
        return failure.map { .failure($0) } ?? .success(())
    }
}
