import ClusterAccess
import OffsetsTopic

/// Records that stand side by side in a partition of `__consumer_offsets`, before they have bytes.
///
/// A group's commits on a thousand partitions are one entry, so that a million of them take no memory until
/// a feed delivers them.
package struct OffsetsEntry: Sendable {
    enum Content: Sendable {
        case commits(Commits)
        /// The group's commits on a topic that it does not keep.
        case forgottenCommits(TopicName, partitions: Int)
        /// A generation of a group whose topics are these.
        case generation(LoadGroup, [LoadTopic])
        case forgottenGroup
    }

    /// A commit on every partition of a topic.
    struct Commits: Sendable {
        var topic: TopicName
        var partitions: Int
        /// End of the log of partition 0.
        var end: Int64
        /// Number of a group that keeps a lag; `nil` for one that has caught up.
        var standing: Int?

        func offset(_ partition: Int) -> Int64 {
            let lag = standing.map { LoadGroup.standingLag($0, partition) } ?? 0
            return end + LoadTopic.skew(partition) - lag
        }
    }

    let owner: Int
    /// Milliseconds since 1970.
    let time: Int64
    let group: GroupID
    let content: Content

    /// How many records it is.
    var count: Int {
        switch content {
        case .commits(let commits): commits.partitions
        case .forgottenCommits(_, let partitions): partitions
        case .generation, .forgottenGroup: 1
        }
    }

    /// Appends records `range` of this entry to a batch, with offsets from `offset` on.
    func append(_ range: Range<Int>, offset: Int64, to batch: inout RecordBatch) {
        let owner = PartitionID(Int32(clamping: owner))
        switch content {
        case .commits(let commits):
            var template = CommitTemplate(group: group, topic: commits.topic, time: time)
            for partition in range {
                batch.append(
                    partition: owner, offset: offset + Int64(partition - range.lowerBound), timestamp: time
                ) {
                    template.append(partition, commits.offset(partition), to: &$0)
                }
            }
        case .forgottenCommits(let topic, _):
            var template = CommitTemplate(group: group, topic: topic, time: time)
            for partition in range {
                batch.append(
                    partition: owner, offset: offset + Int64(partition - range.lowerBound), timestamp: time
                ) {
                    template.append(partition, nil, to: &$0)
                }
            }
        case .generation(let group, let topics):
            batch.append(
                partition: owner, offset: offset, timestamp: time,
                key: GroupMetadataKey(group: group.id).encoded(),
                value: Self.generation(group, topics, time).encoded())
        case .forgottenGroup:
            batch.append(
                partition: owner, offset: offset, timestamp: time,
                key: GroupMetadataKey(group: group).encoded(), value: nil)
        }
    }

    private static func generation(
        _ group: LoadGroup, _ topics: [LoadTopic], _ time: Int64
    ) -> GroupMetadataValue {
        let subscription = ConsumerSubscription(topics: topics.map(\.name)).encoded()
        let members = group.memberIDs.enumerated().map { index, id in
            GroupMetadataValue.Member(
                memberID: id, clientID: "billing-\(index)", clientHost: "/10.0.0.\(index % 250)",
                rebalanceTimeout: 300_000, sessionTimeout: 45_000, subscription: subscription,
                assignment: ConsumerAssignment(
                    partitions: topics.map { group.share(of: index, in: $0) }
                ).encoded())
        }
        return GroupMetadataValue(
            protocolType: "consumer", generation: group.generation,
            protocolName: members.isEmpty ? nil : "range", leader: members.first?.memberID,
            currentStateTimestamp: time, members: members)
    }
}

/// The bytes of a commit, in which the partition and the offset are put into their places.
///
/// Encoding each record anew would cost more than reading it does.
struct CommitTemplate {
    private var key: [UInt8]
    private var value: [UInt8]

    init(group: GroupID, topic: TopicName, time: Int64) {
        key = OffsetCommitKey(group: group, topic: topic, partition: PartitionID(0)).encoded()
        value = OffsetCommitValue(offset: 0, leaderEpoch: 3, commitTimestamp: time).encoded()
    }

    /// Appends one record; no offset means a tombstone.
    mutating func append(
        _ partition: Int, _ offset: Int64?, to bytes: inout [UInt8]
    ) -> (keyLength: Int, valueLength: Int) {
        // The partition is the last field of a key, the offset follows the version of a value.
        Self.put(UInt64(UInt32(truncatingIfNeeded: partition)), 4, at: key.count - 4, in: &key)
        bytes += key
        guard let offset else { return (key.count, -1) }
        Self.put(UInt64(bitPattern: offset), 8, at: 2, in: &value)
        bytes += value
        return (key.count, value.count)
    }

    /// Big-endian, as everything on Kafka's wire.
    private static func put(_ number: UInt64, _ width: Int, at start: Int, in bytes: inout [UInt8]) {
        for index in 0..<width {
            bytes[start + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * (width - 1 - index)))
        }
    }
}
