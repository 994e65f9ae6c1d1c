import CRdKafka

/// Messages taken from a consumer's queue, a few at a time.
enum PolledMessages {
    /// Waits for up to `limit` messages, hands each to `body` and frees it; returns how many came.
    ///
    /// librdkafka waits until it has all that were asked for, or until `milliseconds` have passed. One thread
    /// polls a queue. `rd_kafka_consume_batch_queue` of rdkafka.h.
    static func take(
        _ limit: Int, from queue: SharedAddress, milliseconds: Int32,
        _ body: (UnsafeMutablePointer<rd_kafka_message_t>) -> Void
    ) -> Int {
        unsafe withUnsafeTemporaryAllocation(
            of: UnsafeMutablePointer<rd_kafka_message_t>?.self, capacity: limit
        ) { messages in
            let count = unsafe rd_kafka_consume_batch_queue(
                queue.raw, milliseconds, messages.baseAddress, limit)
            guard count > 0 else { return 0 }
            for index in 0..<count {
                guard let message = unsafe messages[index] else { continue }
                unsafe body(message)
                unsafe rd_kafka_message_destroy(message)
            }
            return count
        }
    }
}
