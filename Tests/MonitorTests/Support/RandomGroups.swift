import ClusterAccess
import GroupJournal
import LagModel
import LagwardenTestKit
import OffsetsTopic

@testable import Monitor

/// Groups, listings, records and metadata that change at random from round to round.
struct RandomGroups {
    var random: SeededRandom
    var listed: [[GroupListing]] = [[], [], []]
    var leaders: [BrokerID?] = []
    var journal = GroupJournal { !$0.rawValue.hasPrefix("no") }
    var states: [OffsetsTopicStatus.State] = []
    private var next: [Int64] = []
    private var clock: Int64 = 1_000

    let names = (0..<14).map { GroupID(["a", "group-", "no"][$0 % 3] + "\($0)-with-a-name-of-its-own") }
    let topics: [TopicName] = ["orders", "payments", "clicks", "xhidden", "returns"]
    static let count = 4

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        for partition in 0..<Self.count {
            journal.begin(PartitionID(Int32(partition)), historyEnd: 5)
            leaders.append(BrokerID(Int32(partition % 3)))
        }
        states = Array(repeating: .current, count: Self.count)
        next = Array(repeating: 0, count: Self.count)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &random)]
    }

    mutating func changeListings() {
        for broker in 0..<3 {
            if chance(40) {
                let state = pick([GroupState.stable, .empty, .preparingRebalance, .dead, .unknown])
                let line = GroupListing(
                    group: pick(names), state: state, isSimple: chance(15),
                    type: pick([nil, nil, .classic, .consumer]))
                if let place = listed[broker].firstIndex(where: { $0.group == line.group }), chance(90) {
                    listed[broker][place] = line
                } else {
                    let place = Int.random(in: 0...listed[broker].count, using: &random)
                    listed[broker].insert(line, at: place)
                }
            }
            if chance(12), !listed[broker].isEmpty {
                listed[broker].remove(at: Int.random(in: listed[broker].indices, using: &random))
            }
            if chance(5) { listed[broker].shuffle(using: &random) }
        }
        if chance(10) {
            leaders[Int.random(in: 0..<Self.count, using: &random)] = pick([
                nil, BrokerID(0), BrokerID(1), BrokerID(2),
            ])
        }
    }

    mutating func listings() -> PlainRegistry.Listings {
        var listings: PlainRegistry.Listings = [:]
        for broker in 0..<3 {
            let id = BrokerID(Int32(broker))
            if chance(4) { continue }
            if chance(6) {
                listings[id] = .failure(ClusterError(.timedOut, operation: "list groups"))
            } else {
                let partial = chance(5) ? ClusterError(.coordinatorLoading, operation: "list groups") : nil
                listings[id] = .success(GroupListingReply(groups: listed[broker], partialError: partial))
            }
        }
        return listings
    }

    func coordinator(_ group: GroupID) -> BrokerID? {
        CoordinatorPartition.of(group, count: Self.count).flatMap { leaders[Int($0.rawValue)] }
    }

    mutating func write() {
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            clock += 10
            let group = pick(names)
            let owner = CoordinatorPartition.of(group, count: Self.count) ?? PartitionID(0)
            let place = Int(owner.rawValue)
            var batch = RecordBatch()
            if chance(70) {
                let key = OffsetCommitKey(
                    group: group, topic: pick(topics),
                    partition: PartitionID(Int32.random(in: 0..<4, using: &random)))
                let value = OffsetCommitValue(
                    offset: Int64.random(in: 0..<50, using: &random), commitTimestamp: clock)
                batch.append(
                    partition: owner, offset: next[place], timestamp: clock, key: key.encoded(),
                    value: chance(25) ? nil : value.encoded())
            } else {
                let assigned = ConsumerAssignment(partitions: [
                    TopicPartitions(topic: pick(topics), partitions: [PartitionID(0)])
                ])
                let value = GroupMetadataValue(
                    protocolType: "consumer", generation: Int32(next[place]), protocolName: "range",
                    members: [
                        .init(
                            memberID: "m", clientID: "c", clientHost: "/h", rebalanceTimeout: 60_000,
                            sessionTimeout: 45_000,
                            subscription: ConsumerSubscription(topics: topics).encoded(),
                            assignment: assigned.encoded())
                    ])
                batch.append(
                    partition: owner, offset: next[place], timestamp: clock,
                    key: GroupMetadataKey(group: group).encoded(),
                    value: chance(35) ? nil : value.encoded())
            }
            next[place] += 1
            if chance(60) { batch.appendEnd(of: owner, offset: next[place]) }
            journal.apply(batch)
        }
        if chance(5) {
            let place = Int.random(in: 0..<Self.count, using: &random)
            journal.forget(PartitionID(Int32(place)))
            journal.begin(PartitionID(Int32(place)), historyEnd: next[place])
        }
        for place in states.indices where chance(12) {
            states[place] = pick([.current, .current, .current, .blocked, .loading, .unavailable, .elsewhere])
        }
    }

    /// What the offsets topic tells: as rounds get it, and looked up one by one.
    mutating func followed(isHybrid: Bool) -> (FollowedRound, [GroupID: JournalGroup]) {
        var status = OffsetsTopicStatus()
        for (place, state) in states.enumerated() {
            status.partitions.append(
                .init(
                    id: PartitionID(Int32(place)), state: state,
                    reason: state == .unavailable ? .topicUnauthorized : nil))
        }
        let used = status.partitions.filter { $0.state == .current || $0.state == .blocked }.map(\.id)
        journal.bringUpToDate(used)
        var groups: [GroupID: JournalGroup] = [:]
        for id in used.flatMap({ journal.groups(in: $0) }) { groups[id] = journal.group(id) }
        return (FollowedRound(status: status, isHybrid: isHybrid, groups: journal.followed), groups)
    }

    mutating func reading(of entry: GroupRegistry.Entry) -> GroupReader.Reading {
        if case .unreachable(_, let reason) = entry.presence {
            return .init(
                entry: entry, commits: .failure(ClusterError(reason, operation: "list committed offsets")))
        }
        if chance(10) {
            return .init(
                entry: entry,
                commits: .failure(ClusterError(.notCoordinator, operation: "list committed offsets")))
        }
        var offsets = CommittedOffsets()
        for topic in topics where chance(25) {
            offsets.topics.append(
                .init(
                    name: topic, partitions: [PartitionID(0), PartitionID(2)],
                    offsets: [Int64.random(in: 0..<3, using: &random), 7]))
        }
        if chance(10) {
            offsets.failures.append(
                .init(
                    topic: pick(topics), partition: PartitionID(1),
                    error: ClusterError(.unstableOffset, operation: "list committed offsets")))
        }
        let member = GroupMember(
            memberID: "m", assignment: [TopicPartitions(topic: pick(topics), partitions: [PartitionID(0)])])
        let description = GroupDescription(
            group: entry.id, state: pick([.stable, .dead, .empty]), assignor: "range", members: [member],
            type: pick([nil, .classic, .consumer]))
        return .init(entry: entry, description: chance(50) ? description : nil, commits: .success(offsets))
    }
}
