import ClusterAccess
import GroupJournal
import LagModel

/// Facts from the offsets topic.
extension GroupAssembly {
    /// Takes in a group whose partition of the offsets topic is read to its end.
    ///
    /// `group` is `nil` for one that is listed and of which no record speaks yet.
    mutating func add(_ group: JournalGroup?, entry: GroupRegistry.Entry) {
        var facts = GroupFacts(
            id: entry.id, granularity: settings.granularity(entry.id), type: group?.type ?? entry.type,
            coordinator: entry.coordinator, commits: .read(filtered(group?.commits ?? CommittedOffsets())),
            wantsStableLag: settings.wantsStableLag(entry.id))
        if case .listed(let listing, _) = entry.presence {
            facts.state = listing.state
            facts.protocolType = listing.isSimple ? "" : "consumer"
        }
        if let group { facts.add(group) }
        finish(facts)
    }

    /// Takes in a group of a partition that cannot be read, where nobody else is to be asked.
    mutating func add(unavailable entry: GroupRegistry.Entry, because reason: ClusterError.Reason) {
        var facts = GroupFacts(
            id: entry.id, granularity: settings.granularity(entry.id), type: entry.type,
            coordinator: entry.coordinator, commits: .unavailable(reason),
            wantsStableLag: settings.wantsStableLag(entry.id))
        if case .listed(let listing, _) = entry.presence { facts.state = listing.state }
        finish(facts)
    }
}

extension GroupFacts {
    /// What the offsets topic tells beside commits; a state that the coordinator listed is newer.
    mutating func add(_ group: JournalGroup) {
        type = group.type
        protocolType = group.protocolType
        assignor = group.assignor
        members = group.members
        if state == nil || state == .unknown { state = group.activity.state }
        activity = group.activity
    }
}
