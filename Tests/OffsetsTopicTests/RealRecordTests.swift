import ClusterAccess
import LagwardenTestKit
import OffsetsTopic
import Testing

/// What real brokers wrote, field by field against Kafka's own reading of it.
@Suite struct RealRecordTests {
    /// Samples of each type; 0 is written by nobody any more.
    static let counts: [Int: Int] = [
        1: 59, 2: 64, 3: 21, 4: 7, 5: 19, 6: 13, 7: 22, 8: 33, 10: 4, 11: 7, 12: 4, 13: 5, 14: 5, 15: 6,
        16: 2, 17: 3, 19: 3, 20: 2, 21: 3, 22: 5, 23: 2,
    ]

    @Test func everySampleIsThere() {
        #expect(Sample.all.count == 289)
        #expect(Dictionary(grouping: Sample.all, by: \.type).mapValues(\.count) == Self.counts)
    }

    @Test(arguments: Sample.all)
    func keysHaveTheirFields(_ sample: Sample) throws {
        let record = sample.decoded
        #expect(record.kind == RecordKind(type: Int16(sample.type)))
        #expect(record.keyFields == sample.keyFields)
        let group = try #require(sample.keyFields["group"].string ?? sample.keyFields["groupId"].string)
        #expect(record.group == GroupID(group))
    }

    @Test(arguments: Sample.all(ofType: 1, 2, 3, 4, 5, 6, 7, 8, 16))
    func valuesHaveTheirFields(_ sample: Sample) {
        #expect(sample.decoded.valueFields(version: sample.valueVersion) == sample.valueFields)
    }

    /// The other way round: nothing of the bytes is lost either.
    @Test(arguments: Sample.all(ofType: 1, 2, 3, 4, 5, 6, 7, 8, 16))
    func encodingGivesTheBrokersBytes(_ sample: Sample) {
        let version = sample.valueVersion ?? 3
        #expect(
            EncodedRecord(sample.decoded, commitVersion: version, groupVersion: version)
                == EncodedRecord(key: sample.key, value: sample.value))
    }

    @Test(arguments: Sample.all.filter { $0.type == 1 && $0.valueVersion == 3 || $0.type == 2 })
    func ourOwnWritersGiveTheBrokersBytes(_ sample: Sample) {
        switch sample.decoded {
        case .offsetCommit(let key, let value):
            #expect(key.encoded() == sample.key)
            #expect(value?.encoded() == sample.value)
        case .groupMetadata(let group, let value):
            #expect(GroupMetadataKey(group: group).encoded() == sample.key)
            #expect(value?.encoded() == sample.value)
        default: Issue.record("decoded as \(sample.decoded)")
        }
    }

    @Test(arguments: Sample.all(ofType: 10, 11, 12, 13, 14, 15, 17, 19, 20, 21, 22, 23))
    func recordsOfOtherGroupsAreRecognised(_ sample: Sample) {
        let other: OtherGroupRecord
        switch sample.decoded {
        case .shareGroup(_, let record):
            #expect((10...15).contains(sample.type))
            other = record
        case .streamsGroup(_, let record):
            #expect((17...23).contains(sample.type))
            other = record
        default:
            Issue.record("decoded as \(sample.decoded)")
            return
        }
        #expect(other.isTombstone == (sample.value == nil))
        #expect(other.memberID == sample.keyFields["memberId"].string)
        let epoch = [11, 17].contains(sample.type) ? sample.valueFields["epoch"].integer : nil
        #expect(other.epoch.map(Int64.init) == epoch)
    }

    @Test(arguments: Sample.all)
    func bytesAfterTheLastFieldAreIgnored(_ sample: Sample) {
        guard let value = sample.value else { return }
        let longer = OffsetsRecord(key: (sample.key + [9, 9])[...], value: (value + [1, 2, 3])[...])
        #expect(longer == sample.decoded)
    }

    @Test(arguments: Sample.all)
    func bothWaysOfReadingAgree(_ sample: Sample) {
        let check = DecoderCheck(key: sample.key, value: sample.value, padding: 3)
        #expect(check.fault == nil)
        #expect(check.record == sample.decoded)
    }
}
