import ClusterAccess
import LagModel
import LagwardenTestKit

/// What only the offsets topic tells, for tests to render.
extension SnapshotFixtures {
    /// A group of the new protocol on its way to another assignment, told by the offsets topic.
    static let shipping = GroupSnapshot(
        id: "shipping", type: .consumer, protocolType: "consumer", assignor: "uniform",
        coordinator: BrokerID(1), state: .reconciling,
        stateBegan: .watched(moment.monotonic + .milliseconds(-1_200)),
        members: MemberSummary(members: [
            GroupMember(
                memberID: "AX", clientID: "app", instanceID: "app-2",
                assignment: [TopicPartitions(topic: "orders", partitions: [PartitionID(0), PartitionID(1)])],
                targetAssignment: [TopicPartitions(topic: "orders", partitions: [PartitionID(0)])],
                unnamedTargetPartitions: 2, epoch: 6, isReconciling: true, rebalanceTimeout: .seconds(300)),
            GroupMember(
                memberID: "BY", clientID: "app", instanceID: "app-1", unnamedPartitions: 3,
                targetAssignment: [], unnamedTargetPartitions: 3, epoch: 7,
                rebalanceTimeout: .milliseconds(60_500)),
        ]),
        rebalances: .exact(12), generation: 7,
        rebalanceHistory: RebalanceHistory(
            causes: [.memberJoined: 7, .memberLeft: 4, .topicChanged: 1, .staticMemberReturned: 2],
            durations: durations(0.05, 0.7, 0.7, 42, 1_000)),
        isRebalancing: true,
        topics: [
            GroupTopicSnapshot(
                name: "orders", topicIndex: 0, partitions: [0], committed: [100],
                totals: LagTotals(partitions: 1, unknownPartitions: 0, lag: 0, lagMax: 0, stableLag: 0),
                counters: counters(
                    consumed: 90, lost: 0, backward: 1, forward: 1, rewound: 250, skipped: 1_000),
                lastCommit: WallTime(nanosecondsSince1970: 1_700_000_000_125_000_000), lagGrowth: 0,
                commits: 1_234, commitMetadataBytes: 17, commitsRemoved: 2)
        ],
        totals: LagTotals(partitions: 1, unknownPartitions: 0, lag: 0, lagMax: 0, stableLag: 0))

    /// A replica that shares its groups with others and has a partition in every state.
    static let offsetsTopic = OffsetsTopicStatus(
        partitions: [
            .init(
                id: PartitionID(0), state: .current, position: 1_000, highWatermark: 1_000,
                lastStable: 1_000, groups: 3),
            .init(id: PartitionID(1), state: .loading, position: 10, highWatermark: 500, lastStable: 500),
            .init(
                id: PartitionID(2), state: .blocked, position: 70, highWatermark: 90, lastStable: 70,
                groups: 1),
            .init(id: PartitionID(3), state: .elsewhere),
            .init(id: PartitionID(4), state: .elsewhere),
        ],
        fallback: .topicUnauthorized,
        recordsByKind: ["offset_commit": 12_345, "classic_group": 67, "share_group": 0],
        recordsSkipped: ["future_version": 1], groupsRemoved: 5, reconciled: 40,
        reconciliationDifferences: 0,
        shard: .init(group: "lagwarden-shards", instanceID: "replica-1", isMember: true, changes: 3))

    static func durations(_ seconds: Double...) -> DurationHistogram {
        var histogram = DurationHistogram(bounds: DurationHistogram.rebalanceBounds)
        for seconds in seconds { histogram.record(seconds: seconds) }
        return histogram
    }

    /// Members of which some share a client id, an instance id or even, against all rules, a member id.
    static func randomMembers(using generator: inout SeededRandom) -> MemberSummary? {
        guard Int.random(in: 0...4, using: &generator) > 0 else { return nil }
        let names = ["", "a", "b", "a\"\n", "ü"]
        func name() -> String { names.randomElement(using: &generator) ?? "" }
        return MemberSummary(
            members: (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                let hasTarget = Bool.random(using: &generator)
                return GroupMember(
                    memberID: name(), clientID: name(),
                    instanceID: Bool.random(using: &generator) ? name() : nil,
                    unnamedPartitions: Int.random(in: 0...3, using: &generator),
                    targetAssignment: hasTarget ? [] : nil,
                    unnamedTargetPartitions: Int.random(in: 0...3, using: &generator),
                    isReconciling: hasTarget,
                    sessionTimeout: Bool.random(using: &generator) ? .milliseconds(45_000) : nil,
                    rebalanceTimeout: Bool.random(using: &generator) ? .seconds(300) : nil)
            })
    }

    /// A status of random shape, of which some know everything and others nothing.
    static func randomStatus(using generator: inout SeededRandom) -> OffsetsTopicStatus? {
        guard Bool.random(using: &generator) else { return nil }
        let partitions = (0..<Int32.random(in: 0...5, using: &generator)).map { number in
            OffsetsTopicStatus.Partition(
                id: PartitionID(number),
                state: OffsetsTopicStatus.State.allCases.randomElement(using: &generator) ?? .current,
                position: Int.random(in: 0...5, using: &generator) > 0
                    ? Int64.random(in: 0 ... .max, using: &generator) : nil,
                highWatermark: Int.random(in: 0...5, using: &generator) > 0
                    ? Int64.random(in: 0 ... .max, using: &generator) : nil)
        }
        return OffsetsTopicStatus(
            partitions: partitions,
            fallback: Bool.random(using: &generator) ? .topicUnauthorized : nil,
            recordsByKind: ["a": .max], recordsSkipped: [:],
            shard: Bool.random(using: &generator) ? .init(group: "s\"", isMember: false) : nil)
    }
}
