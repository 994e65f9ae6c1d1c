import ClusterAccess
import Foundation
import LagwardenTestKit
import OffsetsTopic

/// Decoded records spelled as Kafka's own classes spell them, to be compared with the samples as a whole:
/// a field that the decoder drops is missed.
extension OffsetsRecord {
    /// Fields of the key.
    var keyFields: JSONValue {
        switch self {
        case .offsetCommit(let key, _):
            [
                "group": .string(key.group.rawValue), "topic": .string(key.topic.rawValue),
                "partition": .number(key.partition.rawValue),
            ]
        case .groupMetadata(let group, _): ["group": .string(group.rawValue)]
        case .consumerGroupEpoch(let group, _), .consumerGroupPartitions(let group, _),
            .consumerGroupTargetEpoch(let group, _):
            ["groupId": .string(group.rawValue)]
        case .consumerGroupMember(let key, _), .consumerGroupTargetAssignment(let key, _),
            .consumerGroupCurrentAssignment(let key, _):
            ["groupId": .string(key.group.rawValue), "memberId": .string(key.memberID)]
        case .consumerGroupRegularExpression(let key, _):
            ["groupId": .string(key.group.rawValue), "regularExpression": .string(key.expression)]
        case .shareGroup(let group, let other), .streamsGroup(let group, let other):
            JSONValue(present: [
                "groupId": .string(group.rawValue), "memberId": other.memberID.map(JSONValue.string),
            ])
        case .skipped: .null
        }
    }

    /// Fields of the value of a record that is read in full; null for a tombstone.
    func valueFields(version: Int16?) -> JSONValue {
        switch self {
        case .offsetCommit(_, let value): value?.fields(version: version ?? -1) ?? .null
        case .groupMetadata(_, let value): value?.fields ?? .null
        case .consumerGroupEpoch(_, let value): value?.fields ?? .null
        case .consumerGroupPartitions(_, let value): value?.fields ?? .null
        case .consumerGroupMember(_, let value): value?.fields ?? .null
        case .consumerGroupTargetEpoch(_, let value): value?.fields ?? .null
        case .consumerGroupTargetAssignment(_, let value): value?.fields ?? .null
        case .consumerGroupCurrentAssignment(_, let value): value?.fields ?? .null
        case .consumerGroupRegularExpression(_, let value): value?.fields ?? .null
        case .shareGroup, .streamsGroup, .skipped: .string("not read in full")
        }
    }
}

extension JSONValue {
    /// An object of the members that are there.
    fileprivate init(present members: [String: JSONValue?]) {
        self = .object(members.compactMapValues { $0 })
    }

    fileprivate static func number(_ value: some BinaryInteger) -> JSONValue { .integer(Int64(value)) }

    fileprivate static func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }

    fileprivate static func list<Element>(
        _ elements: [Element], _ spell: (Element) -> JSONValue
    ) -> JSONValue { .array(elements.map(spell)) }

    fileprivate static func hex(_ bytes: [UInt8]?) -> JSONValue {
        text(bytes.map { $0.map { String(format: "%02x", $0) }.joined() })
    }

    /// As Kafka spells identifiers: base 64 for addresses, without padding.
    fileprivate static func uuid(_ id: TopicUUID) -> JSONValue {
        let bytes = [id.mostSignificant, id.leastSignificant].flatMap { half in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> UInt64($0)) }
        }
        let text = Data(bytes).base64EncodedString().prefix(22)
        return .string(
            text.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_"))
    }

    fileprivate static func partitions(_ topics: [TopicPartitions]) -> JSONValue {
        list(topics) { topic in
            [
                "topic": .string(topic.topic.rawValue),
                "partitions": list(topic.partitions) { .number($0.rawValue) },
            ]
        }
    }

    fileprivate static func partitions(_ topics: [AssignedPartitions]) -> JSONValue {
        list(topics) { topic in
            JSONValue(present: [
                "topicId": uuid(topic.topicID),
                "partitions": list(topic.partitions) { .number($0.rawValue) },
                "assignmentEpochs": topic.epochs.map { list($0) { .number($0) } },
            ])
        }
    }

    /// The version stands in the blob alone.
    fileprivate static func subscription(_ blob: [UInt8]) -> JSONValue {
        guard let value = ConsumerSubscription(decoding: blob) else { return .null }
        return [
            "version": .number(blob[1]), "topics": list(value.topics) { .string($0.rawValue) },
            "userData": hex(value.userData), "ownedPartitions": partitions(value.owned),
            "generationId": .number(value.generation ?? -1), "rackId": text(value.rack),
        ]
    }

    fileprivate static func assignment(_ blob: [UInt8]) -> JSONValue {
        guard let value = ConsumerAssignment(decoding: blob) else { return .null }
        return [
            "version": .number(blob[1]), "assignedPartitions": partitions(value.partitions),
            "userData": hex(value.userData),
        ]
    }
}

extension OffsetCommitValue {
    fileprivate func fields(version: Int16) -> JSONValue {
        JSONValue(present: [
            "offset": .integer(offset), "metadata": .string(metadata),
            "commitTimestamp": .integer(commitTimestamp),
            "leaderEpoch": version >= 3 ? .number(leaderEpoch ?? -1) : nil,
            "expireTimestamp": expireTimestamp.map(JSONValue.integer), "topicId": topicID.map(JSONValue.uuid),
        ])
    }
}

extension GroupMetadataValue {
    fileprivate var fields: JSONValue {
        [
            "protocolType": .string(protocolType), "generation": .number(generation),
            "protocol": .text(protocolName), "leader": .text(leader),
            "currentStateTimestamp": .integer(currentStateTimestamp ?? -1),
            "members": .list(members) { member in
                JSONValue(present: [
                    "memberId": .string(member.memberID), "groupInstanceId": .text(member.instanceID),
                    "clientId": .string(member.clientID), "clientHost": .string(member.clientHost),
                    "rebalanceTimeout": .number(member.rebalanceTimeout ?? -1),
                    "sessionTimeout": .number(member.sessionTimeout),
                    "subscription": .hex(member.subscription), "assignment": .hex(member.assignment),
                    "subscriptionFields": isConsumerGroup ? .subscription(member.subscription) : nil,
                    "assignmentFields": isConsumerGroup ? .assignment(member.assignment) : nil,
                ])
            },
        ]
    }
}

extension ConsumerGroupEpochValue {
    fileprivate var fields: JSONValue {
        JSONValue(present: [
            "epoch": .number(epoch), "metadataHash": metadataHash.map(JSONValue.integer),
            "creationTimeMs": creationTimestamp.map(JSONValue.integer),
        ])
    }
}

extension ConsumerGroupPartitionsValue {
    fileprivate var fields: JSONValue {
        [
            "topics": .list(topics) { topic in
                [
                    "topicId": .uuid(topic.id), "topicName": .string(topic.name.rawValue),
                    "numPartitions": .number(topic.partitionCount),
                    "partitionMetadata": .list(topic.racks) { entry in
                        [
                            "partition": .number(entry.partition.rawValue),
                            "racks": .list(entry.racks) { .string($0) },
                        ]
                    },
                ]
            }
        ]
    }
}

extension ConsumerGroupMemberValue {
    fileprivate var fields: JSONValue {
        [
            "instanceId": .text(instanceID), "rackId": .text(rack), "clientId": .string(clientID),
            "clientHost": .string(clientHost),
            "subscribedTopicNames": .list(topics) { .string($0.rawValue) },
            "subscribedTopicRegex": .string(topicExpression ?? ""),
            "rebalanceTimeoutMs": .number(rebalanceTimeout ?? -1), "serverAssignor": .text(assignor),
            "classicMemberMetadata": classic?.fields ?? .null,
        ]
    }
}

extension ConsumerGroupMemberValue.ClassicMember {
    fileprivate var fields: JSONValue {
        [
            "sessionTimeoutMs": .number(sessionTimeout),
            "supportedProtocols": .list(protocols) { entry in
                [
                    "name": .string(entry.name), "metadata": .hex(entry.subscription),
                    "metadataFields": .subscription(entry.subscription),
                ]
            },
        ]
    }
}

extension TargetAssignmentEpochValue {
    fileprivate var fields: JSONValue {
        JSONValue(present: [
            "assignmentEpoch": .number(epoch), "assignmentTimestamp": timestamp.map(JSONValue.integer),
        ])
    }
}

extension TargetAssignmentValue {
    fileprivate var fields: JSONValue { ["topicPartitions": .partitions(partitions)] }
}

extension CurrentAssignmentValue {
    fileprivate var fields: JSONValue {
        let number: Int8 =
            switch state {
            case .stable: 0
            case .unrevokedPartitions: 1
            case .unreleasedPartitions: 2
            case .unknown(let number): number
            }
        return [
            "memberEpoch": .number(memberEpoch), "previousMemberEpoch": .number(previousMemberEpoch),
            "state": .number(number), "assignedPartitions": .partitions(assigned),
            "partitionsPendingRevocation": .partitions(pendingRevocation),
        ]
    }
}

extension RegularExpressionValue {
    fileprivate var fields: JSONValue {
        [
            "topics": .list(topics) { .string($0.rawValue) }, "version": .integer(version),
            "timestamp": .integer(timestamp),
        ]
    }
}
