import ClusterAccess
import LagModel
import LagwardenTestKit

/// Snapshots that tests render.
enum SnapshotFixtures {
    static let moment = Moment(
        wall: WallTime(nanosecondsSince1970: 1_700_000_000_250_000_000),
        monotonic: MonotonicTime(sinceOrigin: .seconds(100)))

    /// A small cluster in which every family of a snapshot has a sample.
    static func everything() -> ClusterSnapshot {
        var snapshot = ClusterSnapshot(
            cluster: "east", constantLabels: [.init(name: "team", value: "a \"b\"")], round: 3,
            endOffsetsRead: moment, clusterID: "kIeoVFKVQ1KiGsHPtvPcTg", controller: BrokerID(2),
            brokers: [
                .init(broker: .init(id: BrokerID(1), host: "kafka-1", port: 9_092, rack: "r1"), isUp: true),
                .init(broker: .init(id: BrokerID(2), host: "kafka-2", port: 9_092), isUp: false),
            ],
            topics: [orders], groups: [judgedBilling, mailer, unreadable, shipping],
            unavailable: [
                .init(scope: .partition, reason: .leaderUnavailable): 1,
                .init(scope: .group, reason: .groupUnauthorized): 1,
                .init(scope: .topic, reason: .topicUnauthorized): 0,
            ],
            offsetsTopic: offsetsTopic, source: .hybrid)
        addLagAges(to: &snapshot)
        snapshot.requestPlan = RequestPlanStatus(hot: 3, idle: 1, debt: 2)
        snapshot.groups[1].commitsRead = Moment(
            wall: moment.wall, monotonic: MonotonicTime(sinceOrigin: .milliseconds(87_500)))
        snapshot.foresee()
        snapshot.series = SeriesPlan(limit: 5_000, labelBytes: 512)
        snapshot.series.folded = SeriesCounts(partition: 12)
        snapshot.series.beyondTop = 0
        if let group = snapshot.groups.firstIndex(where: { $0.id == "secret" }) {
            snapshot.groups[group].fold = .topic
            snapshot.groups[group].foldedSeries = SeriesCounts(partition: 12)
        }
        return snapshot
    }

    /// Three partitions, of which the last has no leader and no offsets.
    static let orders = TopicSnapshot(
        name: "orders", logStart: column(10, 0, nil), highWatermark: column(100, 50, nil),
        lastStable: column(95, 50, nil), leaders: [1, 1, -1], recordsProduced: 1_234)

    /// A group by partition, behind on one partition, ahead of another.
    static let billing = GroupSnapshot(
        id: "billing", type: .classic, protocolType: "consumer", assignor: "range", coordinator: BrokerID(1),
        state: .stable, stateBegan: .watched(moment.monotonic + .milliseconds(-90_500)),
        members: MemberSummary(members: [
            GroupMember(
                memberID: "m1", clientID: "biller",
                assignment: [TopicPartitions(topic: "orders", partitions: [PartitionID(0)])],
                sessionTimeout: .seconds(45), rebalanceTimeout: .seconds(300)),
            GroupMember(memberID: "m2", clientID: "biller"),
        ]),
        unassignedPartitions: 1, rebalances: .observed(4), isRebalancing: false,
        topics: [
            GroupTopicSnapshot(
                name: "orders", topicIndex: 0, partitions: [0, 1], committed: [90, 60], ahead: [1],
                totals: LagTotals(partitions: 2, unknownPartitions: 0, lag: 10, lagMax: 10, stableLag: 5),
                counters: counters(consumed: 80, lost: 3, backward: 1, forward: 2),
                lastCommit: WallTime(nanosecondsSince1970: 1_699_999_990_000_000_000), lagGrowth: -2.5)
        ],
        totals: LagTotals(partitions: 2, unknownPartitions: 0, lag: 10, lagMax: 10, stableLag: 5))

    /// A group by topic without members, one of whose partitions has no end offset.
    static let mailer = GroupSnapshot(
        id: "mailer", granularity: .topic, type: .simple, state: .empty,
        members: MemberSummary(members: []),
        topics: [
            GroupTopicSnapshot(
                name: "orders", topicIndex: 0, partitions: [1, 2], committed: [50, 7],
                totals: LagTotals(partitions: 2, unknownPartitions: 1, lag: nil, lagMax: nil))
        ],
        totals: LagTotals(partitions: 2, unknownPartitions: 1, lag: nil, lagMax: nil))

    /// A group whose commits we may not read; what was counted before stays.
    static let unreadable = GroupSnapshot(
        id: "secret", granularity: .partition, unavailable: .groupUnauthorized,
        topics: [
            GroupTopicSnapshot(
                name: "orders", topicIndex: 0, partitions: [], committed: [], totals: LagTotals(),
                counters: counters(consumed: 5, lost: 0, backward: 0, forward: 0))
        ])

    static func column(_ values: Int64?...) -> OffsetColumn {
        OffsetColumn(values.map { $0 ?? OffsetColumn.unknown })
    }

    static func counters(
        consumed: Int64, lost: Int64, backward: Int64, forward: Int64, rewound: Int64 = 0, skipped: Int64 = 0
    ) -> ConsumptionCounters {
        var counters = ConsumptionCounters()
        counters.consumed = consumed
        counters.lost = lost
        counters.resetsBackward = backward
        counters.resetsForward = forward
        counters.rewoundRecords = rewound
        counters.skippedRecords = skipped
        return counters
    }

    /// A cluster of random shape with hostile names, unknown offsets and extreme numbers.
    static func random(cluster: String, using generator: inout SeededRandom) -> ClusterSnapshot {
        let topics = names(upTo: 6, using: &generator).map { name in
            randomTopic(name: name, using: &generator)
        }
        let groups = names(upTo: 8, using: &generator).map { name in
            randomGroup(name: name, topics: topics, using: &generator)
        }
        return ClusterSnapshot(
            cluster: cluster, round: 1, endOffsetsRead: moment, topics: topics, groups: SharedList(groups),
            topicGranularity: Granularity.allCases.randomElement(using: &generator) ?? .group,
            offsetsTopic: randomStatus(using: &generator))
    }

    private static func names(upTo count: Int, using generator: inout SeededRandom) -> [String] {
        let alphabet = Array("az-\"\\\n{},= é\t#")
        var names: Set<String> = []
        for _ in 0..<Int.random(in: 0...count, using: &generator) {
            let length = Int.random(in: 1...20, using: &generator)
            names.insert(String((0..<length).map { _ in alphabet.randomElement(using: &generator) ?? "a" }))
        }
        return names.sorted()
    }

    private static func randomTopic(
        name: String, using generator: inout SeededRandom
    ) -> TopicSnapshot {
        let count = Int.random(in: 0...5, using: &generator)
        let hasStable = Bool.random(using: &generator)
        let starts = (0..<count).map { _ in randomOffset(using: &generator) }
        let ends = (0..<count).map { _ in randomOffset(using: &generator) }
        return TopicSnapshot(
            name: TopicName(name), logStart: OffsetColumn(starts), highWatermark: OffsetColumn(ends),
            lastStable: hasStable ? OffsetColumn(ends) : nil,
            leaders: (0..<count).map { _ in Int32.random(in: -1...2, using: &generator) },
            recordsProduced: Int64.random(in: 0 ... .max, using: &generator))
    }

    private static func randomOffset(using generator: inout SeededRandom) -> Int64 {
        switch Int.random(in: 0...9, using: &generator) {
        case 0: OffsetColumn.unknown
        case 1: Int64.max
        case 2: 0
        default: Int64.random(in: 0...1_000_000, using: &generator)
        }
    }

    private static func randomGroup(
        name: String, topics: [TopicSnapshot], using generator: inout SeededRandom
    ) -> GroupSnapshot {
        var parts: [GroupTopicSnapshot] = []
        for (index, topic) in topics.enumerated() where Bool.random(using: &generator) {
            let isDescribed = Int.random(in: 0...4, using: &generator) > 0
            let partitions = (0..<Int32.random(in: 0...6, using: &generator)).filter { _ in
                Bool.random(using: &generator)
            }
            parts.append(
                GroupTopicSnapshot(
                    name: topic.name, topicIndex: isDescribed ? index : nil, partitions: partitions,
                    committed: partitions.map { _ in Int64.random(in: 0...1_200_000, using: &generator) },
                    totals: LagTotals(
                        partitions: partitions.count, unknownPartitions: 0, lag: nil, lagMax: nil),
                    lastCommit: Bool.random(using: &generator)
                        ? WallTime(nanosecondsSince1970: Int64.random(in: 0 ... .max, using: &generator))
                        : nil,
                    lagGrowth: Bool.random(using: &generator)
                        ? Double.random(in: -1e6...1e6, using: &generator) : nil,
                    commits: Bool.random(using: &generator) ? .max : nil))
        }
        let isExact = Bool.random(using: &generator)
        return GroupSnapshot(
            id: GroupID(name),
            granularity: Granularity.allCases.randomElement(using: &generator) ?? .group,
            state: GroupState.allCases.randomElement(using: &generator),
            members: randomMembers(using: &generator), rebalances: isExact ? .exact(3) : .observed(2),
            generation: isExact ? Int32.random(in: -1 ... .max, using: &generator) : nil,
            rebalanceHistory: isExact
                ? RebalanceHistory(causes: [.unknown: 3], durations: durations(1, 2)) : nil,
            topics: parts
        ).judgedAtRandom(using: &generator)
    }
}
