import ClusterAccess
import Exposition
import LagModel
import Testing

/// Families that the offsets topic feeds: what is unknown is absent, and no two series are the same.
@Suite struct OffsetsTopicExpositionTests {
    private static func parsed(_ snapshot: ClusterSnapshot) throws -> ParsedExposition {
        try ParsedExposition(KafkaExposition.render([snapshot], format: .text).bytes)
    }

    private static func snapshot(
        _ groups: SharedList<GroupSnapshot> = [], offsetsTopic: OffsetsTopicStatus? = nil
    ) -> ClusterSnapshot {
        ClusterSnapshot(
            cluster: "c", round: 1, endOffsetsRead: SnapshotFixtures.moment, groups: groups,
            offsetsTopic: offsetsTopic)
    }

    @Test func `a group known from admin requests only has no exact families`() throws {
        let names = Set(try Self.parsed(Self.snapshot([SnapshotFixtures.billing])).samples.map(\.name))
        for absent in [
            "generation", "rebalance_causes_total", "rebalance_duration_seconds_count", "commits_total",
            "commit_metadata_bytes", "commits_removed_total", "member_rebalancing",
        ] {
            #expect(!names.contains("kafka_consumer_group_\(absent)"))
        }
        #expect(names.contains("kafka_consumer_group_rebalancing"))
        #expect(names.contains("kafka_consumer_group_commit_age_seconds"))
        #expect(!names.contains { $0.hasPrefix("lagwarden_offsets") || $0.hasPrefix("lagwarden_shard") })
        #expect(!names.contains("kafka_consumer_groups_removed_total"))
    }

    @Test func `causes add up to the rebalances, all from 0, but for members that returned`() throws {
        let parsed = try Self.parsed(Self.snapshot([SnapshotFixtures.shipping]))
        let causes = parsed.samples(named: "kafka_consumer_group_rebalance_causes_total")
        #expect(causes.map { $0.values[2] } == RebalanceCause.allCases.map(\.rawValue))
        let counted = causes.filter { $0.values[2] != "static_member_returned" }
        #expect(counted.compactMap { Int($0.number) }.reduce(0, +) == 12)
        let rebalances = parsed.samples(named: "kafka_consumer_group_rebalances_total")
        #expect(rebalances.map(\.values) == [["c", "shipping", "offsets"]])
        #expect(rebalances.map(\.number) == ["12"])
    }

    @Test func `durations have the bounds of rebalances`() throws {
        let parsed = try Self.parsed(Self.snapshot([SnapshotFixtures.shipping]))
        let name = "kafka_consumer_group_rebalance_duration_seconds"
        let buckets = parsed.samples(named: name + "_bucket")
        let bounds = ["0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "60", "120", "300", "600", "+Inf"]
        #expect(buckets.map { $0.values.last } == bounds)
        #expect(buckets.map(\.number) == [1, 1, 1, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5].map { "\($0)" })
        #expect(parsed.samples(named: name + "_sum").map(\.number) == ["1043.45"])
    }

    @Test(arguments: [(-3, "3"), (0, "0"), (7, "0")])
    func `the age of a commit is never negative`(_ ahead: Int64, _ age: String) throws {
        var group = SnapshotFixtures.shipping
        let moment = SnapshotFixtures.moment.wall.nanosecondsSince1970
        group.topics[0].lastCommit = WallTime(nanosecondsSince1970: moment + ahead * 1_000_000_000)
        let parsed = try Self.parsed(Self.snapshot([group]))
        #expect(parsed.samples(named: "kafka_consumer_group_commit_age_seconds").map(\.number) == [age])
    }

    @Test func `a generation below 0 is no generation`() throws {
        let parsed = try Self.parsed(Self.snapshot([GroupSnapshot(id: "g", generation: -1)]))
        #expect(parsed.samples(named: "kafka_consumer_group_generation").isEmpty)
    }

    @Test func `members go by instance id, ascending, with what is known of them`() throws {
        let parsed = try Self.parsed(
            Self.snapshot([SnapshotFixtures.billing, SnapshotFixtures.shipping]))
        let partitions = parsed.samples(named: "kafka_consumer_group_member_partitions")
        #expect(
            partitions.map { $0.values.dropFirst(1) + [$0.number] } == [
                ["billing", "biller", "m1", "current", "1"], ["billing", "biller", "m2", "current", "0"],
                ["shipping", "app", "app-1", "current", "3"], ["shipping", "app", "app-1", "target", "3"],
                ["shipping", "app", "app-2", "current", "2"], ["shipping", "app", "app-2", "target", "3"],
            ])
        let rebalancing = parsed.samples(named: "kafka_consumer_group_member_rebalancing")
        #expect(rebalancing.map { [$0.values[3], $0.number] } == [["app-1", "0"], ["app-2", "1"]])
        let sessions = parsed.samples(named: "kafka_consumer_group_member_session_timeout_seconds")
        #expect(sessions.map { [$0.values[3], $0.number] } == [["m1", "45"]])
        let rebalances = parsed.samples(named: "kafka_consumer_group_member_rebalance_timeout_seconds")
        #expect(rebalances.map(\.number) == ["300", "60.5", "300"])
    }

    @Test func `partitions of a member that nobody tells are absent`() throws {
        let members = [GroupMember(memberID: "m", isAssignmentKnown: false, rebalanceTimeout: .seconds(60))]
        let group = GroupSnapshot(id: "connect", members: MemberSummary(members: members))
        let parsed = try Self.parsed(Self.snapshot([group]))
        #expect(parsed.samples(named: "kafka_consumer_group_member_partitions").isEmpty)
        #expect(parsed.samples(named: "kafka_consumer_group_member_rebalance_timeout_seconds").count == 1)
    }

    struct Twins: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Member id, client id, instance id.
        var members: [(String, String, String?)]
        var names: [String]
    }

    @Test(arguments: [
        Twins(
            testDescription: "the same instance id",
            members: [("m1", "a", "i"), ("m2", "a", "i"), ("m3", "a", "j")], names: ["m1", "m2", "m3"]),
        Twins(
            testDescription: "another's member id as instance id",
            members: [("m1", "a", "m2"), ("m2", "a", nil)], names: ["m1", "m2"]),
        Twins(
            testDescription: "the same instance id under another client id",
            members: [("m1", "a", "i"), ("m2", "b", "i")], names: ["i", "i"]),
        Twins(testDescription: "an empty instance id", members: [("m1", "a", "")], names: ["m1"]),
        Twins(
            testDescription: "the same member twice", members: [("m1", "a", nil), ("m1", "a", nil)],
            names: ["m1"]),
    ])
    func `no two members have the same labels`(twins: Twins) throws {
        let members = twins.members.map {
            GroupMember(memberID: $0.0, clientID: $0.1, instanceID: $0.2, sessionTimeout: .seconds(1))
        }
        let group = GroupSnapshot(id: "g", members: MemberSummary(members: members))
        let parsed = try Self.parsed(Self.snapshot([group]))
        for family in ["partitions", "session_timeout_seconds"] {
            let samples = parsed.samples(named: "kafka_consumer_group_member_\(family)")
            #expect(samples.map { $0.values[3] } == twins.names)
        }
    }

    @Test(arguments: [Granularity.topic, .group])
    func `members are shown at granularity partition only`(granularity: Granularity) throws {
        var group = SnapshotFixtures.shipping
        group.granularity = granularity
        let names = Set(try Self.parsed(Self.snapshot([group])).samples.map(\.name))
        #expect(
            !names.contains {
                $0.contains("_group_member_") && !$0.hasSuffix("_max") && !$0.hasSuffix("_min")
            })
    }
}

/// The offsets topic itself and the replicas that share it.
extension OffsetsTopicExpositionTests {
    @Test func `every state is counted and unread records are summed over held partitions`() throws {
        let parsed = try Self.parsed(Self.snapshot(offsetsTopic: SnapshotFixtures.offsetsTopic))
        let states = parsed.samples(named: "lagwarden_offsets_partitions")
        #expect(states.map { $0.values[1] } == OffsetsTopicStatus.State.allCases.map(\.rawValue))
        #expect(states.map(\.number) == ["1", "1", "1", "0", "2"])
        #expect(parsed.samples(named: "lagwarden_offsets_unread_records").map(\.number) == ["510"])
        let blocked = parsed.samples(named: "lagwarden_offsets_partition_blocked")
        #expect(blocked.map(\.values) == [["c", "2"]])
        let kinds = parsed.samples(named: "lagwarden_offsets_records_total")
        #expect(kinds.map { $0.values[1] } == ["classic_group", "offset_commit", "share_group"])
        let held = parsed.samples(named: "lagwarden_shard_partition")
        #expect(held.map { $0.values[1] } == ["0", "1", "2"])
        #expect(parsed.samples(named: "lagwarden_shard_partitions").map(\.number) == ["3"])
        #expect(
            parsed.samples(named: "lagwarden_shard_info").map(\.values) == [
                ["c", "lagwarden-shards", "replica-1"]
            ])
        let fallback = parsed.samples(named: "lagwarden_source_fallback")
        #expect(fallback.map(\.values) == [["c", "topic_unauthorized"]])
    }

    @Test(arguments: [true, false])
    func `unread records are absent while one of them is unknown`(isPosition: Bool) throws {
        var status = SnapshotFixtures.offsetsTopic
        if isPosition {
            status.partitions[1].position = nil
        } else {
            status.partitions[1].highWatermark = nil
        }
        let parsed = try Self.parsed(Self.snapshot(offsetsTopic: status))
        #expect(parsed.samples(named: "lagwarden_offsets_unread_records").isEmpty)
    }

    @Test func `a topic whose partitions are unknown has no counts of them`() throws {
        var status = OffsetsTopicStatus(fallback: .topicUnauthorized)
        let refused = Set(try Self.parsed(Self.snapshot(offsetsTopic: status)).samples.map(\.name))
        #expect(refused.contains("lagwarden_source_fallback"))
        #expect(!refused.contains("lagwarden_offsets_partitions"))
        #expect(!refused.contains("lagwarden_offsets_unread_records"))
        #expect(!refused.contains { $0.hasPrefix("lagwarden_shard") })
        status.shard = .init(group: "s")
        let shared = try Self.parsed(Self.snapshot(offsetsTopic: status))
        #expect(shared.samples(named: "lagwarden_shard_member").map(\.number) == ["0"])
        #expect(shared.samples(named: "lagwarden_shard_info").map(\.values) == [["c", "s", ""]])
        #expect(shared.samples(named: "lagwarden_shard_partitions").isEmpty)
    }
}
