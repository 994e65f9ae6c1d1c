package import ClusterAccess
package import OffsetsTopic

/// What the records of `__consumer_offsets` say of classic groups, as their coordinator would answer; pure.
package struct GroupTable: Sendable {
    private struct Entry {
        var generation: GroupMetadataValue?
        var commits: [TopicName: [PartitionID: Int64]] = [:]

        var isGone: Bool { generation == nil && commits.isEmpty }

        var state: GroupState {
            guard let generation, !generation.members.isEmpty else { return .empty }
            return .stable
        }

        var isSimple: Bool { generation.map(\.protocolType.isEmpty) ?? true }
    }

    private var entries: [GroupID: Entry] = [:]
    /// Records that said nothing, by reason.
    package private(set) var skipped: [SkippedRecord: Int] = [:]

    package init() {}

    /// Takes in the next record of a partition.
    package mutating func apply(_ record: OffsetsRecord) {
        switch record {
        case .offsetCommit(let key, let value):
            var entry = entries[key.group] ?? Entry()
            if let value, value.offset >= 0 {
                entry.commits[key.topic, default: [:]][key.partition] = value.offset
            } else {
                entry.commits[key.topic]?[key.partition] = nil
                if entry.commits[key.topic]?.isEmpty == true { entry.commits[key.topic] = nil }
            }
            store(entry, key.group)
        case .groupMetadata(let group, let value):
            var entry = entries[group] ?? Entry()
            entry.generation = value
            store(entry, group)
        case .consumerGroupEpoch, .consumerGroupPartitions, .consumerGroupMember, .consumerGroupTargetEpoch,
            .consumerGroupTargetAssignment, .consumerGroupCurrentAssignment,
            .consumerGroupRegularExpression, .shareGroup, .streamsGroup:
            break
        case .skipped(let reason): skipped[reason, default: 0] += 1
        }
    }

    private mutating func store(_ entry: Entry, _ group: GroupID) {
        entries[group] = entry.isGone ? nil : entry
    }

    /// Groups for which `isHere` holds, ascending.
    package func listing(where isHere: (GroupID) -> Bool) -> [GroupListing] {
        entries.filter { isHere($0.key) }.map { group, entry in
            GroupListing(
                group: group, state: entry.state, isSimple: entry.isSimple,
                type: entry.isSimple ? .simple : .classic)
        }.sorted { $0.group < $1.group }
    }

    /// Members and their assignments; an unknown group is Dead, as Kafka says.
    package func description(of group: GroupID) -> GroupDescription {
        guard let entry = entries[group] else { return GroupDescription(group: group, state: .dead) }
        let members = (entry.generation?.members ?? []).map { member in
            GroupMember(
                memberID: member.memberID, clientID: member.clientID, host: member.clientHost,
                instanceID: member.instanceID,
                assignment: ConsumerAssignment(decoding: member.assignment)?.partitions ?? [])
        }
        return GroupDescription(
            group: group, state: entry.state, assignor: entry.generation?.protocolName ?? "",
            members: members, type: entry.isSimple ? .simple : .classic)
    }

    /// All commits, ascending by topic and partition.
    package func commits(of group: GroupID) -> CommittedOffsets {
        let topics = (entries[group]?.commits ?? [:]).sorted { $0.key < $1.key }
        return CommittedOffsets(
            topics: topics.map { name, offsets in
                let sorted = offsets.sorted { $0.key < $1.key }
                return CommittedOffsets.Topic(
                    name: name, partitions: sorted.map(\.key), offsets: sorted.map(\.value))
            })
    }
}
