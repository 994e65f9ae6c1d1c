import ClusterAccess
import GroupJournal
import LagModel

@testable import Monitor

/// The facts about groups that one round is to have, made from nothing but its input and what is plainly to
/// be remembered: the registry, and the topics of groups that cannot be read.
struct PlainRound {
    var registry = PlainRegistry()
    private(set) var topicsBefore: [GroupID: [TopicName]] = [:]
    private(set) var groups: [GroupFacts] = []
    private(set) var topicsInUse: Set<TopicName> = []
    private(set) var stableTopics: Set<TopicName> = []
    private(set) var commitFailures: [ClusterError.Reason: Int] = [:]

    /// Where a group comes from.
    struct Step: Equatable {
        var id: GroupID
        var isFollowed: Bool
        var source: RoundPlan.Source
    }

    /// Decides for every group and tells the registry.
    mutating func plan(
        status: OffsetsTopicStatus, isHybrid: Bool, isSharded: Bool, groups: [GroupID: JournalGroup],
        coordinator: (GroupID) -> BrokerID?
    ) -> [Step] {
        var steps: [Step] = []
        let known = registry.entries
        for (id, entry) in known {
            let partition = CoordinatorPartition.of(id, count: status.partitions.count)
                .map { status.partitions[Int($0.rawValue)] }
            switch partition?.state ?? .unavailable {
            case .elsewhere: registry.forget(id)
            case .current:
                var isListed = false
                if case .listed = entry.presence { isListed = true }
                if groups[id] != nil || isListed {
                    steps.append(Step(id: id, isFollowed: groups[id] != nil, source: .followed))
                } else {
                    registry.forget(id)
                }
            case .blocked: steps.append(Step(id: id, isFollowed: groups[id] != nil, source: .asked))
            case .loading, .unavailable:
                let reason = partition?.reason ?? status.fallback ?? .offsetsTopicBehind
                let isOurs = !isSharded || !status.partitions.isEmpty
                if !isHybrid {
                    steps.append(Step(id: id, isFollowed: groups[id] != nil, source: .unavailable(reason)))
                } else if isOurs {
                    steps.append(Step(id: id, isFollowed: groups[id] != nil, source: .asked))
                }
            }
        }
        for (id, group) in groups where known[id] == nil {
            guard let broker = coordinator(id) else { continue }
            registry.adopt(id, type: group.type, coordinator: broker)
            let partition = CoordinatorPartition.of(id, count: status.partitions.count)
            let state = partition.map { status.partitions[Int($0.rawValue)].state }
            steps.append(Step(id: id, isFollowed: true, source: state == .blocked ? .asked : .followed))
        }
        return steps.sorted { $0.id < $1.id }
    }

    /// Makes the facts.
    mutating func assemble(
        _ steps: [Step], groups followed: [GroupID: JournalGroup],
        readings: [GroupID: GroupReader.Reading], entries: [GroupID: PlainRegistry.Entry],
        settings: RoundSettings
    ) {
        (groups, topicsInUse, stableTopics, commitFailures) = ([], [], [], [:])
        var topicsNow: [GroupID: [TopicName]] = [:]
        for step in steps {
            guard
                let facts = facts(
                    step, followed[step.id], readings[step.id], entries[step.id], settings: settings)
            else { continue }
            var names = topicsBefore[step.id] ?? []
            if case .read(let offsets) = facts.commits { names = offsets.topics.map(\.name) }
            topicsNow[step.id] = names
            names += (facts.members ?? []).flatMap { $0.assignment.map(\.topic) }.filter(settings.admitsTopic)
            topicsInUse.formUnion(names)
            if facts.wantsStableLag { stableTopics.formUnion(names) }
            groups.append(facts)
        }
        topicsBefore = topicsNow
    }

    private mutating func facts(
        _ step: Step, _ group: JournalGroup?, _ reading: GroupReader.Reading?,
        _ entry: PlainRegistry.Entry?, settings: RoundSettings
    ) -> GroupFacts? {
        var facts = GroupFacts(
            id: step.id, granularity: settings.granularity(step.id), type: entry?.type,
            coordinator: entry?.coordinator, commits: .unavailable(.other),
            wantsStableLag: settings.wantsStableLag(step.id))
        let presence = reading?.entry.presence ?? entry?.presence
        if case .listed(let listing, _) = presence { facts.state = listing.state }
        switch step.source {
        case .unavailable(let reason): facts.commits = .unavailable(reason)
        case .followed:
            if case .listed(let listing, _) = presence {
                facts.protocolType = listing.isSimple ? "" : "consumer"
            }
            facts.commits = .read(Self.wanted(group?.commits ?? CommittedOffsets(), settings))
            if let group { facts.add(group) }
        case .asked:
            guard let reading else { return nil }
            facts.type = reading.entry.type
            facts.coordinator = reading.entry.coordinator
            if case .listed(let listing, _) = presence { describe(&facts, listing, reading.description) }
            switch reading.commits {
            case .failure(let error): facts.commits = .unavailable(error.reason)
            case .success(let offsets):
                if case .missing = reading.entry.presence {
                    if !offsets.topics.isEmpty || !offsets.failures.isEmpty {
                        registry.confirm(step.id)
                    } else if registry.deny(step.id) {
                        return nil
                    }
                }
                let wanted = Self.wanted(offsets, settings)
                for failure in wanted.failures { commitFailures[failure.error.reason, default: 0] += 1 }
                facts.commits = .read(wanted)
            }
            if let group { facts.add(group) }
        }
        return facts
    }

    private mutating func describe(
        _ facts: inout GroupFacts, _ listing: GroupListing, _ description: GroupDescription?
    ) {
        facts.protocolType = listing.isSimple ? "" : "consumer"
        if listing.isSimple || listing.state == .empty { facts.members = [] }
        guard let description, description.error == nil else { return }
        let isForeign = description.state == .dead || description.state == .unknown
        if let type = description.type ?? (listing.isSimple ? nil : isForeign ? .consumer : .classic) {
            facts.type = type
            registry.learn(type, of: facts.id)
        }
        guard !isForeign else { return }
        facts.state = description.state
        facts.assignor = description.assignor
        facts.members = description.members
    }

    private static func wanted(_ offsets: CommittedOffsets, _ settings: RoundSettings) -> CommittedOffsets {
        CommittedOffsets(
            topics: offsets.topics.filter { settings.admitsTopic($0.name) },
            failures: offsets.failures.filter { settings.admitsTopic($0.topic) })
    }
}

extension GroupFacts {
    /// Whether two facts say the same, wherever they keep it.
    func says(_ other: GroupFacts) -> Bool {
        let areCommitsSame =
            switch (commits, other.commits) {
            case (.read(let one), .read(let two)): one == two
            case (.unavailable(let one), .unavailable(let two)): one == two
            case (.read, .unavailable), (.unavailable, .read): false
            }
        return areCommitsSame && id == other.id && granularity == other.granularity && type == other.type
            && protocolType == other.protocolType && assignor == other.assignor
            && coordinator == other.coordinator && state == other.state && members == other.members
            && wantsStableLag == other.wantsStableLag && activity == other.activity
    }
}
