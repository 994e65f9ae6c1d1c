import CRdKafka
import ClusterAccess

extension RecordBatch {
    /// Copies a message that carries a record.
    mutating func append(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let timestamp = unsafe rd_kafka_message_timestamp(message, &kind)
        unsafe append(
            partition: PartitionID(message.pointee.partition), offset: message.pointee.offset,
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
