import ClusterAccess
import LagAnalysis
import LagModel

/// Groups and clusters for rules, with only what a rule looks at.
enum Script {
    static let now = Moment(
        wall: WallTime(nanosecondsSince1970: 1_700_000_000_000_000_000), monotonic: time(100_000))

    /// One topic of a group by its commits and ends; the log starts at `start`.
    static func topic(
        _ name: TopicName = "t", index: Int? = 0, committed: [Int64], end: [Int64], start: Int64 = 0
    ) -> GroupTopicSnapshot {
        let lags = zip(committed, end).map { PartitionLag(committed: $0, logStart: start, end: $1).lag }
        return GroupTopicSnapshot(
            name: name, topicIndex: index, partitions: committed.indices.map { Int32($0) },
            committed: committed,
            totals: LagTotals(
                partitions: committed.count, unknownPartitions: 0, lag: lags.reduce(0, +),
                lagMax: lags.max()))
    }

    static func group(
        _ topics: [GroupTopicSnapshot], type: GroupType = .classic, state: GroupState = .stable,
        members: [GroupMember]? = nil
    ) -> GroupSnapshot {
        GroupSnapshot(
            id: "g", type: type, protocolType: type == .simple ? "" : "consumer", state: state,
            members: members.map(MemberSummary.init(members:)), isRebalancing: state.isRebalancing,
            topics: topics, totals: LagTotals(summing: topics.map(\.totals)))
    }

    /// A member that owns these partitions of "t".
    static func member(_ id: String, _ partitions: Int32...) -> GroupMember {
        GroupMember(
            memberID: id,
            assignment: partitions.isEmpty
                ? [] : [TopicPartitions(topic: "t", partitions: partitions.map(PartitionID.init))])
    }

    /// A cluster that holds the logs of the group's topics.
    static func context(
        _ group: GroupSnapshot, ends: [Int64] = [], start: Int64 = 0,
        _ change: (inout GroupContext) -> Void = { _ in }
    ) -> GroupContext {
        let topic = TopicSnapshot(
            name: "t", logStart: OffsetColumn(ends.map { _ in start }), highWatermark: OffsetColumn(ends),
            leaders: ends.map { _ in 1 })
        var context = GroupContext(
            group: group,
            cluster: ClusterSnapshot(
                cluster: "c", round: 1, endOffsetsRead: now, topics: [topic], groups: [group]))
        change(&context)
        return context
    }

    /// Wall time before ``now``.
    static func ago(_ seconds: Int64) -> WallTime {
        WallTime(nanosecondsSince1970: now.wall.nanosecondsSince1970 - seconds * 1_000_000_000)
    }
}

extension GroupContext {
    /// Findings as "kind/severity", in their order.
    var verdicts: [String] {
        Diagnosis.findings(self).map { "\($0.kind.rawValue)/\($0.severity.rawValue)" }
    }

    func finding(_ kind: Finding.Kind) -> Finding? { Diagnosis.findings(self).first { $0.kind == kind } }
}
