import ClusterAccess
import GroupJournal
import LagModel
import Testing

/// What real coordinators wrote, against what was done to their groups (`done` in the files).
@Suite struct FixtureTests {
    /// What a group must look like after all records were read live.
    struct Expected: Sendable, CustomTestStringConvertible {
        var id: GroupID
        var type = GroupType.classic
        var protocolType = "consumer"
        var generation: Int32?
        var causes: [RebalanceCause: Int64] = [:]
        var durations: Int64 = 0
        var state = GroupState.empty
        var members = 0
        var committed: [String: [Int32: Int64]] = [:]

        /// Steps are the sum of their causes but one.
        var rebalances: Int64 {
            causes.filter { $0.key != .staticMemberReturned }.values.reduce(0, +)
        }

        var testDescription: String { id.rawValue }
    }

    /// Groups that every coordinator was given.
    static let common: [Expected] = [
        Expected(
            id: "s-retention4", type: .simple, protocolType: "", generation: nil, committed: ["d6": [3: 77]]),
        Expected(
            id: "s-retention", type: .simple, protocolType: "", generation: nil, committed: ["d6": [3: 77]]),
        Expected(id: "s-txn", type: .simple, protocolType: "", generation: nil, committed: ["d6": [0: 100]]),
        Expected(id: "s-assign", type: .simple, protocolType: "", generation: nil, committed: ["d6": [0: 7]]),
        Expected(
            id: "s-classic", generation: 3, causes: [.memberJoined: 2, .memberLeft: 1], durations: 2,
            committed: ["d6": [0: 1, 1: 0]]),
        Expected(
            id: "s-static", generation: 2,
            causes: [.memberJoined: 1, .staticMemberReturned: 1, .memberTimedOut: 1], durations: 1,
            committed: ["d6": [2: 5]]),
        Expected(
            id: "s-sr", protocolType: "sr", generation: 1, causes: [.memberJoined: 1], durations: 1,
            state: .stable, members: 1),
        Expected(
            id: "s-connect", protocolType: "connect", generation: 1, causes: [.memberJoined: 1], durations: 1,
            state: .stable, members: 1),
    ]

    /// The same work on 3.9 and 4.3, which begin to count epochs at 1 and 2.
    static func consumer(epoch: Int32) -> Expected {
        Expected(
            id: "s-848", type: .consumer, generation: epoch,
            causes: [.memberJoined: 2, .memberLeft: 1, .memberTimedOut: 1], durations: 2,
            committed: ["d6": [0: 11]])
    }

    static let byFile: [String: (groups: [Expected], removed: Int64)] = [
        "kafka-3.9.2-classic-coordinator": (common, 4),
        "kafka-3.9.2-new-coordinator": (
            common + [
                consumer(epoch: 4),
                Expected(
                    id: "s-conv", generation: 2, causes: [.memberJoined: 1, .memberLeft: 1], durations: 1,
                    committed: ["d6": [0: 3]]),
            ], 5
        ),
        "kafka-4.3.0": (
            common + [
                consumer(epoch: 5),
                // One classic generation becomes epoch 1; then a join and two leaves.
                Expected(
                    id: "s-conv", type: .consumer, generation: 4,
                    causes: [.memberJoined: 2, .memberLeft: 2], durations: 3, committed: ["d6": [0: 3]]),
                Expected(
                    id: "s-share", type: .share, protocolType: "share", generation: 4,
                    causes: [.memberJoined: 1, .unknown: 1, .memberLeft: 1]),
                Expected(
                    id: "s-streams", type: .streams, protocolType: "streams", generation: 3,
                    causes: [.memberJoined: 1, .memberLeft: 1]),
                Expected(
                    id: "s-streams2", type: .streams, protocolType: "streams", generation: 2,
                    causes: [.memberJoined: 1], state: .stable, members: 1),
            ], 7
        ),
    ]

    @Test(arguments: Fixture.each, [1, 2, 3, 7, .max])
    func groupsAreWhatWasDoneToThem(_ fixture: Fixture, batchSize: Int) throws {
        let journal = fixture.records.journal(batchSize: batchSize)
        let expected = try #require(Self.byFile[fixture.name])
        let there = (0..<50).flatMap { journal.groups(in: PartitionID($0)) }
        #expect(Set(there) == Set(expected.groups.map(\.id)))
        #expect(journal.groupsRemoved == expected.removed)
        #expect(journal.recordsSkipped.values.allSatisfy { $0 == 0 })
        #expect(journal.recordsByKind.values.reduce(0, +) == Int64(fixture.records.count))
        for wanted in expected.groups {
            let group = try #require(journal.group(wanted.id), "\(wanted.id)")
            #expect(group.type == wanted.type, "\(wanted.id)")
            #expect(group.protocolType == wanted.protocolType, "\(wanted.id)")
            #expect(group.activity.generation == wanted.generation, "\(wanted.id)")
            #expect(group.activity.rebalances == wanted.rebalances, "\(wanted.id)")
            #expect(group.causes == wanted.causes, "\(wanted.id)")
            #expect(group.durations == wanted.durations, "\(wanted.id)")
            #expect(group.activity.state == wanted.state, "\(wanted.id)")
            #expect(group.members.count == wanted.members, "\(wanted.id)")
            #expect(!group.activity.isRebalancing, "\(wanted.id)")
            let topics = group.commits.topics.map(\.name.rawValue)
            #expect(topics == wanted.committed.keys.sorted(), "\(wanted.id)")
            for topic in topics { #expect(group.committed(topic) == wanted.committed[topic]) }
        }
    }

    /// A cooperative group's second step hands out what the first took away; its steps are seen until the
    /// group is deleted.
    @Test(arguments: Fixture.each)
    func cooperativeStepsAreToldApart(_ fixture: Fixture) throws {
        let records = fixture.records.filter { $0.partition == PartitionID(3) && $0.value != nil }
        let group = try #require(records.journal().group("s-coop"))
        #expect(group.activity.rebalances == 4)
        #expect(group.causes == [.memberJoined: 2, .cooperativeFollowUp: 1, .memberLeft: 1])
        let beforeLast = try #require(Array(records.dropLast()).journal().group("s-coop"))
        #expect(beforeLast.assignor == "cooperative-sticky")
        #expect(beforeLast.members.compactMap(\.partitionCount).sorted() == [2, 2])
    }

    /// A KIP-848 group with a broker-side expression: joined, then deleted.
    @Test func expressionsAreResolved() throws {
        let fixture = Fixture("kafka-4.3.0")
        let records = fixture.records.filter { $0.partition == PartitionID(15) }
        let others = fixture.records.filter { $0.key?.dropFirst().first == 1 && $0.value != nil }
        let group = try #require((Array(records.prefix(7)) + others).journal().group("s-848re"))
        #expect(group.causes == [.memberJoined: 1])
        #expect(group.members.map(\.assignment.count) == [1])
        // Nothing in these records names the second topic's identifier.
        #expect(group.members.map(\.unnamedPartitions) == [2])
        #expect(group.activity.state == .stable)
        #expect(group.durations == 1)
    }

    /// While k2 waits for partitions of k1 the group is rebalancing; members are shown as they are.
    @Test(arguments: [("kafka-3.9.2-new-coordinator", Int64(18)), ("kafka-4.3.0", 17)])
    func reconciliationIsSeen(_ name: String, lastOffset: Int64) throws {
        let records = Fixture(name).records.filter {
            $0.partition == PartitionID(44) && $0.offset <= lastOffset
        }
        let group = try #require(records.journal().group("s-848"))
        #expect(group.activity.state == .reconciling)
        #expect(group.activity.isRebalancing)
        #expect(group.durations == 1)
        #expect(group.members.map(\.isReconciling) == [true, true])
        #expect(Set(group.members.map(\.instanceID)) == [nil, "ki-2"])
        #expect(group.members.map(\.targetPartitionCount) == [2, 2])
        #expect(group.assignor == "range")
    }

    /// With uncommitted isolation generations count and commits do not; what follows in committed isolation
    /// is counted once.
    @Test(arguments: Fixture.each)
    func aBlockedPartitionIsReadTwice(_ fixture: Fixture) {
        var journal = GroupJournal()
        for partition in Set(fixture.all.map(\.partition)) { journal.begin(partition, historyEnd: 0) }
        for batch in fixture.all.batches() { journal.apply(batch, isolation: .uncommitted) }
        #expect(journal.recordsByKind["offset_commit"] == 0)
        #expect(
            (0..<50).allSatisfy { partition in
                journal.groups(in: PartitionID(partition)).allSatisfy {
                    journal.group($0)?.commits.topics.isEmpty == true
                }
            })
        for batch in fixture.records.batches() { journal.apply(batch) }
        let once = fixture.records.journal()
        for group in (0..<50).flatMap({ once.groups(in: PartitionID($0)) }) {
            #expect(journal.group(group)?.commits == once.group(group)?.commits)
            #expect(journal.group(group)?.causes == once.group(group)?.causes)
        }
    }
}
