import ClusterAccess
import LagwardenTestKit
import OffsetsTopic

/// Random contents of records; a version decides which fields there can be.
extension SeededRandom {
    mutating func text() -> String {
        let alphabet: [Character] = ["a", "B", "0", "-", "_", ".", "ß", "日", "🦉", "\"", "\n", " "]
        return String(list(atMost: 20) { $0.one(of: alphabet) ?? "a" })
    }

    mutating func one<Element>(of elements: [Element]) -> Element? { elements.randomElement(using: &self) }

    mutating func maybe<Value>(_ make: (inout SeededRandom) -> Value) -> Value? {
        Bool.random(using: &self) ? make(&self) : nil
    }

    mutating func list<Element>(atMost limit: Int, _ make: (inout SeededRandom) -> Element) -> [Element] {
        (0..<Int.random(in: 0...limit, using: &self)).map { _ in make(&self) }
    }

    mutating func number<Value: FixedWidthInteger>(_: Value.Type = Value.self) -> Value {
        .random(in: .min...(.max), using: &self)
    }

    mutating func positive<Value: FixedWidthInteger>(_: Value.Type = Value.self) -> Value {
        .random(in: 0...(.max), using: &self)
    }

    mutating func blob() -> [UInt8]? { maybe { $0.bytes() } }

    mutating func bytes() -> [UInt8] { list(atMost: 40) { $0.number() } }

    mutating func uuid() -> TopicUUID { TopicUUID(mostSignificant: number(), leastSignificant: number()) }

    mutating func topicPartitions() -> [TopicPartitions] {
        list(atMost: 3) { random in
            TopicPartitions(
                topic: TopicName(random.text()),
                partitions: random.list(atMost: 5) { PartitionID($0.number()) })
        }
    }

    mutating func assigned() -> [AssignedPartitions] {
        list(atMost: 3) { random in
            AssignedPartitions(
                topicID: random.uuid(), partitions: random.list(atMost: 5) { PartitionID($0.number()) },
                epochs: random.maybe { $0.list(atMost: 5) { $0.number() } })
        }
    }

    mutating func commitKey() -> OffsetCommitKey {
        OffsetCommitKey(group: GroupID(text()), topic: TopicName(text()), partition: PartitionID(number()))
    }

    mutating func commit(version: Int16) -> OffsetCommitValue {
        OffsetCommitValue(
            offset: number(), leaderEpoch: version >= 3 ? maybe { $0.positive() } : nil, metadata: text(),
            commitTimestamp: number(), expireTimestamp: version == 1 ? number() : nil,
            topicID: version >= 4 ? maybe { $0.uuid() } : nil)
    }

    mutating func group(version: Int16) -> GroupMetadataValue {
        GroupMetadataValue(
            protocolType: text(), generation: number(), protocolName: maybe { $0.text() },
            leader: maybe { $0.text() },
            currentStateTimestamp: version >= 2 ? maybe { $0.positive() } : nil,
            members: list(atMost: 3) { random in
                .init(
                    memberID: random.text(), instanceID: version >= 3 ? random.maybe { $0.text() } : nil,
                    clientID: random.text(), clientHost: random.text(),
                    rebalanceTimeout: version >= 1 ? random.maybe { $0.positive() } : nil,
                    sessionTimeout: random.number(), subscription: random.bytes(), assignment: random.bytes())
            })
    }

    mutating func consumerMember() -> ConsumerGroupMemberValue {
        ConsumerGroupMemberValue(
            instanceID: maybe { $0.text() }, rack: maybe { $0.text() }, clientID: text(), clientHost: text(),
            topics: list(atMost: 3) { TopicName($0.text()) }, topicExpression: maybe { $0.text() + "*" },
            rebalanceTimeout: maybe { $0.positive() }, assignor: maybe { $0.text() },
            classic: maybe { random in
                .init(
                    sessionTimeout: random.number(),
                    protocols: random.list(atMost: 3) { random in
                        .init(name: random.text(), subscription: random.bytes())
                    })
            })
    }

    mutating func partitions() -> ConsumerGroupPartitionsValue {
        ConsumerGroupPartitionsValue(
            topics: list(atMost: 3) { random in
                .init(
                    id: random.uuid(), name: TopicName(random.text()), partitionCount: random.number(),
                    racks: random.list(atMost: 3) { random in
                        .init(
                            partition: PartitionID(random.number()),
                            racks: random.list(atMost: 3) { $0.text() })
                    })
            })
    }

    mutating func current() -> CurrentAssignmentValue {
        CurrentAssignmentValue(
            memberEpoch: number(), previousMemberEpoch: number(),
            state: one(of: [.stable, .unrevokedPartitions, .unreleasedPartitions, .unknown(127)]) ?? .stable,
            assigned: assigned(), pendingRevocation: assigned())
    }

    /// A record or, at times, a tombstone.
    mutating func record(of kind: RecordKind, version: Int16) -> OffsetsRecord {
        let group = GroupID(text())
        let member = MemberKey(group: group, memberID: text())
        switch kind {
        case .offsetCommit: return .offsetCommit(commitKey(), maybe { $0.commit(version: version) })
        case .groupMetadata: return .groupMetadata(group, maybe { $0.group(version: version) })
        case .consumerGroupEpoch:
            return .consumerGroupEpoch(
                group,
                maybe { random in
                    ConsumerGroupEpochValue(
                        epoch: random.number(), metadataHash: random.maybe { $0.number() },
                        creationTimestamp: random.maybe { $0.number() })
                })
        case .consumerGroupPartitions: return .consumerGroupPartitions(group, maybe { $0.partitions() })
        case .consumerGroupMember: return .consumerGroupMember(member, maybe { $0.consumerMember() })
        case .consumerGroupTargetEpoch:
            return .consumerGroupTargetEpoch(
                group,
                maybe { random in
                    TargetAssignmentEpochValue(
                        epoch: random.number(), timestamp: random.maybe { $0.number() })
                })
        case .consumerGroupTargetAssignment:
            return .consumerGroupTargetAssignment(
                member, maybe { TargetAssignmentValue(partitions: $0.assigned()) })
        case .consumerGroupCurrentAssignment:
            return .consumerGroupCurrentAssignment(member, maybe { $0.current() })
        case .consumerGroupRegularExpression:
            return .consumerGroupRegularExpression(
                RegularExpressionKey(group: group, expression: text()),
                maybe { random in
                    RegularExpressionValue(
                        topics: random.list(atMost: 3) { TopicName($0.text()) }, version: random.number(),
                        timestamp: random.number())
                })
        case .shareGroupMember, .shareGroupTargetAssignment, .shareGroupCurrentAssignment:
            return .shareGroup(group, other(kind, memberID: member.memberID))
        case .shareGroupEpoch, .shareGroupTargetEpoch, .shareGroupStatePartitions:
            return .shareGroup(group, other(kind))
        case .streamsGroupMember, .streamsGroupTargetAssignment, .streamsGroupCurrentAssignment:
            return .streamsGroup(group, other(kind, memberID: member.memberID))
        case .streamsGroupEpoch, .streamsGroupTargetEpoch, .streamsGroupTopology:
            return .streamsGroup(group, other(kind))
        }
    }

    private mutating func other(_ kind: RecordKind, memberID: String? = nil) -> OtherGroupRecord {
        let isTombstone = Bool.random(using: &self)
        let hasEpoch = !isTombstone && (kind == .shareGroupEpoch || kind == .streamsGroupEpoch)
        return OtherGroupRecord(
            kind: kind, memberID: memberID, epoch: hasEpoch ? number() : nil, isTombstone: isTombstone)
    }
}
