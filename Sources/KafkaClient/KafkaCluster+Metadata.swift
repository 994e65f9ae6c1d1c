import CRdKafka
package import ClusterAccess

extension KafkaCluster {
    package func metadata() async throws(ClusterError) -> ClusterMetadata {
        try await core.metadata()
    }
}

extension ClusterCore {
    /// One Metadata request for all topics on every handle that looks for leaders, with one repeat.
    ///
    /// librdkafka chooses the broker, which may be a stalled one; the second try goes to another as a rule.
    /// The handle for last stable offsets has a leader cache of its own that nothing else refreshes.
    func metadata() async throws(ClusterError) -> ClusterMetadata {
        async let other: Void = refreshLeaders(existingHandle(.lastStable))
        do throws(ClusterError) {
            let answer = try await requestMetadata(primary)
            await other
            primary.refusal.clear()
            return answer
        } catch {
            await other
            guard error.reason == .timedOut || error.reason == .brokerUnavailable else { throw error }
        }
        do throws(ClusterError) {
            let answer = try await requestMetadata(primary)
            primary.refusal.clear()
            return answer
        } catch {
            throw primary.refusal.explain(error)
        }
    }

    /// Renews what a handle knows of leaders; its failure shows in the calls that need it.
    private func refreshLeaders(_ handle: ClientHandle?) async {
        guard let handle else { return }
        _ = try? await requestMetadata(handle)
    }

    private func requestMetadata(_ handle: ClientHandle) async throws(ClusterError) -> ClusterMetadata {
        let context = RequestContext(operation: "read metadata")
        let timeout = settings.metadataTimeout.boundedMilliseconds
        let counter = counter
        return try await admitted(to: nil, context) { () async throws(ClusterError) -> ClusterMetadata in
            try await blocking(lane: .metadata, context) {
                let start = ContinuousClock.now
                let answer = Result { () throws(ClusterError) in
                    try handle.withClient(orIfClosed: context.error(.closed)) { client throws(ClusterError) in
                        try MetadataReader.read(client, timeoutMilliseconds: timeout, context)
                    }
                }
                counter.record(
                    .metadata, broker: nil, took: .now - start, failure: answer.failure?.reason)
                return answer
            }
        }
    }
}

/// Turns librdkafka's metadata structure into ours.
enum MetadataReader {
    /// Asks any usable broker about all topics; blocks for at most the time given.
    static func read(
        _ client: SharedAddress, timeoutMilliseconds: Int32, _ context: RequestContext
    ) throws(ClusterError) -> ClusterMetadata {
        var answer: UnsafePointer<rd_kafka_metadata>?
        let code = unsafe rd_kafka_metadata(client.raw, 1, nil, &answer, timeoutMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata = unsafe answer else {
            throw context.error(code)
        }
        defer { unsafe rd_kafka_metadata_destroy(metadata) }
        var result = unsafe ClusterMetadata(
            brokers: brokers(metadata.pointee), topics: topics(metadata.pointee, context))
        // Zero: both are in the answer just received, or unknown.
        if let clusterID = unsafe rd_kafka_clusterid(client.raw, 0) {
            result.clusterID = unsafe NativeText.string(clusterID)
            unsafe rd_kafka_mem_free(client.raw, clusterID)
        }
        let controller = unsafe rd_kafka_controllerid(client.raw, 0)
        if controller >= 0 { result.controller = BrokerID(controller) }
        return result
    }

    private static func brokers(_ metadata: rd_kafka_metadata) -> [ClusterMetadata.Broker] {
        let brokers = unsafe UnsafeBufferPointer(start: metadata.brokers, count: Int(metadata.broker_cnt))
        return unsafe brokers.map {
            unsafe ClusterMetadata.Broker(
                id: BrokerID($0.id), host: NativeText.string($0.host), port: Int32($0.port))
        }.sorted { $0.id < $1.id }
    }

    private static func topics(
        _ metadata: rd_kafka_metadata, _ context: RequestContext
    ) -> [ClusterMetadata.Topic] {
        let topics = unsafe UnsafeBufferPointer(start: metadata.topics, count: Int(metadata.topic_cnt))
        return unsafe topics.map { topic in
            let name = unsafe NativeText.string(topic.topic)
            var about = context
            about.subject = "topic \(name)"
            let code = unsafe topic.err
            return unsafe ClusterMetadata.Topic(
                name: TopicName(name), partitions: partitions(topic),
                error: code == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : about.error(code))
        }.sorted { $0.name < $1.name }
    }

    private static func partitions(_ topic: rd_kafka_metadata_topic) -> [ClusterMetadata.Partition] {
        let partitions = unsafe UnsafeBufferPointer(
            start: topic.partitions, count: Int(topic.partition_cnt))
        return unsafe partitions.map {
            unsafe ClusterMetadata.Partition(
                id: PartitionID($0.id), leader: $0.leader >= 0 ? BrokerID($0.leader) : nil,
                replicaCount: $0.replica_cnt, inSyncReplicaCount: $0.isr_cnt)
        }.sorted { $0.id < $1.id }
    }
}

extension Result {
    /// The error of a failure.
    var failure: Failure? {
        switch self {
        case .success: nil
        case .failure(let error): error
        }
    }
}
