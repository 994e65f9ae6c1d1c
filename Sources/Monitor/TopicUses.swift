import ClusterAccess

/// Which topics groups use, counted by group, so that a group that changes costs only its own topics.
struct TopicUses: Sendable {
    private struct Count {
        var groups = 0
        /// Of those, how many need the last stable offset.
        var stable = 0
    }

    private var counts: [TopicName: Count] = [:]
    /// Topics that some group uses.
    private(set) var inUse: Set<TopicName> = []
    /// Topics whose last stable offset some group needs.
    private(set) var stable: Set<TopicName> = []

    /// A group uses `new` instead of `old`; neither names a topic twice.
    mutating func replace(_ old: [TopicName], by new: [TopicName], isStable: Bool) {
        guard old != new else { return }
        for name in new { add(name, isStable: isStable) }
        for name in old { remove(name, isStable: isStable) }
    }

    private mutating func add(_ name: TopicName, isStable: Bool) {
        let before = counts[name] ?? Count()
        if before.groups == 0 { inUse.insert(name) }
        if before.stable == 0, isStable { stable.insert(name) }
        counts[name] = Count(groups: before.groups + 1, stable: before.stable + (isStable ? 1 : 0))
    }

    private mutating func remove(_ name: TopicName, isStable: Bool) {
        guard let before = counts[name] else { return }
        let after = Count(groups: before.groups - 1, stable: before.stable - (isStable ? 1 : 0))
        if after.stable == 0, isStable { stable.remove(name) }
        if after.groups == 0 { inUse.remove(name) }
        counts[name] = after.groups == 0 ? nil : after
    }
}
