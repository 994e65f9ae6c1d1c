import ClusterAccess
import LagModel
import OffsetsTopic

/// The newest generation of a classic group.
struct ClassicGroup: Sendable {
    var protocolType: String
    var assignor: String
    /// Ascending by member id.
    private(set) var members: [GroupMember] = []
    /// Parallel to `members`; empty where the blobs are not the consumer protocol's.
    private var subscriptions: [Set<TopicName>] = []
    private var isConsumerGroup: Bool
    /// What members held when they joined this generation, or in the one before, and were not given in it.
    ///
    /// The first step of a cooperative rebalance takes it away, the second hands it out.
    private var released: [TopicName: Set<PartitionID>] = [:]

    init(_ value: GroupMetadataValue, after before: ClassicGroup?) {
        protocolType = value.protocolType
        assignor = value.protocolName ?? ""
        isConsumerGroup = value.isConsumerGroup
        var held = before?.assigned ?? [:]
        for member in value.members.sorted(by: { $0.memberID < $1.memberID }) {
            let wanted = isConsumerGroup ? ConsumerSubscription(decoding: member.subscription) : nil
            let given = isConsumerGroup ? ConsumerAssignment(decoding: member.assignment) : nil
            let topics = Set(wanted?.topics ?? [])
            // Members mostly want the same, which is kept once.
            subscriptions.append(subscriptions.last.flatMap { $0 == topics ? $0 : nil } ?? topics)
            for entry in wanted?.owned ?? [] { held[entry.topic, default: []].formUnion(entry.partitions) }
            members.append(
                GroupMember(
                    memberID: member.memberID, clientID: member.clientID, host: member.clientHost,
                    instanceID: member.instanceID, assignment: given?.partitions.normalized() ?? [],
                    isAssignmentKnown: given != nil,
                    sessionTimeout: member.sessionTimeout < 0 ? nil : .milliseconds(member.sessionTimeout),
                    rebalanceTimeout: member.rebalanceTimeout.map { .milliseconds($0) }))
        }
        guard isConsumerGroup else { return }
        let assigned = assigned
        released = held.subtracting(assigned)
    }

    /// Partitions that any member was given.
    private var assigned: [TopicName: Set<PartitionID>] {
        guard isConsumerGroup else { return [:] }
        var assigned: [TopicName: Set<PartitionID>] = [:]
        for member in members {
            for entry in member.assignment { assigned[entry.topic, default: []].formUnion(entry.partitions) }
        }
        return assigned
    }

    /// Tells `changes` who came and went since `before`; returns how many static members are back under a
    /// new member id.
    func compare(with before: ClassicGroup?, _ changes: inout MemberChanges) -> Int {
        var known: [MemberIdentity: Int] = [:]
        for (index, member) in (before?.members ?? []).enumerated() { known[member.identity] = index }
        var returned = 0
        for (index, member) in members.enumerated() {
            if let before, let old = known.removeValue(forKey: member.identity) {
                if member.memberID != before.members[old].memberID { returned += 1 }
                if subscriptions[index] != before.subscriptions[old] { changes.isSubscriptionChanged = true }
            } else {
                _ = changes.join(member.identity, memberID: member.memberID)
            }
        }
        for (identity, index) in known {
            changes.leave(identity, memberID: before?.members[index].memberID ?? "")
        }
        return returned
    }

    /// Why the same members with the same subscriptions went through another generation after `before`.
    func assignmentCause(after before: ClassicGroup?) -> RebalanceCause {
        guard let before, isConsumerGroup, before.isConsumerGroup else { return .unknown }
        let (old, new) = (before.assigned, assigned)
        let gained = new.subtracting(old)
        if !gained.isEmpty {
            return gained.subtracting(before.released).isEmpty ? .cooperativeFollowUp : .topicChanged
        }
        return old.keys.contains { new[$0] == nil } ? .topicChanged : .unknown
    }
}

extension GroupMember {
    var identity: MemberIdentity { MemberIdentity(memberID: memberID, instanceID: instanceID) }
}

extension [TopicName: Set<PartitionID>] {
    fileprivate func subtracting(_ other: Self) -> Self {
        var rest: Self = [:]
        for (topic, partitions) in self {
            let left = other[topic].map { partitions.subtracting($0) } ?? partitions
            if !left.isEmpty { rest[topic] = left }
        }
        return rest
    }
}

extension GroupEntry {
    /// A generation of a classic group; no duration is recorded for one that nobody is in.
    mutating func apply(_ value: GroupMetadataValue, at place: RecordPlace) {
        // A number that does not follow the one before is another incarnation's, which began with nobody.
        let base = base(for: .classic)
        if base == nil || base ?? 0 > value.generation {
            changes = MemberChanges()
            classic = nil
        }
        let before = classic
        let group = ClassicGroup(value, after: before)
        let returned = group.compare(with: before, &changes)
        let steps = step(to: value.generation, of: .classic) ?? Int64(max(0, value.generation))
        let joined = value.currentStateTimestamp.map(WallTime.init(milliseconds:))
        if steps > 0 {
            if place.isLive, !group.members.isEmpty, let end = place.time,
                let start = rebalanceStart(joined: joined)
            {
                recordDuration(from: start, to: end)
            }
            count(steps, changes.cause ?? group.assignmentCause(after: before), at: place)
        } else {
            for _ in 0..<returned { countReturn(at: place) }
        }
        classic = group
        let began =
            group.members.isEmpty ? value.currentStateTimestamp.map(WallTime.init(milliseconds:)) : nil
        enter(
            group.members.isEmpty ? .empty : .stable, since: began ?? place.time, interrupted: steps > 0)
        updateMemberless(at: place)
    }

    /// The end of a classic group, or of its being one; says whether it was one.
    mutating func endClassic(at place: RecordPlace) -> Bool {
        guard endNumber(of: .classic) else { return false }
        for member in classic?.members ?? [] { changes.leave(member.identity, memberID: member.memberID) }
        classic = nil
        return true
    }
}
