import ClusterAccess
import LagModel
import LagwardenTestKit
import Locking

/// A cluster that changes at random, a little or a lot, as the facts of rounds tell it.
struct IncrementalWorld {
    struct Log {
        var start: Int64 = 0
        var end: Int64 = 50
        var isUnknown = false
        var leader: Int32 = 1
    }

    struct Group {
        /// Commit and its time by partition, by topic.
        var commits: [TopicName: [Int32: (offset: Int64, time: Int64)]] = [:]
        var isReadable = true
        var state = GroupState.stable
        var type = GroupType.classic
        var members: [GroupMember] = []
        var generation: Int32?
        var resets: Int64 = 0
        var failures = 0
        var wantsStableLag = true
        /// When it was read, while coordinators are not asked about it.
        var carried: Moment?
    }

    var random: SeededRandom
    var logs: [TopicName: [Log]] = [:]
    var groups: [GroupID: Group] = [:]
    var hidden: Set<TopicName> = []
    var second = 1_000
    /// By how many nanoseconds somebody has set the wall clock.
    var skew: Int64 = 0
    var round: Int64 = 0
    /// Timestamps of records, for look-ups: by topic, the time from which on records came, and the offset.
    let times: IncrementalTimes

    static let topics: [TopicName] = ["a", "b", "c", "d", "e"]
    static let groupIDs = (0..<9).map { GroupID("g\($0)") }

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        // In some worlds leaders do not know yet what was deleted.
        times = IncrementalTimes(knowsStarts: seed % 3 != 0)
        for (number, topic) in Self.topics.enumerated() {
            logs[topic] = Array(repeating: Log(), count: number % 3 + 1)
        }
        for id in Self.groupIDs { addGroup(id) }
    }

    var moment: Moment {
        Moment(
            wall: WallTime(
                nanosecondsSince1970: 1_760_000_000_000_000_000 + skew + Int64(second) * 1_000_000_777),
            monotonic: MonotonicTime(sinceOrigin: .seconds(second)))
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func addGroup(_ id: GroupID) {
        var group = Group()
        group.type = [.classic, .consumer, .simple].randomElement(using: &random) ?? .classic
        group.generation = chance(50) ? 1 : nil
        if chance(70) {
            group.members = [
                GroupMember(
                    memberID: "m\(id)",
                    assignment: [TopicPartitions(topic: "a", partitions: [PartitionID(0)])])
            ]
        } else {
            group.state = .empty
        }
        for topic in Self.topics where chance(40) {
            for partition in 0..<Int32(logs[topic]?.count ?? 0) where chance(85) {
                group.commits[topic, default: [:]][partition] = (chance(50) ? 50 : 20, 0)
            }
        }
        groups[id] = group
    }

    /// Lets time pass, and things happen; in most rounds few, in some none.
    mutating func step() {
        round += 1
        second += [10, 10, 10, 10, 30, 61, 700].randomElement(using: &random) ?? 10
        guard chance(80) else { return }
        for _ in 0..<Int.random(in: 0...4, using: &random) { happen() }
    }

    private mutating func happen() {
        let topic = Self.topics.randomElement(using: &random) ?? "a"
        let id = Self.groupIDs.randomElement(using: &random) ?? "g0"
        let partition = Int.random(in: 0..<max(1, logs[topic]?.count ?? 1), using: &random)
        switch Int.random(in: 0..<26, using: &random) {
        case 0...4: produce(topic)
        case 5...9: commit(id)
        case 10:
            var log = logs[topic]?[partition] ?? Log()
            log.start += 5
            log.end = max(log.end, log.start)
            logs[topic]?[partition] = log
        case 11:
            logs[topic]?[partition] = Log(start: 0, end: 7)
            times.forget(topic)
        case 12: logs[topic]?[partition].isUnknown.toggle()
        case 13:
            let leader: Int32 = chance(50) ? -1 : 2
            logs[topic]?[partition].leader = leader
        case 14: if hidden.remove(topic) == nil { hidden.insert(topic) }
        case 15: if groups.removeValue(forKey: id) == nil { addGroup(id) }
        case 16: groups[id]?.isReadable.toggle()
        case 17:
            let states: [GroupState] = [.stable, .empty, .preparingRebalance]
            groups[id]?.state = states.randomElement(using: &random) ?? .stable
        case 18:
            groups[id]?.members.append(GroupMember(memberID: "n\(round)"))
            if groups[id]?.generation != nil { groups[id]?.generation = Int32(round) }
        case 19:
            let isRead = groups[id]?.commits[topic] != nil
            groups[id]?.commits[topic] = isRead ? nil : [0: (10, 0)]
        case 20:
            let failures = groups[id]?.failures ?? 0
            groups[id]?.failures = 1 - failures
        case 21: if chance(30) { skew += Int64.random(in: -40...40, using: &random) * 1_000_000_000 }
        case 22, 23:
            let isCarried = groups[id]?.carried != nil || groups[id]?.generation != nil
            let read = isCarried ? nil : moment
            groups[id]?.carried = read
        default: groups[id]?.wantsStableLag.toggle()
        }
    }

    private mutating func produce(_ topic: TopicName) {
        let first = logs[topic]?.map(\.end).min() ?? 0
        times.append(topic, time: moment.wall.nanosecondsSince1970 / 1_000_000 - 3_000, offset: first)
        for partition in logs[topic]?.indices ?? 0..<0 where chance(80) {
            let count = Int64.random(in: 0...40, using: &random)
            logs[topic]?[partition].end += count
        }
    }

    private mutating func commit(_ id: GroupID) {
        guard let group = groups[id], group.carried == nil else { return }
        let time = moment.wall.nanosecondsSince1970 / 1_000_000 - 1_000
        for (topic, commits) in group.commits.sorted(by: { $0.key < $1.key }) {
            for (partition, commit) in commits.sorted(by: { $0.key < $1.key }) where chance(80) {
                guard let logs = logs[topic], logs.indices.contains(Int(partition)) else { continue }
                let end = logs[Int(partition)].end
                let last = commit.offset
                let offsets = [end, end, max(0, end - 7), last + 1, last, last / 2]
                let offset = offsets.randomElement(using: &random) ?? end
                groups[id]?.commits[topic]?[partition] = (offset, time)
                if offset < commit.offset { groups[id]?.resets += 1 }
            }
        }
    }
}

// MARK: - As facts

extension IncrementalWorld {
    /// The facts of a round, in storage of their own.
    func facts() -> RoundFacts {
        let described = Self.topics.filter { !hidden.contains($0) }.compactMap { name in
            logs[name].map { facts(of: name, $0) }
        }
        let groups = groups.sorted { $0.key < $1.key }.map { facts(of: $0, $1) }
        return RoundFacts(round: round, endOffsetsRead: moment, topics: described, groups: groups)
    }

    private func facts(of name: TopicName, _ logs: [Log]) -> TopicFacts {
        let ends = logs.map { $0.isUnknown ? OffsetColumn.unknown : $0.end }
        let starts = logs.map(\.start)
        times.note(name, starts: starts)
        return TopicFacts(
            name: name, leaders: logs.map(\.leader), logStart: OffsetColumn(starts),
            highWatermark: OffsetColumn(ends), lastStable: OffsetColumn(ends))
    }

    private func facts(of id: GroupID, _ group: Group) -> GroupFacts {
        let topics = group.commits.sorted { $0.key < $1.key }.map { name, commits in
            let partitions = commits.keys.sorted()
            return TopicOffsets(
                name: name, partitions: partitions.map(PartitionID.init),
                offsets: partitions.map { commits[$0]?.offset ?? 0 },
                commitTimes: group.generation == nil
                    ? nil : CommitTimeColumn(milliseconds: partitions.map { commits[$0]?.time ?? 0 }))
        }
        let failure = PartitionFailure(
            topic: "a", partition: PartitionID(9), error: ClusterError(.unstableOffset, operation: "read"))
        let activity = group.generation.map { generation in
            GroupActivity(
                generation: generation, rebalances: Int64(generation), state: group.state,
                stateSince: WallTime(nanosecondsSince1970: 1_760_000_000_000_000_000),
                isRebalancing: group.state == .preparingRebalance,
                topics: topics.map { TopicActivity(name: $0.name, resetsBackward: group.resets) })
        }
        var facts = GroupFacts(
            id: id, type: group.type, protocolType: "consumer", coordinator: BrokerID(1),
            state: group.state, members: group.members,
            commits: group.isReadable
                ? .read(
                    CommittedOffsets(
                        topics: topics, failures: Array(repeating: failure, count: group.failures)))
                : .unavailable(.coordinatorUnavailable),
            wantsStableLag: group.wantsStableLag, activity: activity)
        facts.commitsRead = group.carried
        return facts
    }

    /// Topics as the cluster describes them, some of them with a replica missing.
    func metadata() -> ClusterMetadata {
        ClusterMetadata(
            brokers: [],
            topics: ([CoordinatorPartition.topic] + Self.topics).map { name in
                ClusterMetadata.Topic(
                    name: name,
                    partitions: (0..<3).map { partition in
                        .init(
                            id: PartitionID(partition), leader: BrokerID(1), replicaCount: 2,
                            inSyncReplicaCount: round % 40 > 30 && partition == 1 ? 1 : 2)
                    })
            })
    }

    /// Settings of each kind that says something else of what is deleted.
    func settings() -> [ConfigurationReply] {
        func entries(_ policy: String, _ time: Int, _ bytes: Int) -> [String: String] {
            ["cleanup.policy": policy, "retention.ms": "\(time)", "retention.bytes": "\(bytes)"]
        }
        let topics = [
            entries("delete", 600_000, -1), entries("delete", 900_000, 1000),
            entries("compact", 600_000, -1), entries("delete", -1, 1000),
        ]
        var replies = zip(Self.topics, topics).map { name, entries in
            ConfigurationReply(resource: .topic(name), answer: .success(entries))
        }
        let minutes = round % 60 > 50 ? "40" : "1440"
        replies.append(
            ConfigurationReply(
                resource: .broker(BrokerID(1)), answer: .success(["offsets.retention.minutes": minutes])))
        return replies
    }
}

/// When records were written, and a source that answers questions about it and nothing else.
final class IncrementalTimes: ClusterSource {
    private let steps = Mutex<[TopicName: [(time: Int64, offset: Int64)]]>([:])
    /// Where logs begin.
    private let starts = Mutex<[TopicName: [Int64]]>([:])
    /// Partitions that fail when they are asked about, by number.
    private let failing = Mutex<Int32?>(nil)
    /// Whether nothing before the start of a log is an answer.
    private let knowsStarts: Bool

    init(knowsStarts: Bool) { self.knowsStarts = knowsStarts }

    func append(_ topic: TopicName, time: Int64, offset: Int64) {
        steps.withLock { $0[topic, default: [(1_759_990_000_000, 0)]].append((time, offset)) }
    }

    func forget(_ topic: TopicName) { steps.withLock { $0[topic] = nil } }

    func note(_ topic: TopicName, starts: [Int64]) { self.starts.withLock { $0[topic] = starts } }

    func fail(_ partition: Int32?) { failing.withLock { $0 = partition } }

    func offsets(atTimes queries: [TopicTimes], leader: BrokerID) async -> TimeLookup {
        let (steps, failing) = (steps.withLock { $0 }, failing.withLock { $0 })
        let starts = knowsStarts ? starts.withLock { $0 } : [:]
        var reply = TimeLookup(requests: 1)
        for query in queries {
            var found = TimeLookup.Topic(name: query.topic)
            for (partition, time) in zip(query.partitions, query.times) {
                if partition.rawValue == failing {
                    let reason: ClusterError.Reason = query.topic == "c" ? .topicUnauthorized : .notLeader
                    reply.failures.append(
                        PartitionFailure(
                            topic: query.topic, partition: partition,
                            error: ClusterError(reason, operation: "list offsets")))
                    continue
                }
                let steps = steps[query.topic, default: [(1_759_990_000_000, 0)]]
                let start = starts[query.topic].map { $0[Int(partition.rawValue)] } ?? 0
                let offset = steps.first { $0.time >= time }.map { max($0.offset, start) }
                let record = offset.flatMap { offset in steps.last { $0.offset <= offset } }
                found.answers.append(
                    .init(partition: partition, offset: offset, timestamp: record?.time))
            }
            reply.topics.append(found)
        }
        return reply
    }

    func metadata() async throws(ClusterError) -> ClusterMetadata { throw Self.unasked }
    func listGroups(on broker: BrokerID) async throws(ClusterError) -> GroupListingReply {
        throw Self.unasked
    }
    func describeGroups(_ groups: [GroupID], on broker: BrokerID) async -> [GroupDescription] { [] }
    func committedOffsets(
        of group: GroupID, on broker: BrokerID
    ) async throws(ClusterError) -> CommittedOffsets { throw Self.unasked }
    func logOffsets(
        _ kind: LogOffsetKind, of partitions: [TopicPartitions], leader: BrokerID
    ) async -> LogOffsets { LogOffsets() }
    func configurations(
        of resources: [ConfigurationResource], settings: [String], on broker: BrokerID
    ) async -> [ConfigurationReply] { [] }
    func requestStatistics() -> RequestStatistics { RequestStatistics() }
    func close() async {}

    private static let unasked = ClusterError(.unsupported, operation: "ask what the test does not answer")
}
