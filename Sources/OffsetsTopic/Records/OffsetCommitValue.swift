/// What a group committed on one partition (Kafka's OffsetCommitValue, versions 0-4).
package struct OffsetCommitValue: Hashable, Sendable {
    /// Next offset that the group will read, as the client gave it: negative values occur.
    package var offset: Int64
    /// Epoch of the last consumed record; `nil` where it is unknown.
    package var leaderEpoch: Int32?
    package var metadata: String
    /// Milliseconds since 1970 by the coordinator's clock, or by the client's in old commits.
    package var commitTimestamp: Int64
    /// Milliseconds since 1970; only with version 1, where a client asked for its own retention.
    package var expireTimestamp: Int64?
    /// Version 4, except for commits of transactions.
    package var topicID: TopicUUID?

    package init(
        offset: Int64, leaderEpoch: Int32? = nil, metadata: String = "", commitTimestamp: Int64,
        expireTimestamp: Int64? = nil, topicID: TopicUUID? = nil
    ) {
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.metadata = metadata
        self.commitTimestamp = commitTimestamp
        self.expireTimestamp = expireTimestamp
        self.topicID = topicID
    }
}

extension OffsetCommitValue: RecordValue {
    static let knownVersions: ClosedRange<Int16> = 0...4

    init(_ reader: inout WireReader, version: Int16) throws(WireError) {
        let form: WireForm = version >= 4 ? .compact : .plain
        offset = try reader.int64()
        if version >= 3 {
            let epoch = try reader.int32()
            leaderEpoch = epoch < 0 ? nil : epoch
        }
        metadata = try reader.string(form)
        commitTimestamp = try reader.int64()
        if version == 1 { expireTimestamp = try reader.int64() }
        guard version >= 4 else { return }
        var topicID: TopicUUID?
        try reader.taggedFields { tag, content throws(WireError) in
            if tag == 0 { topicID = try content.uuid() }
        }
        self.topicID = topicID
    }

    /// Version 3, as Kafka 2.1 to 4.0 write it; `expireTimestamp` and `topicID` have no place there.
    package func encoded() -> [UInt8] {
        var writer = WireWriter()
        writer.integer(Int16(3))
        writer.integer(offset)
        writer.integer(leaderEpoch ?? -1)
        writer.string(metadata)
        writer.integer(commitTimestamp)
        return writer.bytes
    }
}
