import ClusterAccess
import LagwardenTestKit
import OffsetsTopic
import Testing

/// Records of the newer group types as no sample has them, written by hand from Kafka's schemas.
@Suite struct ConsumerGroupDecodingTests {
    typealias Case = DecodingTests.Case

    private static func hex(_ text: String) -> [UInt8] { DecodingTests.hex(text) }

    /// A key of group `g`, and of member `m` where the type is about one.
    private static func key(_ type: UInt8, member: Bool = false) -> [UInt8] {
        [0, type, 0, 1, 0x67] + (member ? [0, 1, 0x6d] : [])
    }

    private static let member = MemberKey(group: "g", memberID: "m")
    private static let id = TopicUUID(mostSignificant: 1, leastSignificant: 2)
    private static let idText = "0000000000000001 0000000000000002"

    static let values: [Case] = [
        Case(
            testDescription: "epoch with all tags and an unknown one", key: key(3),
            value: hex("0000 00000007 03 00 08 ffffffffffffffff 01 08 0000000000000009 02 01 ff"),
            expected: .consumerGroupEpoch(
                "g", ConsumerGroupEpochValue(epoch: 7, metadataHash: -1, creationTimestamp: 9))),
        Case(
            testDescription: "partitions with racks", key: key(4),
            value: hex("0000 02 \(idText) 02 74 00000003 02 00000001 03 02 61 02 62 00 00 00"),
            expected: .consumerGroupPartitions(
                "g",
                ConsumerGroupPartitionsValue(topics: [
                    .init(
                        id: id, name: "t", partitionCount: 3,
                        racks: [.init(partition: PartitionID(1), racks: ["a", "b"])])
                ]))),
        Case(
            testDescription: "member with everything", key: key(5, member: true),
            value: hex(
                "0000 02 69 02 72 02 63 02 68 02 02 74 03 782a 00000064 02 75"
                    + "02 00 0f 01 0000000a 02 02 70 03 aabb 00 01 07 00 09 01 ff"),
            expected: .consumerGroupMember(
                member,
                ConsumerGroupMemberValue(
                    instanceID: "i", rack: "r", clientID: "c", clientHost: "h", topics: ["t"],
                    topicExpression: "x*", rebalanceTimeout: 100, assignor: "u",
                    classic: .init(
                        sessionTimeout: 10, protocols: [.init(name: "p", subscription: [0xaa, 0xbb])])))),
        Case(
            testDescription: "member without tags, without a time-out, of a list that is null",
            key: key(5, member: true), value: hex("0000 00 00 01 01 00 00 ffffffff 00 00"),
            expected: .consumerGroupMember(member, ConsumerGroupMemberValue(clientID: "", clientHost: ""))),
        Case(
            testDescription: "target epoch with its time", key: key(6),
            value: hex("0000 00000007 01 00 08 0000000000000009"),
            expected: .consumerGroupTargetEpoch("g", TargetAssignmentEpochValue(epoch: 7, timestamp: 9))),
        Case(
            testDescription: "target of a member", key: key(7, member: true),
            value: hex("0000 02 \(idText) 03 00000000 00000005 01 04 01 ff 00"),
            expected: .consumerGroupTargetAssignment(
                member,
                TargetAssignmentValue(partitions: [
                    AssignedPartitions(topicID: id, partitions: [PartitionID(0), PartitionID(5)])
                ]))),
        Case(
            testDescription: "current assignment with epochs, and epochs that are null",
            key: key(8, member: true),
            value: hex(
                "0000 00000007 00000006 01 02 \(idText) 02 00000000 01 00 05 02 00000007"
                    + "02 \(idText) 02 00000001 01 00 01 00 00"),
            expected: .consumerGroupCurrentAssignment(
                member,
                CurrentAssignmentValue(
                    memberEpoch: 7, previousMemberEpoch: 6, state: .unrevokedPartitions,
                    assigned: [
                        AssignedPartitions(topicID: id, partitions: [PartitionID(0)], epochs: [7])
                    ],
                    pendingRevocation: [AssignedPartitions(topicID: id, partitions: [PartitionID(1)])]))),
        Case(
            testDescription: "expression", key: key(16) + [0, 2, 0x78, 0x2a],
            value: hex("0000 03 02 61 02 62 0000000000000005 0000000000000009 00"),
            expected: .consumerGroupRegularExpression(
                RegularExpressionKey(group: "g", expression: "x*"),
                RegularExpressionValue(topics: ["a", "b"], version: 5, timestamp: 9))),
        Case(
            testDescription: "epoch of a share group", key: key(11),
            value: hex("0000 00000007 0000000000000001 00"),
            expected: .shareGroup("g", OtherGroupRecord(kind: .shareGroupEpoch, epoch: 7))),
        Case(
            testDescription: "streams member that left", key: key(19, member: true), value: nil,
            expected: .streamsGroup(
                "g", OtherGroupRecord(kind: .streamsGroupMember, memberID: "m", isTombstone: true))),
    ]

    @Test(arguments: values) func decodes(_ testCase: Case) {
        let decoded = OffsetsRecord(key: testCase.key[...], value: testCase.value.map { $0[...] })
        #expect(decoded == testCase.expected)
    }

    @Test(arguments: [3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23] as [UInt8])
    func newerVersionsAreSkipped(type: UInt8) {
        // A second text does no harm to keys that have one only.
        let record = OffsetsRecord(key: Self.key(type, member: true)[...], value: [0, 1, 0, 0, 0, 0])
        #expect(record == .skipped(.unknownVersion(type: Int16(type), version: 1)))
        let negative = OffsetsRecord(key: Self.key(type, member: true)[...], value: [0xff, 0xff, 0])
        #expect(negative == .skipped(.unknownVersion(type: Int16(type), version: -1)))
    }

    @Test(arguments: [3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23] as [UInt8])
    func tombstonesKeepTheirKind(type: UInt8) {
        let record = OffsetsRecord(key: Self.key(type, member: true)[...], value: nil)
        #expect(record.kind == RecordKind(type: Int16(type)))
        #expect(record.group == "g")
    }

    @Test(arguments: [5, 7, 8, 10, 13, 14, 16, 19, 21, 22] as [UInt8])
    func keysWithoutTheirSecondTextAreMalformed(type: UInt8) {
        #expect(
            OffsetsRecord(key: Self.key(type)[...], value: nil) == .skipped(.malformedKey(type: Int16(type))))
    }

    @Test(arguments: [9, 18, 24, 25, .max, .min] as [Int16])
    func typesThatNoKafkaWritesAreUnknown(type: Int16) {
        let key = [UInt8(truncatingIfNeeded: type >> 8), UInt8(truncatingIfNeeded: type), 0, 1, 0x67]
        #expect(OffsetsRecord(key: key[...], value: nil) == .skipped(.unknownType(type)))
    }

    @Test func statesOfMembers() {
        typealias State = CurrentAssignmentValue.State
        #expect(State(0) == .stable)
        #expect(State(1) == .unrevokedPartitions)
        #expect(State(2) == .unreleasedPartitions)
        #expect(State(127) == .unknown(127))
        #expect(State(-1) == .unknown(-1))
    }

    /// Names are labels of metrics: whoever changes one breaks dashboards.
    @Test func namesStand() {
        #expect(
            RecordKind.allCases.map(\.rawValue) == [
                "offset_commit", "group_metadata", "consumer_group_epoch", "consumer_group_partitions",
                "consumer_group_member", "consumer_group_target_epoch", "consumer_group_target_assignment",
                "consumer_group_current_assignment", "consumer_group_regular_expression",
                "share_group_member", "share_group_epoch", "share_group_target_epoch",
                "share_group_target_assignment", "share_group_current_assignment",
                "share_group_state_partitions", "streams_group_epoch", "streams_group_member",
                "streams_group_target_epoch", "streams_group_target_assignment",
                "streams_group_current_assignment", "streams_group_topology",
            ])
        #expect(
            SkippedRecord.Reason.allCases.map(\.rawValue) == [
                "no_key", "unknown_type", "unknown_version", "malformed_key", "malformed_value",
            ])
        #expect(SkippedRecord.unknownVersion(type: 1, version: 9).reason == .unknownVersion)
        #expect(SkippedRecord.malformedKey(type: nil).reason == .malformedKey)
        #expect(SkippedRecord.malformedValue(type: 1).reason == .malformedValue)
        #expect(SkippedRecord.unknownType(9).reason == .unknownType)
        #expect(SkippedRecord.noKey.reason == .noKey)
    }
}
