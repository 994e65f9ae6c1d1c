import ClusterAccess
import LagwardenTestKit
import OffsetsTopic

extension Benchmarks {
    /// Commits read in both ways; the sums of their offsets are compared with arithmetic.
    func offsetsDecode() -> Measurement {
        let count = width * width
        let batch = Self.commits(count)
        var scanned: Int64 = 0
        let scanning = fastest(of: runs) {
            scanned = 0
            let bytes = batch.bytes
            for index in 0..<batch.count {
                let commit = CommitScan.read(bytes: bytes, field: batch.field(index))
                scanned += commit?.value?.offset ?? 0
            }
            consume(scanned)
        }
        var decoded: Int64 = 0
        let decoding = fastest(of: runs) {
            decoded = 0
            for index in 0..<batch.count {
                let record = OffsetsRecord(key: batch.key(index), value: batch.value(index))
                if case .offsetCommit(_, let value?) = record { decoded += value.offset }
            }
            consume(decoded)
        }
        let sum = Int64(count) * Int64(count - 1) / 2
        let commits = Double(count)
        return Measurement(
            name: "offsets_decode",
            figures: [
                ("commits", commits), ("bytes", Double(batch.bytes.count)),
                ("cpu_seconds", scanning.cpuSeconds), ("wall_seconds", scanning.wallSeconds),
                ("nanoseconds_per_commit", scanning.cpuSeconds / commits * 1e9),
                ("commits_per_second", commits / scanning.cpuSeconds),
                ("nanoseconds_per_commit_ordinary", decoding.cpuSeconds / commits * 1e9),
                ("commits_per_second_ordinary", commits / decoding.cpuSeconds),
            ],
            fault: scanned == sum && decoded == sum ? nil : "sum of offsets differs from the fixture's")
    }

    /// Commits of offsets 0, 1, 2, … in the versions that Kafka 3.9 and 4.3 write, in turn.
    private static func commits(_ count: Int) -> RecordBatch {
        var batch = RecordBatch()
        batch.reserve(count)
        for index in 0..<count {
            let key = OffsetCommitKey(
                group: GroupID("a-consumer-group-\(index % 1_000)"), topic: "a-topic-of-ordinary-length",
                partition: PartitionID(Int32(index / 1_000 % 100)))
            let isNewer = index % 2 == 1
            let value = OffsetCommitValue(
                offset: Int64(index), leaderEpoch: 3, commitTimestamp: 1_700_000_000_000,
                topicID: isNewer ? TopicUUID(mostSignificant: 1, leastSignificant: 2) : nil)
            let record = EncodedRecord(.offsetCommit(key, value), commitVersion: isNewer ? 4 : 3)
            batch.append(
                partition: PartitionID(0), offset: Int64(index), timestamp: 0, key: record?.key,
                value: record?.value)
        }
        return batch
    }
}
