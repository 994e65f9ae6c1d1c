import ClusterAccess
import LagwardenTestKit
import OffsetsTopic
import Testing

/// Properties over seeded random records and over damaged ones.
@Suite struct PropertyTests {
    @Test func whatIsEncodedIsDecoded() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<2_000 {
            let key = random.commitKey()
            let commit = random.commit(version: 3)
            #expect(
                OffsetsRecord(key: key.encoded()[...], value: commit.encoded()[...])
                    == .offsetCommit(key, commit))
            #expect(OffsetsRecord(key: key.encoded()[...], value: nil) == .offsetCommit(key, nil))
            let group = random.group(version: 3)
            let name = GroupID(random.text())
            #expect(
                OffsetsRecord(
                    key: GroupMetadataKey(group: name).encoded()[...], value: group.encoded()[...])
                    == .groupMetadata(name, group))
            let assignment = ConsumerAssignment(
                partitions: random.topicPartitions(), userData: random.blob())
            #expect(ConsumerAssignment(decoding: assignment.encoded()) == assignment)
            let subscription = ConsumerSubscription(
                topics: random.topicPartitions().map(\.topic), userData: random.blob(),
                owned: random.topicPartitions(), generation: Bool.random(using: &random) ? nil : 4,
                rack: random.maybe { $0.text() })
            #expect(ConsumerSubscription(decoding: subscription.encoded()) == subscription)
        }
    }

    @Test(arguments: RecordKind.allCases)
    func recordsOfEveryKindAreDecodedAsTheyWereEncoded(_ kind: RecordKind) throws {
        var random = SeededRandom(seed: 3)
        for version in 0...4 as ClosedRange<Int16> {
            for _ in 0..<200 {
                let record = random.record(of: kind, version: version)
                #expect(record.kind == kind)
                let encoded = try #require(
                    EncodedRecord(record, commitVersion: version, groupVersion: version))
                let check = DecoderCheck(key: encoded.key, value: encoded.value)
                #expect(check.record == record)
                #expect(check.fault == nil)
            }
        }
    }

    @Test func textsTooLongForTheFormatAreCutAtACharacter() {
        let key = OffsetCommitKey(
            group: GroupID(String(repeating: "ä", count: 40_000)), topic: "t", partition: PartitionID(0))
        guard case .offsetCommit(let read, nil) = OffsetsRecord(key: key.encoded()[...], value: nil) else {
            Issue.record("not decoded")
            return
        }
        #expect(read.group.rawValue == String(repeating: "ä", count: 16_383))
        #expect(read.topic == "t")
    }

    @Test func everyPrefixOfARecordGivesAResult() {
        // Of share and streams groups only the start of a value is read.
        for sample in Sample.all(ofType: 1, 2, 3, 4, 5, 6, 7, 8, 16) {
            guard let value = sample.value else { continue }
            for length in 0..<value.count {
                let record = OffsetsRecord(key: sample.key[...], value: value[..<length])
                guard case .skipped = record else {
                    Issue.record("\(sample) cut to \(length) bytes was read as \(record)")
                    return
                }
            }
        }
    }
}
