import ClusterAccess
import GroupJournal
import LagModel

/// Where each group of a round is read from, ascending by id.
struct RoundPlan: Sendable {
    /// One group.
    struct Step: Sendable {
        /// Its place among ``entries``.
        var entry: Int
        /// Its place among the followed groups; `nil` where the offsets topic tells nothing of it now.
        var group: Int?
        var source: Source
    }

    enum Source: Hashable, Sendable {
        /// The offsets topic.
        case followed
        /// Its coordinator is asked for commits.
        case asked
        /// Nobody can tell its commits.
        case unavailable(ClusterError.Reason)
    }

    /// What the registry knows, and behind it what it has learnt by this plan.
    fileprivate(set) var entries: [GroupRegistry.Entry]
    fileprivate(set) var steps: [Step] = []

    /// Groups whose coordinators are asked, those of `compared` (ascending) among them, and of which of
    /// these nobody else tells the members.
    func asked(_ compared: [GroupID]) -> (entries: [GroupRegistry.Entry], described: Set<GroupID>) {
        var asked: [GroupRegistry.Entry] = []
        var described: Set<GroupID> = []
        var next = 0
        for step in steps {
            let isCompared = next < compared.count && compared[next] == entries[step.entry].id
            if isCompared { next += 1 }
            guard isCompared || step.source == .asked else { continue }
            asked.append(entries[step.entry])
            if step.source == .asked, step.group == nil { described.insert(entries[step.entry].id) }
        }
        return (asked, described)
    }
}

/// Plans rounds, and remembers how the registry's groups and those of the offsets topic belong together.
///
/// Both lists are ascending. As long as nothing comes or goes in either, no name is compared or looked up.
struct RoundPlanner {
    /// A group of one of the lists, or of both.
    private struct Meeting {
        var entry: Int?
        var group: Int?
        /// Of the offsets topic, by the group's name; `nil` while its size is unknown.
        var partition: PartitionID?
    }

    /// What the meetings depend on.
    private struct Basis: Equatable {
        var registry: Int64
        var groups: Int64
        var partitionCount: Int
    }

    private var meetings: [Meeting] = []
    private var basis: Basis?

    /// Decides for every group; groups that are gone or another replica's are forgotten, and those that only
    /// the offsets topic knows are made known to `registry`, whose list `entries` is.
    mutating func plan(
        _ entries: [GroupRegistry.Entry], followed: FollowedRound, topology: ClusterTopology,
        isSharded: Bool, registry: inout GroupRegistry
    ) -> RoundPlan {
        meet(entries, followed, registry.membership)
        let isOurs = !isSharded || !followed.status.partitions.isEmpty
        var plan = RoundPlan(entries: entries)
        plan.steps.reserveCapacity(meetings.count)
        let groups = followed.groups.groups
        for meeting in meetings {
            let group = meeting.group.flatMap { followed.isUsed(at: groups[$0].partition) ? $0 : nil }
            let state = followed.state(at: meeting.partition)
            guard let entry = meeting.entry else {
                guard let group else { continue }
                let (id, type) = (groups[group].id, groups[group].type)
                guard let broker = topology.coordinator(of: id) else { continue }
                registry.adopt(id, type: type, coordinator: broker)
                plan.steps.append(
                    .init(
                        entry: plan.entries.count, group: group,
                        source: state == .blocked ? .asked : .followed))
                plan.entries.append(.init(id: id, presence: .missing(broker), type: type))
                continue
            }
            switch state {
            case .elsewhere: registry.forget(at: entry)
            case .current:
                if group != nil || entries[entry].isListed {
                    plan.steps.append(.init(entry: entry, group: group, source: .followed))
                } else {
                    registry.forget(at: entry)
                }
            case .blocked: plan.steps.append(.init(entry: entry, group: group, source: .asked))
            case .loading, .unavailable:
                if !followed.isHybrid {
                    let reason = followed.reason(at: meeting.partition)
                    plan.steps.append(.init(entry: entry, group: group, source: .unavailable(reason)))
                } else if isOurs {
                    plan.steps.append(.init(entry: entry, group: group, source: .asked))
                }
            }
        }
        return plan
    }

    /// Brings both lists together anew where one of them is another one than in the last round.
    private mutating func meet(
        _ entries: [GroupRegistry.Entry], _ followed: FollowedRound, _ membership: Int64
    ) {
        let count = followed.status.partitions.count
        let basis = Basis(
            registry: membership, groups: followed.groups.membership, partitionCount: count)
        guard basis != self.basis else { return }
        self.basis = basis
        let groups = followed.groups.groups
        meetings = []
        meetings.reserveCapacity(max(entries.count, groups.count))
        var next = 0
        func add(entry: Int?, group: Int?, _ id: GroupID) {
            let partition = CoordinatorPartition.of(id, count: count)
            meetings.append(Meeting(entry: entry, group: group, partition: partition))
        }
        for (place, entry) in entries.enumerated() {
            while next < groups.count, groups[next].id < entry.id {
                add(entry: nil, group: next, groups[next].id)
                next += 1
            }
            let isBoth = next < groups.count && groups[next].id == entry.id
            add(entry: place, group: isBoth ? next : nil, entry.id)
            if isBoth { next += 1 }
        }
        for place in next..<groups.count { add(entry: nil, group: place, groups[place].id) }
    }
}

extension GroupRegistry.Entry {
    /// Whether its coordinator lists it.
    var isListed: Bool { if case .listed = presence { true } else { false } }
}
