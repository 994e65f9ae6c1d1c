import ClusterAccess
import GroupJournal
import LagModel

/// Turns what coordinators said into facts for the ledger, and notes which topics they are about.
struct GroupAssembly {
    let settings: RoundSettings
    private let topicsBefore: [GroupID: [TopicName]]
    /// Ascending by id, as long as readings are added so.
    private(set) var groups: [GroupFacts] = []
    private(set) var topicsInUse: Set<TopicName> = []
    /// Topics whose last stable offset some group needs.
    private(set) var stableTopics: Set<TopicName> = []
    private(set) var topicsOfGroups: [GroupID: [TopicName]] = [:]
    /// Partitions that coordinators named with an error instead of an offset.
    private(set) var commitFailures: [ClusterError.Reason: Int] = [:]
    /// A coordinator was not where it was expected.
    private(set) var isMetadataStale = false

    init(settings: RoundSettings, topicsOfGroups: [GroupID: [TopicName]]) {
        self.settings = settings
        topicsBefore = topicsOfGroups
    }

    /// Takes in one group as its coordinator tells it, unless that has denied it often enough.
    ///
    /// `followed` is what the offsets topic tells of it while its commits there are not the newest.
    mutating func add(
        _ reading: GroupReader.Reading, followed: JournalGroup? = nil, registry: inout GroupRegistry
    ) {
        let id = reading.entry.id
        var facts = GroupFacts(
            id: id, granularity: settings.granularity(id), type: reading.entry.type,
            coordinator: reading.entry.coordinator, commits: .unavailable(.coordinatorUnavailable),
            wantsStableLag: settings.wantsStableLag(id))
        addIdentity(of: reading, to: &facts, registry: &registry)
        switch reading.commits {
        case .success(let offsets):
            // What was read in an earlier round denies nothing.
            if case .missing = reading.entry.presence, !reading.isCarried {
                guard keep(id, with: offsets, registry: &registry) else { return }
            }
            let admitted = filtered(offsets)
            for failure in admitted.failures { commitFailures[failure.error.reason, default: 0] += 1 }
            facts.commits = .read(admitted)
            if reading.isCarried { facts.commitsRead = reading.read }
        case .failure(let error):
            facts.commits = .unavailable(error.reason)
            if !reading.isCarried { noteStaleness(error.reason) }
        }
        if let followed { facts.add(followed) }
        finish(facts)
    }

    mutating func finish(_ facts: GroupFacts) {
        note(topicsOf: facts)
        groups.append(facts)
    }

    /// Whether a group that is not listed is still there.
    private func keep(_ id: GroupID, with offsets: CommittedOffsets, registry: inout GroupRegistry) -> Bool {
        guard offsets.topics.isEmpty, offsets.failures.isEmpty else {
            registry.confirm(id)
            return true
        }
        return !registry.deny(id)
    }

    /// State, kind and members, from the listing and the description together.
    private func addIdentity(
        of reading: GroupReader.Reading, to facts: inout GroupFacts, registry: inout GroupRegistry
    ) {
        guard case .listed(let listing, _) = reading.entry.presence else { return }
        facts.state = listing.state
        facts.protocolType = listing.isSimple ? "" : "consumer"
        if listing.isSimple || listing.state == .empty { facts.members = [] }
        guard let description = reading.description, description.error == nil else { return }
        let isForeign = description.state == .dead || description.state == .unknown
        if let type = description.type ?? (listing.isSimple ? nil : isForeign ? .consumer : .classic) {
            facts.type = type
            registry.learn(type, of: reading.entry.id)
        }
        guard !isForeign else { return }
        facts.state = description.state
        facts.assignor = description.assignor
        facts.members = description.members
    }

    func filtered(_ offsets: CommittedOffsets) -> CommittedOffsets {
        var kept = offsets
        kept.topics = offsets.topics.filter { settings.admitsTopic($0.name) }
        kept.failures = offsets.failures.filter { settings.admitsTopic($0.topic) }
        return kept
    }

    private mutating func note(topicsOf facts: GroupFacts) {
        var names: [TopicName]
        switch facts.commits {
        case .read(let offsets): names = offsets.topics.map(\.name)
        case .unavailable: names = topicsBefore[facts.id] ?? []
        }
        topicsOfGroups[facts.id] = names
        let assigned = facts.members?.flatMap { $0.assignment.map(\.topic) } ?? []
        names += Set(assigned).filter(settings.admitsTopic)
        topicsInUse.formUnion(names)
        if facts.wantsStableLag { stableTopics.formUnion(names) }
    }

    private mutating func noteStaleness(_ reason: ClusterError.Reason) {
        switch reason {
        case .notCoordinator, .coordinatorUnavailable, .timedOut, .brokerUnavailable: isMetadataStale = true
        case .authenticationFailed, .tlsFailed, .nameNotResolved, .clusterUnauthorized, .groupUnauthorized,
            .topicUnauthorized, .coordinatorLoading, .leaderUnavailable, .notLeader, .unknownTopicOrPartition,
            .unstableOffset, .offsetOutOfRange, .instanceFenced, .notAConsumerGroup, .unsupported, .closed,
            .cancelled, .invalidRequest, .noCommits, .offsetsTopicBehind, .requestBudget, .other:
            break
        }
    }
}
