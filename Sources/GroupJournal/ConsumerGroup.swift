import ClusterAccess
import LagModel
import OffsetsTopic

/// Members and assignments of a KIP-848 group.
struct ConsumerGroup: Sendable {
    private(set) var members: [String: ConsumerMember] = [:]
    /// Members whose own record is there; the others are known by assignments only.
    private(set) var memberCount = 0
    /// Of those, how many hold what they are to hold at the epoch of the assignments.
    private var reachedCount = 0
    /// Epoch that the assignments were computed for.
    private(set) var targetEpoch: Int32?
    private var metadataHash: Int64?
    private var partitions: [ConsumerGroupPartitionsValue.Topic] = []
    private var expressions: [String: [TopicName]] = [:]
    /// When the epoch was raised that the group has not reached yet; only what was read live.
    var rebalanceStart: WallTime?

    var isVacuous: Bool { members.isEmpty && partitions.isEmpty && expressions.isEmpty && targetEpoch == nil }

    /// State by Kafka's own rules.
    func state(at epoch: Int32) -> GroupState {
        if memberCount == 0 { return .empty }
        if epoch > targetEpoch ?? 0 { return .assigning }
        return reachedCount == memberCount ? .stable : .reconciling
    }

    private func hasReached(_ member: ConsumerMember) -> Bool {
        member.value != nil && member.state == .stable && member.epoch != nil && member.epoch == targetEpoch
    }

    /// Changes what is known of a member, and forgets it when that is nothing.
    private mutating func change(_ memberID: String, _ change: (inout ConsumerMember) -> Void) {
        var member = members[memberID] ?? ConsumerMember()
        if hasReached(member) { reachedCount -= 1 }
        if member.value != nil { memberCount -= 1 }
        change(&member)
        if hasReached(member) { reachedCount += 1 }
        if member.value != nil { memberCount += 1 }
        members[memberID] = member.isVacuous ? nil : member
    }

    mutating func setTargetEpoch(_ epoch: Int32?) {
        guard epoch != targetEpoch else { return }
        targetEpoch = epoch
        reachedCount = members.values.count(where: hasReached)
    }

    mutating func setTarget(_ value: TargetAssignmentValue?, of memberID: String) {
        guard value != nil || members[memberID] != nil else { return }
        change(memberID) { $0.target = value.map { [OwnedPartitions]($0.partitions) } }
    }

    mutating func setCurrent(_ value: CurrentAssignmentValue?, of memberID: String) {
        guard value != nil || members[memberID] != nil else { return }
        change(memberID) { member in
            member.owned = value.map { [OwnedPartitions]($0.assigned) }
            member.epoch = value?.memberEpoch
            member.state = value?.state ?? .stable
        }
    }

    /// A member's own record; says in `changes` what it means, and returns whether a static one is back.
    mutating func setMember(
        _ value: ConsumerGroupMemberValue?, of memberID: String, _ changes: inout MemberChanges
    ) -> Bool {
        let before = members[memberID]?.value
        guard value != nil || before != nil else { return false }
        let old = before.map { MemberIdentity(memberID: memberID, instanceID: $0.instanceID) }
        let new = value.map { MemberIdentity(memberID: memberID, instanceID: $0.instanceID) }
        var isBack = false
        if old != new {
            if let old, !isHeld(old, byOtherThan: memberID) { changes.leave(old, memberID: memberID) }
            if let new {
                // The record of its new id may come before the old one's end.
                let isReplacing = isHeld(new, byOtherThan: memberID)
                isBack = isReplacing || changes.join(new, memberID: memberID)
            }
        } else if let before, let value, !before.wantsSame(as: value) {
            changes.isSubscriptionChanged = true
        }
        change(memberID) { $0.value = value }
        return isBack
    }

    private func isHeld(_ identity: MemberIdentity, byOtherThan memberID: String) -> Bool {
        guard identity.isStatic else { return false }
        return members.contains { $0.key != memberID && $0.value.value?.instanceID == identity.name }
    }

    mutating func setHash(_ hash: Int64?, _ changes: inout MemberChanges) {
        if hash != metadataHash { changes.isTopicChanged = true }
        metadataHash = hash
    }

    mutating func setPartitions(_ value: ConsumerGroupPartitionsValue?, _ changes: inout MemberChanges) {
        let topics = value?.topics ?? []
        if topics != partitions { changes.isTopicChanged = true }
        partitions = topics
    }

    mutating func setExpression(
        _ expression: String, _ value: RegularExpressionValue?, _ changes: inout MemberChanges
    ) {
        if expressions[expression] != value?.topics { changes.isTopicChanged = true }
        expressions[expression] = value?.topics
    }

    /// The assignor that most members ask for, the first by name of several; empty where none does.
    var assignor: String {
        var votes: [String: Int] = [:]
        for member in members.values {
            if let assignor = member.value?.assignor { votes[assignor, default: 0] += 1 }
        }
        return votes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
    }

    func collectTopics(into topics: inout Set<TopicUUID>) {
        for topic in partitions { topics.insert(topic.id) }
        for member in members.values {
            for part in (member.target ?? []) + (member.owned ?? []) { topics.insert(part.topicID) }
        }
    }
}

/// What records say of one member of a KIP-848 group.
struct ConsumerMember: Sendable {
    var value: ConsumerGroupMemberValue?
    /// What it is to hold; `nil` without a record of it.
    var target: [OwnedPartitions]?
    /// What it holds, without what was asked back from it; `nil` likewise.
    var owned: [OwnedPartitions]?
    var epoch: Int32?
    var state = CurrentAssignmentValue.State.stable

    var isVacuous: Bool { value == nil && target == nil && owned == nil && epoch == nil }

    var isReconciling: Bool { state != .stable || (target ?? []) != (owned ?? []) }

    /// The member for a reader; `nil` where only its assignments are known.
    func view(_ memberID: String, _ names: TopicNames) -> GroupMember? {
        guard let value else { return nil }
        let owned = names.resolve(owned ?? [])
        let target = names.resolve(target ?? [])
        return GroupMember(
            memberID: memberID, clientID: value.clientID, host: value.clientHost,
            instanceID: value.instanceID, assignment: owned.named, unnamedPartitions: owned.unnamed,
            targetAssignment: target.named, unnamedTargetPartitions: target.unnamed, epoch: epoch,
            isReconciling: isReconciling,
            sessionTimeout: value.classic.map { .milliseconds(max(0, $0.sessionTimeout)) },
            rebalanceTimeout: value.rebalanceTimeout.map { .milliseconds($0) })
    }
}

extension ConsumerGroupMemberValue {
    func wantsSame(as other: Self) -> Bool {
        topicExpression == other.topicExpression && Set(topics) == Set(other.topics)
    }
}
