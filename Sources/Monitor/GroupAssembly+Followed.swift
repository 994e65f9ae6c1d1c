import ClusterAccess
import GroupJournal
import LagModel

/// Facts from the offsets topic.
extension GroupAssembly {
    /// Takes in all groups of a round from where its plan says; `readings` are those that were asked for.
    mutating func add(
        _ plan: RoundPlan, followed: FollowedRound, readings: [GroupID: GroupReader.Reading],
        registry: inout GroupRegistry
    ) {
        let groups = followed.groups.groups
        for step in plan.steps {
            switch step.source {
            case .followed:
                // Asked first, since handing a group over costs more than most of them are worth.
                let isKept = keep(
                    plan.entries[step.entry].id, entry: plan.entries[step.entry].revision,
                    followed: step.group.map { groups[$0].revision } ?? 0)
                if !isKept { add(step.group.map { groups[$0] }, entry: plan.entries[step.entry]) }
            case .unavailable(let reason): add(unavailable: plan.entries[step.entry], because: reason)
            case .asked:
                guard let reading = readings[plan.entries[step.entry].id] else { continue }
                add(reading, followed: step.group.map { groups[$0] }, registry: &registry)
            }
        }
    }

    /// Takes in a group whose partition of the offsets topic is read to its end.
    ///
    /// `group` is `nil` for one that is listed and of which no record speaks yet.
    private mutating func add(_ group: JournalGroup?, entry: GroupRegistry.Entry) {
        let revision = group?.revision ?? 0
        let told = group?.commits ?? CommittedOffsets()
        let wanted = areKnownToBeWanted(told, of: entry.id) ? told : filtered(told)
        var facts = GroupFacts(
            id: entry.id, granularity: settings.granularity(entry.id), type: group?.type ?? entry.type,
            coordinator: entry.coordinator, commits: .read(wanted),
            wantsStableLag: settings.wantsStableLag(entry.id))
        if case .listed(let listing, _) = entry.presence {
            facts.state = listing.state
            facts.protocolType = listing.isSimple ? "" : "consumer"
        }
        if let group { facts.add(group) }
        add(
            facts, entry: entry.revision, followed: revision,
            isWhole: wanted.topics.count == told.topics.count)
    }

    /// Takes in a group of a partition that cannot be read, where nobody else is to be asked.
    private mutating func add(unavailable entry: GroupRegistry.Entry, because reason: ClusterError.Reason) {
        var facts = GroupFacts(
            id: entry.id, granularity: settings.granularity(entry.id), type: entry.type,
            coordinator: entry.coordinator, commits: .unavailable(reason),
            wantsStableLag: settings.wantsStableLag(entry.id))
        if case .listed(let listing, _) = entry.presence { facts.state = listing.state }
        add(facts)
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
