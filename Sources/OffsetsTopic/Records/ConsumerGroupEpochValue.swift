/// Epoch of a KIP-848 group (Kafka's ConsumerGroupMetadataValue, version 0).
package struct ConsumerGroupEpochValue: Hashable, Sendable {
    package var epoch: Int32

    package init(epoch: Int32) { self.epoch = epoch }

    static let knownVersions: ClosedRange<Int16> = 0...0

    init(_ reader: inout WireReader) throws(WireError) {
        epoch = try reader.int32()
        try reader.taggedFields()
    }
}
