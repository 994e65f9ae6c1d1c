import ClusterAccess
import OffsetsTopic
import Testing

/// Layouts that the samples do not hold, written by hand from Kafka's schemas.
@Suite struct DecodingTests {
    private static let commitKey = OffsetCommitKey(group: "g", topic: "t", partition: PartitionID(7))
        .encoded()
    private static let groupKey = GroupMetadataKey(group: "g").encoded()

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var key: [UInt8]
        var value: [UInt8]?
        var expected: OffsetsRecord
    }

    static let commit = OffsetCommitKey(group: "g", topic: "t", partition: PartitionID(7))

    static func hex(_ text: String) -> [UInt8] {
        Sample.bytes(hex: text.filter { !$0.isWhitespace }) ?? []
    }

    static let cases: [Case] = [
        Case(
            testDescription: "commit value v0", key: commitKey,
            value: hex("0000 0000000000000005 0001 6d 000000000000000a"),
            expected: .offsetCommit(
                commit, OffsetCommitValue(offset: 5, metadata: "m", commitTimestamp: 10))),
        Case(
            testDescription: "commit value v2", key: commitKey,
            value: hex("0002 0000000000000005 0000 000000000000000a"),
            expected: .offsetCommit(commit, OffsetCommitValue(offset: 5, commitTimestamp: 10))),
        Case(
            testDescription: "commit value v4 with an unknown tag before and after the known one",
            key: commitKey,
            value: hex(
                """
                0004 0000000000000005 00000003 02 6d 000000000000000a
                02 00 10 00000000000000010000000000000002 09 03 ffffff
                """),
            expected: .offsetCommit(
                commit,
                OffsetCommitValue(
                    offset: 5, leaderEpoch: 3, metadata: "m", commitTimestamp: 10,
                    topicID: TopicUUID(mostSignificant: 1, leastSignificant: 2)))),
        Case(
            testDescription: "key type 0", key: hex("0000 0001 67 0001 74 00000007"), value: nil,
            expected: .offsetCommit(commit, nil)),
        Case(
            testDescription: "commit value v1", key: commitKey,
            value: hex("0001 fffffffffffffffe 0000 000000000000000a 000000000000000b"),
            expected: .offsetCommit(
                commit, OffsetCommitValue(offset: -2, commitTimestamp: 10, expireTimestamp: 11))),
        Case(
            testDescription: "commit value v4 without tags and with an epoch of -1", key: commitKey,
            value: hex("0004 0000000000000005 ffffffff 01 000000000000000a 00"),
            expected: .offsetCommit(commit, OffsetCommitValue(offset: 5, commitTimestamp: 10))),
        Case(
            testDescription: "commit value v4 with half a topic identifier", key: commitKey,
            value: hex("0004 0000000000000005 00000003 01 000000000000000a 01 00 08 0000000000000001"),
            expected: .skipped(.malformedValue(type: 1))),
        Case(
            testDescription: "commit with metadata of null", key: commitKey,
            value: hex("0004 0000000000000005 00000003 00 000000000000000a 00"),
            expected: .skipped(.malformedValue(type: 1))),
        Case(
            testDescription: "commit with a tag that is longer than the record", key: commitKey,
            value: hex("0004 0000000000000005 00000003 01 000000000000000a 01 05 ff01 00"),
            expected: .skipped(.malformedValue(type: 1))),
        Case(
            testDescription: "group value v0", key: groupKey,
            value: hex(
                "0000 0008 636f6e73756d6572 00000002 0005 72616e6765 0001 61 00000001"
                    + "0001 61 0001 63 0001 68 00000064 00000000 00000001 aa"),
            expected: .groupMetadata(
                "g",
                GroupMetadataValue(
                    protocolType: "consumer", generation: 2, protocolName: "range", leader: "a",
                    members: [
                        .init(
                            memberID: "a", clientID: "c", clientHost: "h", sessionTimeout: 100,
                            assignment: [0xaa])
                    ]))),
        Case(
            testDescription: "group value v1", key: groupKey,
            value: hex(
                "0001 0008 636f6e73756d6572 00000002 0005 72616e6765 0001 61 00000001"
                    + "0001 61 0001 63 0001 68 000000c8 00000064 00000001 bb 00000001 aa"),
            expected: .groupMetadata(
                "g",
                GroupMetadataValue(
                    protocolType: "consumer", generation: 2, protocolName: "range", leader: "a",
                    members: [
                        .init(
                            memberID: "a", clientID: "c", clientHost: "h", rebalanceTimeout: 200,
                            sessionTimeout: 100, subscription: [0xbb], assignment: [0xaa])
                    ]))),
        Case(
            testDescription: "group value v2", key: groupKey,
            value: hex(
                "0002 0007 636f6e6e656374 00000002 ffff ffff 0000000000000009 00000001"
                    + "0001 61 0001 63 0001 68 ffffffff 00000064 00000000 00000000"),
            expected: .groupMetadata(
                "g",
                GroupMetadataValue(
                    protocolType: "connect", generation: 2, currentStateTimestamp: 9,
                    members: [.init(memberID: "a", clientID: "c", clientHost: "h", sessionTimeout: 100)]))),
        Case(
            testDescription: "group value v4 with unknown tags of members and of itself", key: groupKey,
            value: hex(
                "0004 01 00000002 00 00 0000000000000009 03"
                    + "02 61 02 69 02 63 02 68 00000001 00000064 01 01 02 00 01 ff 05 03 010203"
                    + "02 62 00 01 01 00000001 00000064 01 01 00 01 8001 00"),
            expected: .groupMetadata(
                "g",
                GroupMetadataValue(
                    protocolType: "", generation: 2, currentStateTimestamp: 9,
                    members: [
                        .init(
                            memberID: "a", instanceID: "i", clientID: "c", clientHost: "h",
                            rebalanceTimeout: 1, sessionTimeout: 100),
                        .init(
                            memberID: "b", clientID: "", clientHost: "", rebalanceTimeout: 1,
                            sessionTimeout: 100),
                    ]))),
        Case(
            testDescription: "group value v4 flexible", key: groupKey,
            value: hex(
                "0004 09 636f6e73756d6572 00000002 00 00 ffffffffffffffff 02"
                    + "02 61 00 02 63 02 68 00000001 00000064 01 02 aa 00 00"),
            expected: .groupMetadata(
                "g",
                GroupMetadataValue(
                    protocolType: "consumer", generation: 2,
                    members: [
                        .init(
                            memberID: "a", clientID: "c", clientHost: "h", rebalanceTimeout: 1,
                            sessionTimeout: 100, assignment: [0xaa])
                    ]))),
        Case(
            testDescription: "unknown commit version", key: commitKey, value: hex("0005 00"),
            expected: .skipped(.unknownVersion(type: 1, version: 5))),
        Case(
            testDescription: "unknown type", key: hex("0063 00"), value: nil,
            expected: .skipped(.unknownType(99))),
        Case(
            testDescription: "negative type", key: hex("ffff"), value: nil,
            expected: .skipped(.unknownType(-1))),
        Case(
            testDescription: "empty key", key: [], value: nil,
            expected: .skipped(.malformedKey(type: nil))),
        Case(
            testDescription: "key cut short", key: hex("0001 0001 67"), value: nil,
            expected: .skipped(.malformedKey(type: 1))),
        Case(
            testDescription: "empty value is not a tombstone", key: commitKey, value: [],
            expected: .skipped(.malformedValue(type: 1))),
        Case(
            testDescription: "two thousand million members in ten bytes", key: groupKey,
            value: hex("0003 0000 00000001 ffff ffff 0000000000000000 7fffffff 0000"),
            expected: .skipped(.malformedValue(type: 2))),
        Case(
            testDescription: "a varint without end", key: commitKey,
            value: hex("0004 0000000000000005 00000003 ffffffffffffffff"),
            expected: .skipped(.malformedValue(type: 1))),
    ]

    @Test(arguments: cases) func decodes(_ testCase: Case) {
        let decoded = OffsetsRecord(key: testCase.key[...], value: testCase.value.map { $0[...] })
        #expect(decoded == testCase.expected)
    }

    @Test func noKeyIsSkipped() {
        #expect(OffsetsRecord(key: nil, value: [1]) == .skipped(.noKey))
    }

    @Test func assignmentsOfOlderAndDamagedBlobs() {
        let blob = Self.hex("0000 00000001 0001 74 00000002 00000000 00000003 ffffffff ee")
        #expect(
            ConsumerAssignment(decoding: blob)
                == ConsumerAssignment(
                    partitions: [TopicPartitions(topic: "t", partitions: [PartitionID(0), PartitionID(3)])]))
        #expect(ConsumerAssignment(decoding: Self.hex("0004 00000000 ffffffff")) == nil)
        #expect(ConsumerAssignment(decoding: Array(blob.prefix(12))) == nil)
        #expect(ConsumerAssignment(decoding: []) == nil)
    }
}
