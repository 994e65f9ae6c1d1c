import ClusterAccess

/// What batches said, by partition.
struct FeedDiary {
    var offsets: [Int32: [Int64]] = [:]
    var ends: [Int32: Int64] = [:]
    var failures: [Int32: [ClusterError.Reason]] = [:]
    var changes: [FeedChange] = []

    mutating func write(_ batch: FeedBatch) {
        changes += batch.changes
        for index in 0..<batch.records.count {
            offsets[batch.records.partitions[index].rawValue, default: []].append(
                batch.records.offsets[index])
        }
        for end in batch.records.endsReached { ends[end.partition.rawValue] = end.offset }
        for failure in batch.records.failures {
            failures[failure.partition.rawValue, default: []].append(failure.error.reason)
        }
    }
}
