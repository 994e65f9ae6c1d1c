import ClusterAccess
import GroupJournal
import LagModel
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

    mutating func commit(
        _ group: String, _ topic: String = "t", _ partition: Int32 = 0, to offset: Int64?,
        metadata: String = "", topicID: TopicUUID? = nil
    ) {
        let key = OffsetCommitKey(
            group: GroupID(group), topic: TopicName(topic), partition: PartitionID(partition))
        guard let topicID, let offset else {
            return add(
                key.encoded(),
                offset.map {
                    OffsetCommitValue(offset: $0, metadata: metadata, commitTimestamp: now).encoded()
                })
        }
        add(
            key.encoded(),
            Wire.value(version: 4) { wire in
                wire.integer(offset)
                wire.integer(Int32(-1))
                wire.compact(metadata)
                wire.integer(now)
                var content = Wire(0)
                content.uuid(topicID)
                wire.tag(0, Array(content.bytes.dropFirst(2)))
            })
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
        add(Wire.key(2, group), value.encoded())
    }

    mutating func endGeneration(_ group: String) { add(Wire.key(2, group), nil) }

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
            Wire.key(3, group),
            epoch.map { epoch in
                Wire.value { wire in
                    wire.integer(epoch)
                    guard let hash else { return wire.noTags() }
                    var content = Wire(0)
                    content.integer(hash)
                    wire.tag(0, Array(content.bytes.dropFirst(2)))
                }
            })
    }

    mutating func topics(_ group: String, _ topics: [(TopicUUID, String, Int32)]?) {
        add(
            Wire.key(4, group),
            topics.map { topics in
                Wire.value { wire in
                    wire.compact(topics) { wire, topic in
                        wire.uuid(topic.0)
                        wire.compact(topic.1)
                        wire.integer(topic.2)
                        wire.varint(1)
                        wire.noTags()
                    }
                    wire.noTags()
                }
            })
    }

    mutating func member(
        _ group: String, _ member: String, instance: String? = nil, topics: [String] = ["t"],
        expression: String = "", assignor: String? = nil
    ) {
        add(
            Wire.key(5, group, member),
            Wire.value { wire in
                wire.compact(instance)
                wire.compact(nil)
                wire.compact("client-\(member)")
                wire.compact("/127.0.0.1")
                wire.compact(topics) { $0.compact($1) }
                wire.compact(expression)
                wire.integer(Int32(300_000))
                wire.compact(assignor)
                wire.tag(0, [0])
            })
    }

    mutating func targetEpoch(_ group: String, _ epoch: Int32?) {
        add(
            Wire.key(6, group),
            epoch.map { epoch in
                Wire.value { wire in
                    wire.integer(epoch)
                    wire.noTags()
                }
            })
    }

    mutating func target(_ group: String, _ member: String, _ topics: [TopicUUID: [Int32]]) {
        add(
            Wire.key(7, group, member),
            Wire.value { wire in
                wire.owned(topics)
                wire.noTags()
            })
    }

    mutating func current(
        _ group: String, _ member: String, epoch: Int32, state: Int8 = 0, _ topics: [TopicUUID: [Int32]] = [:]
    ) {
        add(
            Wire.key(8, group, member),
            Wire.value { wire in
                wire.integer(epoch)
                wire.integer(max(0, epoch - 1))
                wire.integer(state)
                wire.owned(topics)
                wire.owned([:])
                wire.noTags()
            })
    }

    mutating func expression(_ group: String, _ expression: String, _ topics: [String]?) {
        add(
            Wire.key(16, group, expression),
            topics.map { topics in
                Wire.value { wire in
                    wire.compact(topics) { $0.compact($1) }
                    wire.integer(Int64(1))
                    wire.integer(now)
                    wire.noTags()
                }
            })
    }

    /// The three tombstones that a member of a KIP-848 group leaves.
    mutating func gone(_ group: String, _ member: String) {
        for type: Int16 in [8, 7, 5] { add(Wire.key(type, group, member), nil) }
    }

    /// Epoch (11, 17) and members (10, 19) of share and streams groups.
    mutating func other(_ type: Int16, _ group: String, epoch: Int32?) {
        add(
            Wire.key(type, group),
            epoch.map { epoch in
                Wire.value { wire in
                    wire.integer(epoch)
                    wire.integer(Int64(0))
                    wire.noTags()
                }
            })
    }

    mutating func other(_ type: Int16, _ group: String, member: String, isThere: Bool = true) {
        add(Wire.key(type, group, member), isThere ? Wire.value { $0.noTags() } : nil)
    }
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

    private static func text(_ group: JournalGroup) -> String {
        var activity = group.activity
        let causes = activity.causes.map { "\($0.key) \($0.value)" }.sorted()
        activity.causes = [:]
        return "\(group.id) \(group.partition) \(group.type) \(group.protocolType) \(group.assignor)"
            + " \(group.members) \(group.commits) \(causes) \(activity)"
    }
}
