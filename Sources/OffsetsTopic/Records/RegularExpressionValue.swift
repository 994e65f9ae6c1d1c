package import ClusterAccess

/// Topics that an expression of a KIP-848 group matches (ConsumerGroupRegularExpressionValue, version 0).
package struct RegularExpressionValue: Hashable, Sendable {
    package var topics: [TopicName]
    /// Version of the cluster's metadata at which the expression was resolved.
    package var version: Int64
    /// Milliseconds since 1970 of that.
    package var timestamp: Int64

    package init(topics: [TopicName], version: Int64, timestamp: Int64) {
        self.topics = topics
        self.version = version
        self.timestamp = timestamp
    }
}

extension RegularExpressionValue: RecordValue {
    static let knownVersions: ClosedRange<Int16> = 0...0

    init(_ reader: inout WireReader, version: Int16) throws(WireError) {
        topics = try reader.strings().map { TopicName($0) }
        self.version = try reader.int64()
        timestamp = try reader.int64()
        try reader.taggedFields()
    }
}
