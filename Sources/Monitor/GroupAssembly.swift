import ClusterAccess
import GroupJournal
import LagModel

/// Turns what coordinators and the offsets topic said into facts for the ledger, and notes which topics they
/// are about.
///
/// It lives from round to round. Groups are added in ascending order of their ids between ``begin()`` and
/// ``end()``. A group of which nothing has changed keeps its facts; what equals the last round's shares its
/// arrays.
struct GroupAssembly {
    /// What the facts of a group were made of; parallel to ``groups``.
    private struct Mark {
        /// Of the registry's entry; negative where the facts are not to be used again.
        var entry: Int64 = -1
        /// Of what the offsets topic tells; 0 where that is nothing.
        var followed: Int64 = 0
        /// Topics with commits, or with those that could last be read.
        var committed: [TopicName] = []
        /// The same and those that members are assigned, each once.
        var used: [TopicName] = []
        /// All topics that it was told of are wanted.
        var isWhole = false
    }

    let settings: RoundSettings
    /// Ascending by id.
    private(set) var groups: [GroupFacts] = []
    private var marks: [Mark] = []
    /// How many groups this round has added.
    private var count = 0
    /// The last round's groups from ``count`` on, once one has come or gone; ascending.
    private var waiting: [(facts: GroupFacts, mark: Mark)]?
    private var nextWaiting = 0
    /// Rounds so far, and which groups of this one may be others than in the last one.
    private(set) var news = FactsNews(round: 0, groups: nil)
    private(set) var uses = TopicUses()
    /// Partitions that coordinators named with an error instead of an offset.
    private(set) var commitFailures: [ClusterError.Reason: Int] = [:]
    /// A coordinator was not where it was expected.
    private(set) var isMetadataStale = false

    init(settings: RoundSettings) { self.settings = settings }

    /// Topics that some group uses.
    var topicsInUse: Set<TopicName> { uses.inUse }
    /// Topics whose last stable offset some group needs.
    var stableTopics: Set<TopicName> { uses.stable }

    /// Begins a round.
    mutating func begin() {
        count = 0
        news = FactsNews(round: news.round + 1, groups: [])
        commitFailures = [:]
        isMetadataStale = false
    }

    /// Ends a round: groups that it has not added are gone.
    mutating func end() {
        if let rest = waiting {
            for place in nextWaiting..<rest.count { drop(rest[place].facts, rest[place].mark) }
        } else {
            if count < groups.count { news.groups = nil }
            for place in count..<groups.count { drop(groups[place], marks[place]) }
            groups.removeSubrange(count...)
            marks.removeSubrange(count...)
        }
        waiting = nil
        nextWaiting = 0
    }

    private mutating func drop(_ facts: GroupFacts, _ mark: Mark) {
        uses.replace(mark.used, by: [], isStable: facts.wantsStableLag)
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
        add(facts)
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
        let areWanted = offsets.topics.allSatisfy { settings.admitsTopic($0.name) }
        guard !areWanted || !offsets.failures.isEmpty else { return offsets }
        var kept = offsets
        kept.topics = offsets.topics.filter { settings.admitsTopic($0.name) }
        kept.failures = offsets.failures.filter { settings.admitsTopic($0.topic) }
        return kept
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

// MARK: - Rows

extension GroupAssembly {
    /// Adds a group with the facts of the last round, if it is the next in turn and they were made of the
    /// same entry and the same `followed`; says whether it was.
    mutating func keep(_ id: GroupID, entry: Int64, followed: Int64) -> Bool {
        guard align(with: id), marks[count].entry == entry, marks[count].followed == followed else {
            return false
        }
        count += 1
        return true
    }

    /// Whether all topics of a group were wanted when it was last added, and these have the same names.
    func areKnownToBeWanted(_ offsets: CommittedOffsets, of id: GroupID) -> Bool {
        guard count < groups.count, groups[count].id == id, marks[count].isWhole,
            case .read(let known) = groups[count].commits, offsets.failures.isEmpty,
            known.topics.count == offsets.topics.count
        else { return false }
        return zip(known.topics, offsets.topics).allSatisfy { $0.name == $1.name }
    }

    /// Adds a group; `entry` and `followed` are the revisions that its facts were made of, `isWhole` whether
    /// all its topics are wanted.
    mutating func add(
        _ facts: GroupFacts, entry: Int64 = -1, followed: Int64 = 0, isWhole: Bool = false
    ) {
        var mark = Mark(entry: entry, followed: followed, isWhole: isWhole)
        guard align(with: facts.id) else {
            note(facts, &mark, before: nil)
            groups.append(facts)
            marks.append(mark)
            count += 1
            return
        }
        news.groups?.append(Int32(truncatingIfNeeded: count))
        let kept = facts.keeping(groups[count])
        note(kept, &mark, before: (groups[count], marks[count]))
        groups[count] = kept
        marks[count] = mark
        count += 1
    }

    /// Brings the last round's facts of a group to the place of the next; says whether there are any.
    ///
    /// Where groups have come or gone, those behind wait until they are met.
    private mutating func align(with id: GroupID) -> Bool {
        if waiting == nil {
            if count < groups.count, groups[count].id == id { return true }
            news.groups = nil
            waiting = zip(groups[count...], marks[count...]).map { ($0, $1) }
            nextWaiting = 0
            groups.removeSubrange(count...)
            marks.removeSubrange(count...)
        }
        guard count == groups.count else { return groups[count].id == id }
        while let waiting, nextWaiting < waiting.count, waiting[nextWaiting].facts.id < id {
            drop(waiting[nextWaiting].facts, waiting[nextWaiting].mark)
            nextWaiting += 1
        }
        guard let waiting, nextWaiting < waiting.count, waiting[nextWaiting].facts.id == id else {
            return false
        }
        groups.append(waiting[nextWaiting].facts)
        marks.append(waiting[nextWaiting].mark)
        nextWaiting += 1
        return true
    }

    /// Counts the topics that a group uses.
    private mutating func note(
        _ facts: GroupFacts, _ mark: inout Mark, before: (facts: GroupFacts, mark: Mark)?
    ) {
        let old = before?.mark.committed ?? []
        var isSame = before != nil
        mark.committed = old
        if case .read(let offsets) = facts.commits {
            let areSame =
                offsets.topics.count == old.count && zip(offsets.topics, old).allSatisfy { $0.name == $1 }
            if !areSame { mark.committed = offsets.topics.map(\.name) }
            isSame = isSame && areSame
        }
        if let before, isSame, before.facts.members == facts.members {
            mark.used = before.mark.used
            return
        }
        mark.used = mark.committed
        var names = Set(mark.used)
        for member in facts.members ?? [] {
            for share in member.assignment where names.insert(share.topic).inserted {
                if settings.admitsTopic(share.topic) { mark.used.append(share.topic) }
            }
        }
        uses.replace(before?.mark.used ?? [], by: mark.used, isStable: facts.wantsStableLag)
    }
}
