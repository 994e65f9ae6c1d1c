import ClusterAccess
import GroupJournal
import LagModel
import LagwardenTestKit
import OffsetsTopic

/// One record as it stands in a partition.
struct Record: Sendable, Hashable {
    var partition: PartitionID
    var offset: Int64
    var timestamp: Int64
    var key: [UInt8]?
    var value: [UInt8]?
}

/// Records of one partition of the offsets topic, written like a coordinator does.
struct Script {
    private(set) var records: [Record] = []
    var partition = PartitionID(0)
    /// Milliseconds; each record without a time of its own takes the one before.
    var now: Int64 = 1_000_000
    private var next: Int64 = 0

    init(partition: Int32 = 0) { self.partition = PartitionID(partition) }

    var end: Int64 { next }

    mutating func add(_ key: [UInt8]?, _ value: [UInt8]?) {
        records.append(
            Record(partition: partition, offset: next, timestamp: now, key: key, value: value))
        next += 1
    }

    /// Offsets that compaction or transactions left out.
    mutating func skip(_ count: Int64) { next += count }

    mutating func wait(_ milliseconds: Int64) { now += milliseconds }

    /// As brokers encode it; commits in version 4 where they have a topic's identifier.
    mutating func add(_ record: OffsetsRecord, commitVersion: Int16 = 3) {
        let encoded = EncodedRecord(record, commitVersion: commitVersion)
        add(encoded?.key, encoded?.value)
    }

    mutating func commit(
        _ group: String, _ topic: String = "t", _ partition: Int32 = 0, to offset: Int64?,
        metadata: String = "", topicID: TopicUUID? = nil
    ) {
        let key = OffsetCommitKey(
            group: GroupID(group), topic: TopicName(topic), partition: PartitionID(partition))
        let value = offset.map {
            OffsetCommitValue(offset: $0, metadata: metadata, commitTimestamp: now, topicID: topicID)
        }
        add(.offsetCommit(key, value), commitVersion: topicID == nil ? 3 : 4)
    }

    /// A generation; `joined` is how long before the record the join phase ended.
    mutating func generation(
        _ group: String, _ number: Int32, _ members: [Member] = [], type: String? = nil,
        joined: Int64? = 0, assignor: String = "range"
    ) {
        let value = GroupMetadataValue(
            protocolType: type ?? (number == 0 ? "" : "consumer"), generation: number,
            protocolName: members.isEmpty ? nil : assignor, leader: members.first?.id,
            currentStateTimestamp: joined.map { now - $0 },
            members: members.map(\.value))
        add(.groupMetadata(GroupID(group), value))
    }

    mutating func endGeneration(_ group: String) { add(.groupMetadata(GroupID(group), nil)) }

    /// A member of a classic group that reads topic `t` unless told otherwise.
    struct Member {
        var id: String
        var instance: String?
        var topics = ["t"]
        var assigned: [String: [Int32]] = [:]
        var owned: [String: [Int32]] = [:]

        init(
            _ id: String, instance: String? = nil, topics: [String] = ["t"], _ assigned: [Int32] = [],
            of all: [String: [Int32]]? = nil, owned: [Int32] = []
        ) {
            self.id = id
            self.instance = instance
            self.topics = topics
            self.assigned = all ?? (assigned.isEmpty ? [:] : ["t": assigned])
            self.owned = owned.isEmpty ? [:] : ["t": owned]
        }

        var value: GroupMetadataValue.Member {
            GroupMetadataValue.Member(
                memberID: id, instanceID: instance, clientID: "client-\(id)", clientHost: "/127.0.0.1",
                rebalanceTimeout: 300_000, sessionTimeout: 45_000,
                subscription: ConsumerSubscription(
                    topics: topics.map { TopicName($0) }, owned: Self.partitions(owned)
                ).encoded(),
                assignment: ConsumerAssignment(partitions: Self.partitions(assigned)).encoded())
        }

        private static func partitions(_ topics: [String: [Int32]]) -> [TopicPartitions] {
            topics.sorted { $0.key < $1.key }.map { topic, partitions in
                TopicPartitions(topic: TopicName(topic), partitions: partitions.map { PartitionID($0) })
            }
        }
    }
}

extension Script {
    mutating func epoch(_ group: String, _ epoch: Int32?, hash: Int64? = 1) {
        add(
            .consumerGroupEpoch(
                GroupID(group), epoch.map { ConsumerGroupEpochValue(epoch: $0, metadataHash: hash) }))
    }

    mutating func topics(_ group: String, _ topics: [(TopicUUID, String, Int32)]) {
        let value = ConsumerGroupPartitionsValue(
            topics: topics.map { .init(id: $0.0, name: TopicName($0.1), partitionCount: $0.2) })
        add(.consumerGroupPartitions(GroupID(group), value))
    }

    mutating func member(
        _ group: String, _ member: String, instance: String? = nil, topics: [String] = ["t"],
        expression: String? = nil, assignor: String? = nil
    ) {
        let value = ConsumerGroupMemberValue(
            instanceID: instance, clientID: "client-\(member)", clientHost: "/127.0.0.1",
            topics: topics.map { TopicName($0) }, topicExpression: expression, rebalanceTimeout: 300_000,
            assignor: assignor)
        add(.consumerGroupMember(MemberKey(group: GroupID(group), memberID: member), value))
    }

    mutating func targetEpoch(_ group: String, _ epoch: Int32?) {
        add(.consumerGroupTargetEpoch(GroupID(group), epoch.map { TargetAssignmentEpochValue(epoch: $0) }))
    }

    mutating func target(_ group: String, _ member: String, _ topics: [TopicUUID: [Int32]]) {
        let key = MemberKey(group: GroupID(group), memberID: member)
        add(.consumerGroupTargetAssignment(key, TargetAssignmentValue(partitions: Self.assigned(topics))))
    }

    mutating func current(
        _ group: String, _ member: String, epoch: Int32, state: Int8 = 0, _ topics: [TopicUUID: [Int32]] = [:]
    ) {
        let value = CurrentAssignmentValue(
            memberEpoch: epoch, previousMemberEpoch: epoch - 1, state: .init(state),
            assigned: Self.assigned(topics))
        add(.consumerGroupCurrentAssignment(MemberKey(group: GroupID(group), memberID: member), value))
    }

    private static func assigned(_ topics: [TopicUUID: [Int32]]) -> [AssignedPartitions] {
        topics.sorted { $0.key.leastSignificant < $1.key.leastSignificant }.map { topic, partitions in
            AssignedPartitions(topicID: topic, partitions: partitions.map { PartitionID($0) })
        }
    }

    mutating func expression(_ group: String, _ expression: String, _ topics: [String]) {
        let value = RegularExpressionValue(
            topics: topics.map { TopicName($0) }, version: 1, timestamp: now)
        add(
            .consumerGroupRegularExpression(
                RegularExpressionKey(group: GroupID(group), expression: expression), value))
    }

    /// The three tombstones that a member of a KIP-848 group leaves.
    mutating func gone(_ group: String, _ member: String) {
        let key = MemberKey(group: GroupID(group), memberID: member)
        add(.consumerGroupCurrentAssignment(key, nil))
        add(.consumerGroupTargetAssignment(key, nil))
        add(.consumerGroupMember(key, nil))
    }

    /// An epoch of a share or streams group.
    mutating func other(_ kind: RecordKind, _ group: String, epoch: Int32?) {
        other(group, OtherGroupRecord(kind: kind, epoch: epoch, isTombstone: epoch == nil))
    }

    /// A member of a share or streams group.
    mutating func other(_ kind: RecordKind, _ group: String, member: String, isThere: Bool = true) {
        other(group, OtherGroupRecord(kind: kind, memberID: member, isTombstone: !isThere))
    }

    private mutating func other(_ group: String, _ record: OtherGroupRecord) {
        let isShare = record.kind == .shareGroupEpoch || record.kind == .shareGroupMember
        add(isShare ? .shareGroup(GroupID(group), record) : .streamsGroup(GroupID(group), record))
    }
}

extension TopicUUID {
    init(_ number: UInt64) { self.init(mostSignificant: 7, leastSignificant: number) }
}

extension [Record] {
    /// One batch for each run of at most `size` records, the partitions' ends in the last.
    func batches(of size: Int = .max, ending: Bool = true) -> [RecordBatch] {
        var batches: [RecordBatch] = []
        var start = 0
        while start < count {
            let end = size < count - start ? start + size : count
            var batch = RecordBatch()
            for record in self[start..<end] {
                batch.append(
                    partition: record.partition, offset: record.offset, timestamp: record.timestamp,
                    key: record.key, value: record.value)
            }
            batches.append(batch)
            start = end
        }
        if ending {
            var ends: [PartitionID: Int64] = [:]
            for record in self { ends[record.partition] = record.offset + 1 }
            var last = batches.popLast() ?? RecordBatch()
            for (partition, offset) in ends { last.appendEnd(of: partition, offset: offset) }
            batches.append(last)
        }
        return batches
    }

    /// A journal that has read these records.
    func journal(
        historyEnd: Int64 = 0, batchSize: Int = .max, ending: Bool = true,
        isolation: GroupJournal.Isolation = .committed
    ) -> GroupJournal {
        var journal = GroupJournal()
        for partition in Set(map(\.partition)) { journal.begin(partition, historyEnd: historyEnd) }
        for batch in batches(of: batchSize, ending: ending) { journal.apply(batch, isolation: isolation) }
        return journal
    }
}

extension JournalGroup {
    func topic(_ name: String = "t") -> TopicActivity? {
        activity.topics.first { $0.name.rawValue == name }
    }

    /// Committed offsets of a topic by partition.
    func committed(_ name: String = "t") -> [Int32: Int64] {
        let topic = commits.topics.first { $0.name.rawValue == name }
        return Dictionary(
            uniqueKeysWithValues: zip((topic?.partitions ?? []).map(\.rawValue), topic?.offsets ?? []))
    }

    /// Steps by cause, without those that never happened.
    var causes: [RebalanceCause: Int64] { activity.causes.filter { $0.value != 0 } }

    /// Durations that were recorded.
    var durations: Int64 { activity.rebalanceDurations.counts.reduce(0, +) }
}

/// Everything that a journal shows of its groups and counts, to be compared.
struct Picture: Hashable {
    var groups: [String]
    var removed: Int64
    var kinds: [String: Int64]
    var skipped: [String: Int64]

    init(_ journal: GroupJournal, partitions: [Int32] = Array(0..<64)) {
        groups = partitions.flatMap { partition in
            journal.groups(in: PartitionID(partition)).compactMap { id in
                journal.group(id).map(Self.text)
            }
        }
        .sorted()
        removed = journal.groupsRemoved
        kinds = journal.recordsByKind.filter { $0.value > 0 }
        skipped = journal.recordsSkipped.filter { $0.value > 0 }
    }

    static func text(_ group: JournalGroup) -> String {
        var activity = group.activity
        let causes = activity.causes.map { "\($0.key) \($0.value)" }.sorted()
        activity.causes = [:]
        return "\(group.id) \(group.partition) \(group.type) \(group.protocolType) \(group.assignor)"
            + " \(group.members) \(group.commits) \(causes) \(activity)"
    }
}
