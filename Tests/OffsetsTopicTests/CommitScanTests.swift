import ClusterAccess
import LagwardenTestKit
import OffsetsTopic
import Testing

/// The fast way of reading commits against the ordinary one.
@Suite struct CommitScanTests {
    private func scan(_ record: EncodedRecord) -> CommitRecord? {
        let bytes = record.key + (record.value ?? [])
        return CommitScan.read(
            bytes: bytes,
            field: RecordBatch.Field(
                start: 0, keyLength: record.key.count, valueLength: record.value?.count ?? -1))
    }

    @Test func partsOfACommitAreFound() throws {
        let key = OffsetCommitKey(group: "group", topic: "topic", partition: PartitionID(7))
        let value = OffsetCommitValue(
            offset: 42, leaderEpoch: 3, metadata: "note", commitTimestamp: 1_700_000_000_000)
        var batch = RecordBatch()
        batch.append(partition: PartitionID(0), offset: 0, timestamp: 0, key: nil, value: [1])
        batch.append(
            partition: PartitionID(0), offset: 1, timestamp: 0, key: key.encoded(), value: value.encoded())
        batch.append(partition: PartitionID(0), offset: 2, timestamp: 0, key: key.encoded(), value: nil)
        #expect(CommitScan.read(bytes: batch.bytes, field: batch.field(0)) == nil)
        let commit = try #require(CommitScan.read(bytes: batch.bytes, field: batch.field(1)))
        #expect(String(decoding: batch.bytes[commit.group], as: UTF8.self) == "group")
        #expect(String(decoding: batch.bytes[commit.topic], as: UTF8.self) == "topic")
        #expect(commit.partition == PartitionID(7))
        #expect(commit.value?.offset == 42)
        #expect(commit.value?.leaderEpoch == 3)
        #expect(commit.value?.commitTimestamp == 1_700_000_000_000)
        #expect(commit.value?.metadata.count == 4)
        let tombstone = try #require(CommitScan.read(bytes: batch.bytes, field: batch.field(2)))
        #expect(tombstone.value == nil)
        #expect(String(decoding: batch.bytes[tombstone.group], as: UTF8.self) == "group")
    }

    @Test func onlyCommitsOfTheSamplesAreFound() {
        for sample in Sample.all {
            let found = scan(EncodedRecord(key: sample.key, value: sample.value))
            #expect((found != nil) == (sample.type == 1), "\(sample)")
        }
    }

    @Test(arguments: 0...4 as ClosedRange<Int16>)
    func randomCommitsOfEveryVersionAreReadAlike(version: Int16) throws {
        var random = SeededRandom(seed: UInt64(version) + 10)
        for _ in 0..<3_000 {
            let key = random.commitKey()
            let value = Bool.random(using: &random) ? random.commit(version: version) : nil
            let record = OffsetsRecord.offsetCommit(key, value)
            let encoded = try #require(EncodedRecord(record, commitVersion: version))
            let check = DecoderCheck(key: encoded.key, value: encoded.value, padding: 1)
            #expect(check.record == record)
            #expect(check.fault == nil)
        }
    }

    /// Every byte of a commit takes every value, and every length is tried: who reads what is the same.
    @Test(arguments: 0...4 as ClosedRange<Int16>)
    func damagedCommitsAreReadAlike(version: Int16) throws {
        let value = OffsetCommitValue(
            offset: 5, leaderEpoch: 1, metadata: "m", commitTimestamp: 9,
            topicID: TopicUUID(mostSignificant: 1, leastSignificant: 2))
        let key = OffsetCommitKey(group: "g", topic: "t", partition: PartitionID(1))
        let record = try #require(EncodedRecord(.offsetCommit(key, value), commitVersion: version))
        let bytes = try #require(record.value)
        for place in bytes.indices {
            for byte in 0...255 as ClosedRange<UInt8> {
                var changed = bytes
                changed[place] = byte
                #expect(DecoderCheck(key: record.key, value: changed, padding: 2).fault == nil)
            }
            #expect(DecoderCheck(key: record.key, value: Array(bytes[..<place]), padding: 20).fault == nil)
        }
        for place in record.key.indices {
            for byte in 0...255 as ClosedRange<UInt8> {
                var changed = record.key
                changed[place] = byte
                #expect(DecoderCheck(key: changed, value: bytes, padding: 2).fault == nil)
            }
            let cut = Array(record.key[..<place])
            #expect(DecoderCheck(key: cut, value: bytes, padding: 20).fault == nil)
        }
    }

    struct Bad: Sendable {
        var start: Int
        var keyLength: Int
        var valueLength: Int
    }

    @Test(arguments: [
        Bad(start: 0, keyLength: .max, valueLength: 0), Bad(start: 0, keyLength: 12, valueLength: .max),
        Bad(start: -1, keyLength: 12, valueLength: 0), Bad(start: .max, keyLength: 12, valueLength: 0),
        Bad(start: .min, keyLength: 12, valueLength: 0), Bad(start: 0, keyLength: .min, valueLength: .min),
        Bad(start: 0, keyLength: 13, valueLength: 0), Bad(start: 1, keyLength: 12, valueLength: -1),
    ])
    func fieldsOutsideTheBytesGiveNothing(_ bad: Bad) {
        let bytes = OffsetCommitKey(group: "g", topic: "t", partition: PartitionID(1)).encoded()
        #expect(bytes.count == 12)
        let field = RecordBatch.Field(
            start: bad.start, keyLength: bad.keyLength, valueLength: bad.valueLength)
        #expect(CommitScan.read(bytes: bytes, field: field) == nil)
    }
}
