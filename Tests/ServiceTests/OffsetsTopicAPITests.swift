import ClusterAccess
import Foundation
import HTTPService
import LagModel
import LagwardenTestKit
import Monitor
import Testing

@testable import Service

@Suite("The JSON API on what the offsets topic tells")
struct OffsetsTopicAPITests {
    /// A group told by the offsets topic, one of its members on the way to its target.
    private static let exact: GroupSnapshot = {
        var durations = DurationHistogram(bounds: DurationHistogram.rebalanceBounds)
        durations.record(seconds: 0.5)
        durations.record(seconds: 30)
        var counters = ConsumptionCounters()
        counters.rewoundRecords = 40
        counters.skippedRecords = 5
        let member = GroupMember(
            memberID: "m", clientID: "app", instanceID: "app-1",
            assignment: [TopicPartitions(topic: "t", partitions: [PartitionID(0), PartitionID(1)])],
            unnamedPartitions: 2,
            targetAssignment: [TopicPartitions(topic: "t", partitions: [PartitionID(1)])],
            unnamedTargetPartitions: 1, epoch: 4, isReconciling: true, sessionTimeout: .milliseconds(45_500),
            rebalanceTimeout: .seconds(300))
        return GroupSnapshot(
            id: "exact", type: .consumer, members: MemberSummary(members: [member]), rebalances: .exact(2),
            generation: 5,
            rebalanceHistory: RebalanceHistory(
                causes: [.memberJoined: 2, .staticMemberReturned: 1], durations: durations),
            isRebalancing: true,
            topics: [
                GroupTopicSnapshot(
                    name: "t", topicIndex: nil, partitions: [], committed: [], totals: LagTotals(),
                    counters: counters, lastCommit: WallTime(nanosecondsSince1970: 990_000_000_000),
                    commits: 7, commitMetadataBytes: 3, commitsRemoved: 1)
            ])
    }()

    /// The same while a transaction blocks its partition: rebalances are exact, commits are of the
    /// coordinator.
    private static let blocked: GroupSnapshot = {
        var group = exact
        group.id = "blocked"
        return group
    }()

    private static func bench(_ status: OffsetsTopicStatus? = nil) -> ServedBench {
        let bench = ServedBench(configured: .hybrid)
        let observed = GroupSnapshot(
            id: "observed", members: MemberSummary(members: [GroupMember(memberID: "m")]),
            rebalances: .observed(1))
        bench.publish(
            ClusterSnapshot(
                cluster: "c", round: 1,
                endOffsetsRead: Moment(
                    wall: WallTime(nanosecondsSince1970: 0), monotonic: MonotonicTime(sinceOrigin: .zero)),
                groups: [blocked, exact, observed], offsetsTopic: status,
                source: status?.fallback == nil ? .hybrid : .admin))
        return bench
    }

    @Test func groupsTellTheirRebalancesAndWhereThatIsFrom() throws {
        // By their hashes the groups are in partitions 2, 3 and 1 of five.
        let states: [OffsetsTopicStatus.State] = [.elsewhere, .loading, .blocked, .current, .unavailable]
        let partitions = OffsetsTopicStatus(
            partitions: states.enumerated().map {
                OffsetsTopicStatus.Partition(id: PartitionID(Int32($0)), state: $1)
            })
        let answer = try Self.bench(partitions).json("/api/v1/groups?sort=name")
        let groups = try #require(answer["groups"] as? [[String: Any]])
        #expect(groups.map { $0["rebalances_source"] as? String } == ["offsets", "offsets", "observed"])
        #expect(groups.map { $0["source"] as? String } == ["admin", "offsets", "admin"])
        #expect(groups.map { $0["generation"] as? Int } == [5, 5, nil])
        #expect(groups.map { $0["rebalances"] as? Int } == [2, 2, 1])
        #expect(groups.map { $0["rebalancing"] as? Bool } == [true, true, nil])
        let causes = try #require(groups[1]["rebalance_causes"] as? [String: Int])
        #expect(causes.count == RebalanceCause.allCases.count)
        #expect(causes["member_joined"] == 2)
        #expect(causes["static_member_returned"] == 1)
        #expect(causes["unknown"] == 0)
        let duration = try #require(groups[1]["rebalance_duration"] as? [String: Double])
        #expect(duration == ["count": 2, "sum_seconds": 30.5])
        #expect(groups[2]["rebalance_causes"] == nil)
        #expect(groups[2]["rebalance_duration"] == nil)
    }

    @Test func membersTellTheirTimeoutsAndTargets() throws {
        let answer = try Self.bench().json("/api/v1/groups/exact")
        #expect((answer["summary"] as? [String: Any])?["generation"] as? Int == 5)
        let member = try #require((answer["members"] as? [[String: Any]])?.first)
        #expect(member["session_timeout_seconds"] as? Double == 45.5)
        #expect(member["rebalance_timeout_seconds"] as? Double == 300)
        #expect(member["epoch"] as? Int == 4)
        #expect(member["reconciling"] as? Bool == true)
        #expect(member["unnamed_partitions"] as? Int == 2)
        #expect(member["unnamed_target_partitions"] as? Int == 1)
        let target = try #require((member["target_assignment"] as? [[String: Any]])?.first)
        #expect(target["topic"] as? String == "t")
        #expect(target["partitions"] as? [Int] == [1])
        let topic = try #require((answer["topics"] as? [[String: Any]])?.first)
        #expect(topic["commits"] as? Int == 7)
        #expect(topic["commit_metadata_bytes"] as? Int == 3)
        #expect(topic["commits_removed"] as? Int == 1)
        #expect(topic["records_rewound"] as? Int == 40)
        #expect(topic["records_skipped"] as? Int == 5)
        #expect(topic["last_commit_timestamp"] as? Double == 990)
        #expect(topic["commit_age_seconds"] as? Double == 10)
    }

    @Test func whatAdminRequestsDoNotTellIsLeftOut() throws {
        let answer = try Self.bench().json("/api/v1/groups/observed")
        let member = try #require((answer["members"] as? [[String: Any]])?.first)
        for key in [
            "session_timeout_seconds", "rebalance_timeout_seconds", "epoch", "reconciling",
            "target_assignment", "unnamed_target_partitions",
        ] {
            #expect(member[key] == nil, "\(key)")
        }
    }

    @Test func clustersTellHowTheOffsetsTopicIsRead() throws {
        let status = OffsetsTopicStatus(
            partitions: [
                .init(id: PartitionID(0), state: .current, position: 90, highWatermark: 100),
                .init(id: PartitionID(1), state: .current, position: 7, highWatermark: 7),
                .init(id: PartitionID(2), state: .elsewhere),
            ],
            recordsByKind: ["offset_commit": 3], groupsRemoved: 1, reconciled: 2)
        let cluster = try #require(
            (try Self.bench(status).json("/api/v1/clusters")["clusters"] as? [[String: Any]])?.first)
        #expect(cluster["source"] as? String == "hybrid")
        #expect(cluster["source_fallback"] == nil)
        let topic = try #require(cluster["offsets_topic"] as? [String: Any])
        #expect(
            topic["partitions"] as? [String: Int]
                == ["current": 2, "loading": 0, "blocked": 0, "unavailable": 0, "elsewhere": 1])
        #expect(topic["unread_records"] as? Int == 10)
        #expect(topic["records_by_kind"] as? [String: Int] == ["offset_commit": 3])
        #expect(topic["groups_removed"] as? Int == 1)
        #expect(topic["groups_reconciled"] as? Int == 2)
    }

    @Test func aTopicThatMayNotBeReadIsToldWithItsRemedy() throws {
        let bench = Self.bench(OffsetsTopicStatus(fallback: .topicUnauthorized))
        let cluster = try #require(
            (try bench.json("/api/v1/clusters")["clusters"] as? [[String: Any]])?.first)
        #expect(cluster["source"] as? String == "admin")
        let fallback = try #require(cluster["source_fallback"] as? [String: String])
        #expect(fallback["reason"] == "topic_unauthorized")
        #expect(fallback["remedy"] == "Grant Read on the topic __consumer_offsets to this user.")
        #expect((cluster["offsets_topic"] as? [String: Any])?["partitions"] == nil)
        #expect(try bench.get("/").text.contains("the offsets topic is not used: topic_unauthorized"))
        #expect(
            try bench.get("/metrics").text.contains("\nlagwarden_source{cluster=\"c\",source=\"admin\"} 1\n"))
    }

    @Test func shardsTellWhoHasWhat() throws {
        let status = OffsetsTopicStatus(
            partitions: [
                .init(
                    id: PartitionID(0), state: .blocked, position: 5, highWatermark: 9, lastStable: 5,
                    groups: 2),
                .init(id: PartitionID(1), state: .unavailable, reason: .groupUnauthorized),
                .init(id: PartitionID(2), state: .elsewhere),
            ],
            shard: .init(group: "lagwarden-shards", instanceID: "replica-1", isMember: true, changes: 4))
        let bench = Self.bench(status)
        let clusters = try #require(try bench.json("/api/v1/shards")["clusters"] as? [[String: Any]])
        let cluster = try #require(clusters.first)
        #expect(cluster["name"] as? String == "c")
        #expect(cluster["sharded"] as? Bool == true)
        #expect(cluster["group"] as? String == "lagwarden-shards")
        #expect(cluster["instance_id"] as? String == "replica-1")
        #expect(cluster["member"] as? Bool == true)
        #expect(cluster["changes"] as? Int == 4)
        let partitions = try #require(cluster["partitions"] as? [[String: Any]])
        #expect(partitions.map { $0["partition"] as? Int } == [0, 1, 2])
        #expect(partitions.map { $0["state"] as? String } == ["blocked", "unavailable", "elsewhere"])
        #expect(partitions.map { $0["held"] as? Bool } == [true, true, false])
        #expect(partitions[0]["position"] as? Int == 5)
        #expect(partitions[0]["high_watermark"] as? Int == 9)
        #expect(partitions[0]["last_stable_offset"] as? Int == 5)
        #expect(partitions[0]["groups"] as? Int == 2)
        #expect(partitions[1]["position"] == nil)
        #expect(partitions[1]["reason"] as? String == "group_unauthorized")
        #expect(
            partitions[1]["remedy"] as? String == "Grant Read on the group lagwarden-shards to this user.")
    }

    @Test func shardsOfAClusterWithoutShardingOrSnapshot() async throws {
        let bench = ServedBench(["east", "west"], configured: .offsetsTopic)
        await bench.monitors[0].performRound()
        let clusters = try #require(try bench.json("/api/v1/shards")["clusters"] as? [[String: Any]])
        #expect(clusters.map { $0["name"] as? String } == ["east", "west"])
        #expect(clusters.map { $0["sharded"] as? Bool } == [false, nil])
        #expect(clusters.map { $0["source"] as? String } == ["admin", "offsets-topic"])
        #expect(clusters.allSatisfy { $0["group"] == nil && $0["partitions"] == nil })
        let one = try bench.json("/api/v1/shards?cluster=west")["clusters"] as? [[String: Any]]
        #expect(one?.count == 1)
        #expect(try bench.get("/api/v1/shards?cluster=nowhere").status == 404)
        #expect(try #require(try bench.json("/api/v1/shards?cluster=nowhere")["error"] as? String).count > 10)
    }
}
