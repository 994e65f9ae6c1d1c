import CRdKafka
package import ClusterAccess
import Locking

/// Reads all partitions of one topic without joining a group and without committing.
///
/// Partitions are assigned by hand. One task at a time asks for batches; the records wait in librdkafka until
/// then. For the demo, for tests, and for whatever reads `__consumer_offsets`. ``close()`` must be called.
package final class RecordReader: Sendable {
    private let traffic: TrafficClient
    private let queue: SharedAddress
    private let topic: TopicName
    private let isClosed = Mutex(false)

    /// Where reading begins in every partition.
    package enum Start: Hashable, Sendable {
        case beginning
        /// At the end, so that only records written later are read.
        case end
        /// So many records before the end, as far as there are so many.
        case tail(Int64)

        var offset: Int64 {
            switch self {
            case .beginning: Int64(RD_KAFKA_OFFSET_BEGINNING)
            case .end: Int64(RD_KAFKA_OFFSET_END)
            case .tail(let count): Int64(RD_KAFKA_OFFSET_TAIL_BASE) &- max(0, min(count, 1 << 40))
            }
        }
    }

    /// Reads `partitions` of `topic`; the group id is needed by librdkafka and never used.
    package init(
        settings: TrafficSettings, topic: TopicName, partitions: [PartitionID], from start: Start
    ) throws(ClusterError) {
        self.topic = topic
        let properties = [
            ("group.id", "lagwarden-reader"), ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"), ("enable.partition.eof", "true"),
            ("auto.offset.reset", "earliest"), ("isolation.level", "read_committed"),
            ("allow.auto.create.topics", "false"), ("fetch.wait.max.ms", "200"),
            ("queued.max.messages.kbytes", "16384"),
        ]
        let traffic = try TrafficClient(RD_KAFKA_CONSUMER, settings, properties: properties)
        let context = RequestContext(operation: "read records", subject: "topic \(topic)")
        do throws(ClusterError) {
            queue = try Self.assign(traffic, topic, partitions, start, context)
        } catch {
            traffic.close(flags: RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            throw error
        }
        self.traffic = traffic
    }

    deinit {
        // Without close() the client stays until the process ends, which is better than a blocked thread.
    }

    private static func assign(
        _ traffic: TrafficClient, _ topic: TopicName, _ partitions: [PartitionID], _ start: Start,
        _ context: RequestContext
    ) throws(ClusterError) -> SharedAddress {
        try traffic.inside(context) { client throws(ClusterError) in
            let list = PartitionList(capacity: partitions.count)
            for partition in partitions { list.append(topic, partition, offset: start.offset) }
            unsafe rd_kafka_poll_set_consumer(client.raw)
            let code = unsafe rd_kafka_assign(client.raw, list.raw)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw context.error(code) }
            guard let queue = unsafe rd_kafka_queue_get_consumer(client.raw) else {
                throw context.error(.other, "no queue to be had")
            }
            return unsafe SharedAddress(queue)
        }
    }

    /// Waits for records, at most `timeout`, and returns up to `limit` of those that are there.
    ///
    /// An empty batch is no error. Throws ``ClusterError/Reason/closed`` after ``close()``.
    package func nextBatch(
        limit: Int = 1_000, within timeout: Duration
    ) async throws(ClusterError) -> RecordBatch {
        let context = RequestContext(operation: "read records", subject: "topic \(topic)")
        let milliseconds = timeout.boundedMilliseconds
        let queue = queue
        return try await traffic.blocking(context) { _ in
            RecordBatch(from: queue, limit: max(1, limit), milliseconds: milliseconds, context)
        }
    }

    /// Frees the client once a waiting ``nextBatch(limit:within:)`` has returned.
    package func close() async {
        let queue = queue
        await traffic.closeAside(flags: RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE) { client in
            unsafe rd_kafka_assign(client.raw, nil)
            unsafe rd_kafka_queue_destroy(queue.raw)
        }
    }
}

extension RecordBatch {
    /// Takes up to `limit` messages from a queue, waiting for the first at most `milliseconds`.
    init(from queue: SharedAddress, limit: Int, milliseconds: Int32, _ context: RequestContext) {
        self.init()
        unsafe withUnsafeTemporaryAllocation(
            of: UnsafeMutablePointer<rd_kafka_message_t>?.self, capacity: limit
        ) { messages in
            let count = unsafe rd_kafka_consume_batch_queue(
                queue.raw, milliseconds, messages.baseAddress, limit)
            guard count > 0 else { return }
            reserve(count)
            for index in 0..<count {
                guard let message = unsafe messages[index] else { continue }
                unsafe add(message, context)
                unsafe rd_kafka_message_destroy(message)
            }
        }
    }

    private mutating func add(_ message: UnsafeMutablePointer<rd_kafka_message_t>, _ context: RequestContext)
    {
        let (code, partition, offset) = unsafe (
            message.pointee.err, PartitionID(message.pointee.partition), message.pointee.offset
        )
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            if code == RD_KAFKA_RESP_ERR__PARTITION_EOF {
                appendEnd(of: partition, offset: offset)
            } else if let handle = unsafe message.pointee.rkt {
                let name = unsafe TopicName(NativeText.string(rd_kafka_topic_name(handle)))
                appendFailure(
                    PartitionFailure(topic: name, partition: partition, error: context.error(code)))
            }
            return
        }
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let timestamp = unsafe rd_kafka_message_timestamp(message, &kind)
        append(
            partition: partition, offset: offset,
            timestamp: kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp
        ) { bytes in
            let keyLength = unsafe Self.append(message.pointee.key, message.pointee.key_len, to: &bytes)
            let valueLength = unsafe Self.append(message.pointee.payload, message.pointee.len, to: &bytes)
            return (keyLength, valueLength)
        }
    }

    /// Copies one field; returns its length, or -1 for null.
    private static func append(
        _ start: UnsafeMutableRawPointer?, _ length: Int, to bytes: inout [UInt8]
    ) -> Int {
        guard let start = unsafe start else { return -1 }
        unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: length))
        return length
    }
}
