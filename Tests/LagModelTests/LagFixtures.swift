import ClusterAccess
import LagModel

/// Rounds for the ledger, written as tables of offsets.
struct RoundScript {
    var ledger = ClusterLedger(settings: .init(cluster: "c", growthWindow: .seconds(60)))
    private var number: Int64 = 0

    /// One topic's columns: `nil` is an unknown offset.
    struct Log {
        var start: [Int64?]
        var end: [Int64?]
        var stable: [Int64?]?

        init(start: [Int64?], end: [Int64?], stable: [Int64?]? = nil) {
            self.start = start
            self.end = end
            self.stable = stable
        }
    }

    /// One group's commits by partition, on topic "t".
    struct Group {
        var commits: [Int32: Int64]?
        var state: GroupState? = .stable
        var members: [GroupMember]?
        var type: GroupType? = .classic
        var reason: ClusterError.Reason = .coordinatorUnavailable
        var wantsStableLag = true
        var activity: GroupActivity?
        /// The commits are those of an earlier round.
        var isCarried = false
    }

    static func column(_ values: [Int64?]) -> OffsetColumn {
        OffsetColumn(values.map { $0 ?? OffsetColumn.unknown })
    }

    mutating func round(_ log: Log?, _ group: Group?, after seconds: Int = 10) -> ClusterSnapshot {
        rounds(logs: log.map { ["t": $0] } ?? [:], groups: group.map { ["g": $0] } ?? [:], after: seconds)
    }

    mutating func rounds(logs: [TopicName: Log], groups: [GroupID: Group], after seconds: Int = 10)
        -> ClusterSnapshot
    {
        ledger.absorb(facts(logs: logs, groups: groups, after: seconds))
    }

    /// What the next round brings, for the ledger to absorb.
    mutating func facts(logs: [TopicName: Log], groups: [GroupID: Group], after seconds: Int = 10)
        -> RoundFacts
    {
        number += 1
        let moment = Moment(
            wall: WallTime(nanosecondsSince1970: number * Int64(seconds) * 1_000_000_000),
            monotonic: MonotonicTime(sinceOrigin: .seconds(Int(number) * seconds)))
        let topics = logs.sorted { $0.key < $1.key }.map { name, log in
            TopicFacts(
                name: name, leaders: Array(repeating: 1, count: log.end.count),
                logStart: Self.column(log.start), highWatermark: Self.column(log.end),
                lastStable: log.stable.map(Self.column))
        }
        let facts = groups.sorted { $0.key < $1.key }.map { id, group in
            var facts = GroupFacts(
                id: id, type: group.type, state: group.state, members: group.members,
                commits: group.commits.map { commits in
                    let partitions = commits.keys.sorted()
                    return .read(
                        CommittedOffsets(topics: [
                            .init(
                                name: "t", partitions: partitions.map(PartitionID.init),
                                offsets: partitions.map { commits[$0] ?? 0 })
                        ]))
                } ?? .unavailable(group.reason), wantsStableLag: group.wantsStableLag,
                activity: group.activity)
            if group.isCarried {
                facts.commitsRead = Moment(
                    wall: WallTime(nanosecondsSince1970: 0), monotonic: MonotonicTime(sinceOrigin: .zero))
            }
            return facts
        }
        return RoundFacts(round: number, endOffsetsRead: moment, topics: topics, groups: facts)
    }
}

extension ClusterSnapshot {
    var onlyGroup: GroupSnapshot? { groups.first }
    var onlyCounters: ConsumptionCounters? { groups.first?.topics.first?.counters }
}
