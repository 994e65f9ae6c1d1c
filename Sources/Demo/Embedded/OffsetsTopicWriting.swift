import ClusterAccess
import OffsetsTopic

/// A record for `__consumer_offsets`, in Kafka's own format.
struct OffsetsTopicEntry: Hashable, Sendable {
    var group: GroupID
    var key: [UInt8]
    var value: [UInt8]
}

extension CastScript.GroupStep {
    /// What a coordinator would append for this step: commits first, as members commit before they rejoin.
    func entries(atMilliseconds now: Int64) -> [OffsetsTopicEntry] {
        var entries = commits.map { commit in
            OffsetsTopicEntry(
                group: part.group,
                key: OffsetCommitKey(group: part.group, topic: part.topic, partition: commit.partition)
                    .encoded(),
                value: OffsetCommitValue(offset: commit.offset, commitTimestamp: now).encoded())
        }
        if let generation {
            entries.append(
                OffsetsTopicEntry(
                    group: part.group, key: GroupMetadataKey(group: part.group).encoded(),
                    value: metadata(of: generation, atMilliseconds: now).encoded()))
        }
        return entries
    }

    /// A generation as a classic group's coordinator stores it; without members it has no protocol and no
    /// leader.
    private func metadata(
        of generation: CastScript.Generation, atMilliseconds now: Int64
    ) -> GroupMetadataValue {
        let subscription = ConsumerSubscription(topics: [part.topic]).encoded()
        return GroupMetadataValue(
            protocolType: "consumer", generation: generation.number,
            protocolName: generation.members.isEmpty ? nil : "range",
            leader: generation.members.first?.memberID, currentStateTimestamp: now,
            members: generation.members.map { member in
                let owned =
                    member.partitions.isEmpty
                    ? [] : [TopicPartitions(topic: part.topic, partitions: member.partitions)]
                return GroupMetadataValue.Member(
                    memberID: member.memberID, clientID: "\(part.group)-\(member.number)",
                    clientHost: "/127.0.0.1", rebalanceTimeout: 300_000, sessionTimeout: 45_000,
                    subscription: subscription, assignment: ConsumerAssignment(partitions: owned).encoded())
            })
    }
}
