import ClusterAccess

/// Counts the rebalances that polling comes across: at most one for each round, hence a lower bound.
///
/// A rebalance shows as a rebalancing state, or as another set of members than before. Both signs of one
/// rebalance, spread over two rounds, count once.
struct RebalanceObserver {
    private(set) var count: Int64 = 0
    private var lastState: GroupState?
    /// Hash of the members by `group.instance.id`, or by member id where they have none, with a classic
    /// group's shares.
    ///
    /// That two sets of members agree in it has odds of one to 2⁶⁴; the sets themselves take as much as all
    /// else that is kept of a group.
    private var lastMembers: Int?
    /// A rebalancing state was seen and counted; the members that come out of it are its result.
    private var isInProgress = false

    private struct Fingerprint: Hashable {
        var name: String
        var assignment: Set<TopicPartitions>
    }

    /// Takes in one round's state and members; `nil` where unknown.
    ///
    /// `areSame` says that members and type are those of the call before, and that the state was known then
    /// and not rebalancing: so members need not be hashed again, which costs a step for each partition.
    mutating func observe(
        state: GroupState?, members: [GroupMember]?, type: GroupType?, areSame: Bool = false
    ) {
        guard let state else { return }
        let isFirst = lastState == nil
        defer { lastState = state }
        if state.isRebalancing {
            if !isInProgress, !isFirst { count += 1 }
            isInProgress = true
            return
        }
        guard let members else {
            isInProgress = false
            return
        }
        let known = areSame ? lastMembers : nil
        let hash = known ?? Self.fingerprints(of: members, type: type).hashValue
        let changed = lastMembers.map { $0 != hash } ?? false
        if changed, !isInProgress { count += 1 }
        isInProgress = false
        lastMembers = hash
    }

    /// A KIP-848 member's share moves without a new epoch while it reconciles, so only its name counts there.
    private static func fingerprints(of members: [GroupMember], type: GroupType?) -> Set<Fingerprint> {
        Set(
            members.map { member in
                let share = type == .consumer ? [] : member.assignment.map(Self.sorted)
                return Fingerprint(name: member.instanceID ?? member.memberID, assignment: Set(share))
            })
    }

    private static func sorted(_ share: TopicPartitions) -> TopicPartitions {
        TopicPartitions(topic: share.topic, partitions: share.partitions.sorted())
    }
}
