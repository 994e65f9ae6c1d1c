import ClusterAccess
import LagModel
import OffsetsTopic

extension GroupEntry {
    /// An epoch of a KIP-848 group.
    mutating func apply(_ value: ConsumerGroupEpochValue, at place: RecordPlace) {
        consumer = consumer ?? ConsumerGroup()
        consumer?.setHash(value.metadataHash, &changes)
        if base(for: .consumer) == nil { changes.forgetLeft() }
        // A group that is new, or anew, has taken one step, wherever its coordinator begins to count.
        let steps = step(to: value.epoch, of: .consumer) ?? 1
        count(steps, changes.cause ?? .unknown, at: place)
        // A group that only changes its protocol has the same topics under a hash for the first time.
        if steps == 0 { changes.isTopicChanged = false }
        if steps > 0, place.isLive, consumer?.rebalanceStart == nil { consumer?.rebalanceStart = place.time }
        updateConsumer(at: place)
    }

    /// To be called after each record of a KIP-848 group.
    mutating func updateConsumer(at place: RecordPlace) {
        if consumer?.isVacuous == true, number?.type != .consumer { consumer = nil }
        guard let number, number.type == .consumer, let consumer else { return }
        let state = consumer.state(at: number.value)
        enter(state, since: place.time)
        updateMemberless(at: place)
        guard state == .stable || state == .empty else { return }
        if state == .stable, place.isLive, let start = consumer.rebalanceStart, let end = place.time {
            recordDuration(from: start, to: end)
        }
        self.consumer?.rebalanceStart = nil
    }

    /// A member's own record.
    mutating func apply(_ value: ConsumerGroupMemberValue?, of memberID: String, at place: RecordPlace) {
        var group = consumer ?? ConsumerGroup()
        consumer = nil
        if group.setMember(value, of: memberID, &changes) { countReturn(at: place) }
        consumer = group
        updateConsumer(at: place)
    }

    mutating func changeConsumer(
        at place: RecordPlace, _ change: (inout ConsumerGroup, inout MemberChanges) -> Void
    ) {
        var group = consumer ?? ConsumerGroup()
        consumer = nil
        change(&group, &changes)
        consumer = group
        updateConsumer(at: place)
    }

    /// The end of a KIP-848 group, or of its being one; says whether it was one.
    mutating func endConsumer(at place: RecordPlace) -> Bool {
        guard endNumber(of: .consumer) else { return false }
        consumer?.rebalanceStart = nil
        updateConsumer(at: place)
        return true
    }

    /// An epoch of a share or streams group.
    mutating func apply(epoch: Int32, of type: GroupProtocol, at place: RecordPlace) {
        if base(for: type) == nil { changes.forgetLeft() }
        count(step(to: epoch, of: type) ?? 1, changes.cause ?? .unknown, at: place)
        updateOther(at: place)
    }

    mutating func updateOther(at place: RecordPlace) {
        guard let type = number?.type, type == .share || type == .streams else { return }
        enter(otherMembers.isEmpty ? .empty : .stable, since: place.time)
        updateMemberless(at: place)
    }

    /// The group for a reader; `topics` are its columns by name.
    func view(in partition: PartitionID, topics: [TopicColumn], names: TopicNames) -> JournalGroup {
        view(in: partition, topics: topics, identity: identity(names))
    }

    func view(
        in partition: PartitionID, topics: [TopicColumn], identity: GroupIdentity
    ) -> JournalGroup {
        JournalGroup(
            id: id, partition: partition, type: number?.type.type ?? .simple,
            protocolType: identity.protocolType, assignor: identity.assignor, members: identity.members,
            commits: CommittedOffsets(topics: topics.filter { !$0.isEmpty }.map(\.offsets)),
            activity: GroupActivity(
                generation: number?.value, rebalances: rebalances, causes: causes,
                rebalanceDurations: rebalanceDurations, state: state ?? .empty, stateSince: stateSince,
                isRebalancing: identity.isRebalancing, topics: topics.map(\.activity)))
    }

    /// What it is beside its commits and counts.
    func identity(_ names: TopicNames) -> GroupIdentity {
        switch number?.type {
        case .classic:
            return GroupIdentity(
                protocolType: classic?.protocolType ?? "", assignor: classic?.assignor ?? "",
                members: classic?.members ?? [])
        case .consumer:
            let members = (consumer?.members ?? [:]).compactMap { $0.value.view($0.key, names) }
                .sorted { $0.memberID < $1.memberID }
            return GroupIdentity(
                protocolType: "consumer", assignor: consumer?.assignor ?? "", members: members,
                isRebalancing: state == .assigning || members.contains(where: \.isReconciling))
        case .share, .streams:
            return GroupIdentity(
                protocolType: number?.type == .share ? "share" : "streams",
                members: otherMembers.sorted().map { GroupMember(memberID: $0, isAssignmentKnown: false) })
        case nil: return GroupIdentity()
        }
    }
}

/// What a group is beside its commits and counts; commits do not change it.
struct GroupIdentity: Sendable {
    var protocolType = ""
    var assignor = ""
    var members: [GroupMember] = []
    var isRebalancing = false

    /// Whether members have partitions of topics whose names are not known, which other groups' records may
    /// tell.
    var hasUnnamedPartitions: Bool {
        members.contains { $0.unnamedPartitions > 0 || $0.unnamedTargetPartitions > 0 }
    }
}
