/// Epoch of a KIP-848 group (Kafka's ConsumerGroupMetadataValue, version 0).
package struct ConsumerGroupEpochValue: Hashable, Sendable {
    package var epoch: Int32
    /// Over the subscribed topics and their partitions; `nil` before Kafka 4.1 and without members.
    package var metadataHash: Int64?
    /// Milliseconds since 1970; `nil` where the coordinator does not say it, as in every Kafka up to 4.3.
    package var creationTimestamp: Int64?

    package init(epoch: Int32, metadataHash: Int64? = nil, creationTimestamp: Int64? = nil) {
        self.epoch = epoch
        self.metadataHash = metadataHash
        self.creationTimestamp = creationTimestamp
    }
}

extension ConsumerGroupEpochValue: RecordValue {
    static let knownVersions: ClosedRange<Int16> = 0...0

    init(_ reader: inout WireReader, version: Int16) throws(WireError) {
        self.init(epoch: try reader.int32())
        var hash: Int64?
        var creation: Int64?
        try reader.taggedFields { tag, content throws(WireError) in
            switch tag {
            case 0: hash = try content.int64()
            case 1: creation = try content.int64()
            default: break
            }
        }
        metadataHash = hash
        creationTimestamp = creation
    }
}

/// Epoch for which the coordinator has computed assignments (ConsumerGroupTargetAssignmentMetadataValue).
package struct TargetAssignmentEpochValue: Hashable, Sendable {
    package var epoch: Int32
    /// Milliseconds since 1970 of the computation; `nil` before Kafka 4.3 and for an inherited assignment.
    package var timestamp: Int64?

    package init(epoch: Int32, timestamp: Int64? = nil) {
        self.epoch = epoch
        self.timestamp = timestamp
    }
}

extension TargetAssignmentEpochValue: RecordValue {
    static let knownVersions: ClosedRange<Int16> = 0...0

    init(_ reader: inout WireReader, version: Int16) throws(WireError) {
        self.init(epoch: try reader.int32())
        var timestamp: Int64?
        try reader.taggedFields { tag, content throws(WireError) in
            if tag == 0 { timestamp = try content.int64() }
        }
        self.timestamp = timestamp
    }
}
