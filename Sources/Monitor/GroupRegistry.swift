import ClusterAccess

/// Knows which groups there are, from listings that may be late, partial or contradictory.
///
/// A listing that lacks a group proves nothing: a loading or dead broker lists nothing for seconds. A group
/// is forgotten only after a healthy coordinator has said in two successive rounds that it is neither
/// listed nor has commits.
///
/// Groups stand in a sorted list from round to round. A broker that lists a group where it listed it before
/// costs one comparison, so a round in which nothing comes or goes looks no name up.
struct GroupRegistry {
    /// Rounds in a row in which a healthy coordinator must deny a group before it is forgotten.
    static let confirmationsToForget = 2
    /// Rounds after which a group is forgotten whose coordinator left the cluster and cannot be computed,
    /// while every broker lists its groups in full.
    static let roundsToForgetOrphans = 6

    /// One known group and where to ask about it in this round.
    struct Entry: Sendable {
        var id: GroupID
        var presence: Presence {
            didSet { isRebalancing = presence.isRebalancing }
        }
        /// Whether its coordinator calls it rebalancing.
        private(set) var isRebalancing: Bool
        /// Kept from earlier rounds, since only a description tells it on an old client library.
        var type: GroupType?
        fileprivate var denials = 0
        /// Another one whenever presence or type have changed.
        fileprivate(set) var revision: Int64 = 0

        init(id: GroupID, presence: Presence, type: GroupType? = nil) {
            self.id = id
            self.presence = presence
            isRebalancing = presence.isRebalancing
            self.type = type
        }

        var coordinator: BrokerID? {
            switch presence {
            case .listed(_, let broker), .missing(let broker): broker
            case .unreachable(let broker, _): broker
            }
        }
    }

    enum Presence: Hashable, Sendable {
        /// In its coordinator's list.
        case listed(GroupListing, BrokerID)
        /// Its coordinator answered and does not list it: ask whether it has commits.
        case missing(BrokerID)
        /// Its coordinator did not answer, or only in part.
        case unreachable(BrokerID?, ClusterError.Reason)
    }

    /// What is known of a group beside its entry; parallel to the entries.
    private struct Mark {
        /// The broker whose listing the entry shows as it last came, and the line; `nil` where it has to be
        /// taken in anew.
        var listedBy: BrokerID?
        var line = 0
        /// To be dropped with the next round, unless a broker lists it.
        var isForgotten = false
        /// Where this round's listings name it.
        var found: Found?
    }

    /// A line of a listing.
    private struct Found {
        /// Number of the reply, in ascending order of brokers.
        var reply: Int
        var line: Int
        var isAsBefore: Bool
    }

    /// A broker's newest listing, and where the groups in it stand.
    private struct Told {
        var groups: [GroupListing] = []
        /// Parallel to `groups`.
        var places: [Int] = []
    }

    /// Stands for the place of a group that is not wanted, or dead.
    private static let refused = -1
    /// Stands for the place of a group that has to be looked up.
    private static let unknown = -2

    /// Ascending by id.
    private var entries: [Entry] = []
    private var marks: [Mark] = []
    private var places: [GroupID: Int] = [:]
    private var told: [BrokerID: Told] = [:]
    /// Found since the last round by other means.
    private var adopted: [GroupID: Entry] = [:]
    private var revision: Int64 = 0
    /// Another one whenever a group has come or gone.
    private(set) var membership: Int64 = 0
    /// Groups that their coordinators call rebalancing in this round, ascending.
    private(set) var rebalancing: [GroupID] = []

    /// A broker's answer to this round.
    private struct Reply {
        var broker: BrokerID
        var groups: [GroupListing]
        var before: Told
    }

    /// Takes in what every broker answered, and says which groups to read in this round, ascending by id.
    ///
    /// `coordinator` computes a group's coordinator from the leaders of `__consumer_offsets`, where it can: a
    /// broker that was stalled answers for seconds as if it still were the coordinator, and then the two
    /// disagree. `admits` always says the same of a group.
    mutating func reconcile(
        listings: [BrokerID: Result<GroupListingReply, ClusterError>],
        admits: (GroupID) -> Bool, coordinator: (GroupID) -> BrokerID?
    ) -> [Entry] {
        if !adopted.isEmpty { rebuild(adding: adopted.values.sorted { $0.id < $1.id }) }
        adopted = [:]
        let replies = replies(among: listings)
        let arrivals = find(in: replies, admits: admits, coordinator: coordinator)
        for place in entries.indices {
            if let found = marks[place].found {
                show(place, replies[found.reply].groups[found.line], by: replies[found.reply].broker, found)
            } else {
                showUnlisted(place, listings: listings, computed: coordinator(entries[place].id))
            }
        }
        if !arrivals.isEmpty || marks.contains(where: \.isForgotten) { rebuild(adding: arrivals) }
        rebalancing = []
        for place in entries.indices where entries[place].isRebalancing {
            rebalancing.append(entries[place].id)
        }
        return entries
    }

    private func replies(
        among listings: [BrokerID: Result<GroupListingReply, ClusterError>]
    ) -> [Reply] {
        listings.sorted { $0.key < $1.key }.compactMap { broker, result in
            guard case .success(let reply) = result else { return nil }
            return Reply(broker: broker, groups: reply.groups, before: told[broker] ?? Told())
        }
    }

    /// Marks where known groups are listed, and returns those that are new, ascending.
    private mutating func find(
        in replies: [Reply], admits: (GroupID) -> Bool, coordinator: (GroupID) -> BrokerID?
    ) -> [Entry] {
        var new: [GroupID: (listing: GroupListing, broker: BrokerID)] = [:]
        var toldNow: [BrokerID: Told] = [:]
        for place in marks.indices { marks[place].found = nil }
        for number in replies.indices {
            let reply = replies[number]
            var isAllAsBefore = reply.before.groups.count == reply.groups.count
            var told = Told(groups: reply.groups, places: reply.before.places)
            if told.places.count > told.groups.count {
                told.places.removeLast(told.places.count - told.groups.count)
            }
            told.places.reserveCapacity(told.groups.count)
            for line in reply.groups.indices {
                let isKnownLine = line < reply.before.groups.count && told.places[line] != Self.unknown
                let isAsBefore = isKnownLine && reply.before.groups[line] == reply.groups[line]
                if !isAsBefore {
                    isAllAsBefore = false
                    let place = place(of: reply.groups[line], admits: admits)
                    if line < told.places.count {
                        told.places[line] = place
                    } else {
                        told.places.append(place)
                    }
                }
                let place = told.places[line]
                if place >= 0 {
                    note(place, .init(reply: number, line: line, isAsBefore: isAsBefore), replies) {
                        coordinator(reply.groups[line].group)
                    }
                } else if place == Self.unknown {
                    let listing = reply.groups[line]
                    if let other = new[listing.group] {
                        guard coordinator(listing.group) == reply.broker, other.broker != reply.broker else {
                            continue
                        }
                    }
                    new[listing.group] = (listing, reply.broker)
                }
            }
            // Names that are new in every round would lie elsewhere in memory every time.
            if isAllAsBefore { told.groups = reply.before.groups }
            toldNow[reply.broker] = told
        }
        told = toldNow
        return new.map { id, found in
            var entry = Entry(id: id, presence: .listed(found.listing, found.broker))
            entry.type = Self.type(of: found.listing, before: nil)
            return entry
        }
        .sorted { $0.id < $1.id }
    }

    private func place(of listing: GroupListing, admits: (GroupID) -> Bool) -> Int {
        guard listing.state != .dead, admits(listing.group) else { return Self.refused }
        return places[listing.group] ?? Self.unknown
    }

    /// A known group is listed; of two brokers that list it, the one that ought to be its coordinator counts.
    private mutating func note(
        _ place: Int, _ found: Found, _ replies: [Reply], coordinator: () -> BrokerID?
    ) {
        if let other = marks[place].found {
            let broker = replies[found.reply].broker
            let expected = coordinator() ?? (marks[place].isForgotten ? nil : entries[place].coordinator)
            guard expected == broker, replies[other.reply].broker != broker else { return }
        }
        marks[place].found = found
    }

    private mutating func show(_ place: Int, _ listing: GroupListing, by broker: BrokerID, _ found: Found) {
        let isForgotten = marks[place].isForgotten
        let isShown = found.isAsBefore && marks[place].line == found.line
        if isShown, marks[place].listedBy == broker, !isForgotten { return }
        marks[place].isForgotten = false
        marks[place].listedBy = broker
        marks[place].line = found.line
        set(
            place, .listed(listing, broker),
            type: Self.type(of: listing, before: isForgotten ? nil : entries[place].type), denials: 0)
    }

    private static func type(of listing: GroupListing, before: GroupType?) -> GroupType? {
        let type = listing.type ?? (listing.isSimple ? .simple : before)
        return type == .simple && !listing.isSimple ? nil : type
    }

    private mutating func showUnlisted(
        _ place: Int, listings: [BrokerID: Result<GroupListingReply, ClusterError>], computed: BrokerID?
    ) {
        guard !marks[place].isForgotten else { return }
        marks[place].listedBy = nil
        let entry = entries[place]
        let broker = computed ?? entry.coordinator
        let isOrphan = computed == nil && broker.map { listings[$0] == nil } ?? true
        let areListingsWhole =
            isOrphan
            && listings.values.allSatisfy { result in
                if case .success(let reply) = result { reply.partialError == nil } else { false }
            }
        let denials = entry.denials + (areListingsWhole ? 1 : 0)
        set(
            place, Self.presenceOfUnlisted(broker, listings: listings), type: entry.type, denials: denials)
        if isOrphan, denials >= Self.roundsToForgetOrphans { marks[place].isForgotten = true }
    }

    /// Writes only what is new, so that a list that a round still holds is not copied.
    private mutating func set(_ place: Int, _ presence: Presence, type: GroupType?, denials: Int) {
        if entries[place].denials != denials { entries[place].denials = denials }
        guard entries[place].presence != presence || entries[place].type != type else { return }
        revision += 1
        entries[place].presence = presence
        entries[place].type = type
        entries[place].revision = revision
    }

    private static func presenceOfUnlisted(
        _ broker: BrokerID?, listings: [BrokerID: Result<GroupListingReply, ClusterError>]
    ) -> Presence {
        guard let broker else { return .unreachable(nil, .coordinatorUnavailable) }
        switch listings[broker] {
        case nil: return .unreachable(broker, .coordinatorUnavailable)
        case .failure(let error): return .unreachable(broker, error.reason)
        case .success(let reply):
            if let partial = reply.partialError { return .unreachable(broker, partial.reason) }
            return .missing(broker)
        }
    }
}

// MARK: - Coming and going

extension GroupRegistry {
    /// Drops forgotten groups and takes in new ones, ascending.
    private mutating func rebuild(adding arrivals: [Entry]) {
        var (newEntries, newMarks): ([Entry], [Mark]) = ([], [])
        newEntries.reserveCapacity(entries.count + arrivals.count)
        newMarks.reserveCapacity(entries.count + arrivals.count)
        var moved = Array(repeating: Self.unknown, count: entries.count)
        var next = 0
        func add(before id: GroupID?) {
            while next < arrivals.count, id.map({ arrivals[next].id < $0 }) ?? true {
                var entry = arrivals[next]
                revision += 1
                entry.revision = revision
                newEntries.append(entry)
                newMarks.append(Mark())
                next += 1
            }
        }
        for place in entries.indices where !marks[place].isForgotten {
            add(before: entries[place].id)
            moved[place] = newEntries.count
            newEntries.append(entries[place])
            newMarks.append(marks[place])
        }
        add(before: nil)
        (entries, marks) = (newEntries, newMarks)
        places = Dictionary(entries.indices.map { (entries[$0].id, $0) }) { first, _ in first }
        for broker in Array(told.keys) {
            guard var told = told.removeValue(forKey: broker) else { continue }
            for line in told.places.indices where told.places[line] >= 0 {
                told.places[line] = moved[told.places[line]]
            }
            self.told[broker] = told
        }
        membership += 1
    }

    private mutating func change(_ group: GroupID, _ change: (inout Entry) -> Void) {
        if let place = places[group], !marks[place].isForgotten {
            change(&entries[place])
        } else if adopted[group] != nil {
            change(&adopted[group, default: Entry(id: group, presence: .unreachable(nil, .other))])
        }
    }

    private func entry(of group: GroupID) -> Entry? {
        if let place = places[group], !marks[place].isForgotten { return entries[place] }
        return adopted[group]
    }

    /// A healthy coordinator has neither listed the group nor any commit of it: after the second time it is
    /// gone.
    ///
    /// Returns whether the group was forgotten.
    mutating func deny(_ group: GroupID) -> Bool {
        change(group) { $0.denials += 1 }
        guard let entry = entry(of: group), entry.denials >= Self.confirmationsToForget else { return false }
        forget(group)
        return true
    }

    /// The group is missing from the list and yet has commits, so it lives.
    mutating func confirm(_ group: GroupID) {
        guard let entry = entry(of: group), entry.denials != 0 else { return }
        change(group) { $0.denials = 0 }
    }

    /// The offsets topic has positively told that the group is gone, or another replica watches it.
    mutating func forget(_ group: GroupID) {
        if let place = places[group] { forget(at: place) }
        adopted[group] = nil
    }

    /// The same of the entry at a place of the round's list.
    mutating func forget(at place: Int) {
        guard marks.indices.contains(place) else { return }
        marks[place].isForgotten = true
    }

    /// A group that the offsets topic tells of and no broker lists: it is known from now on.
    mutating func adopt(_ group: GroupID, type: GroupType, coordinator: BrokerID) {
        guard entry(of: group) == nil else { return }
        if let place = places[group] {
            marks[place].isForgotten = false
            marks[place].listedBy = nil
            set(place, .missing(coordinator), type: type, denials: 0)
        } else {
            adopted[group] = Entry(id: group, presence: .missing(coordinator), type: type)
        }
    }

    /// Keeps what a description told about a group's kind.
    mutating func learn(_ type: GroupType, of group: GroupID) {
        guard let entry = entry(of: group), entry.type != type else { return }
        revision += 1
        let new = revision
        change(group) { entry in
            entry.type = type
            entry.revision = new
        }
        if let place = places[group] { marks[place].listedBy = nil }
    }
}

extension GroupRegistry.Presence {
    fileprivate var isRebalancing: Bool {
        guard case .listed(let listing, _) = self else { return false }
        return listing.state.isRebalancing
    }
}
