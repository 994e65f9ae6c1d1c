/// Reads single records, for those who grant Read on their topics (`lag_seconds.sampling: records`).
///
/// The same rules hold as for ``ClusterSource``: safe from any task, never blocks the cooperative pool, ends
/// by its own deadline, bounds its own requests and memory. It joins no group and commits nothing.
package protocol RecordSampler: Sendable {
    /// The first record at or after each offset that a `read_committed` consumer would be given.
    ///
    /// One answer for each request, in their order; a failing partition costs its own answer only.
    func firstRecords(at requests: [SampleRequest]) async -> [SampleReply]
}

/// One partition of which a record is wanted; a partition comes once in a call.
package struct SampleRequest: Hashable, Sendable {
    package var topic: TopicName
    package var partition: PartitionID
    /// Next offset that a group will read, at or after the log start and below `end`.
    package var offset: Int64
    /// The last stable offset as last read: reading stops there, for what lies behind is nobody's yet.
    package var end: Int64

    package init(topic: TopicName, partition: PartitionID, offset: Int64, end: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.end = end
    }
}

/// What stands at an offset of a log.
package enum SampleReply: Hashable, Sendable {
    /// The first record there and its timestamp in milliseconds since 1970; `nil` where records have none.
    case record(offset: Int64, timestamp: Int64?)
    /// No record up to the end that was asked for: transaction markers, aborted records or compacted gaps.
    case nothing
    case failure(ClusterError)
}
