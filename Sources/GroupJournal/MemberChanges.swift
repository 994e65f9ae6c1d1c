import LagModel

/// A member as the group sees it: a static one stays itself when it comes back under a new member id.
struct MemberIdentity: Hashable, Sendable {
    /// `group.instance.id` of a static member, the member id of any other.
    var name: String
    var isStatic: Bool

    init(memberID: String, instanceID: String?) {
        name = instanceID ?? memberID
        isStatic = instanceID != nil
    }
}

/// What has changed about a group since its last step, whichever protocol's records told it.
struct MemberChanges: Sendable {
    private var joined: Set<MemberIdentity> = []
    /// With the member id that each had.
    private var left: [MemberIdentity: String] = [:]
    var isSubscriptionChanged = false
    var isTopicChanged = false

    /// A member is there; says whether a static one has come back under a new member id.
    mutating func join(_ identity: MemberIdentity, memberID: String) -> Bool {
        if let before = left.removeValue(forKey: identity) { return identity.isStatic && before != memberID }
        joined.insert(identity)
        return false
    }

    mutating func leave(_ identity: MemberIdentity, memberID: String) {
        if joined.remove(identity) == nil { left[identity] = memberID }
    }

    /// Who was there before is not what comes is compared with.
    mutating func forgetLeft() { left = [:] }

    /// What the next step is for; `nil` where neither members nor subscriptions nor topics tell.
    var cause: RebalanceCause? {
        if !joined.isEmpty { return left.isEmpty ? .memberJoined : .membersReplaced }
        // A static member does not leave when it closes, so its session has ended.
        if !left.isEmpty { return left.keys.allSatisfy(\.isStatic) ? .memberTimedOut : .memberLeft }
        if isSubscriptionChanged { return .subscriptionChanged }
        return isTopicChanged ? .topicChanged : nil
    }
}
