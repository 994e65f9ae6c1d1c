import ClusterAccess

/// Knows which groups there are, from listings that may be late, partial or contradictory.
///
/// A listing that lacks a group proves nothing: a loading or dead broker lists nothing for seconds. A group
/// is forgotten only after a healthy coordinator has said in two successive rounds that it is neither
/// listed nor has commits.
struct GroupRegistry {
    /// Rounds in a row in which a healthy coordinator must deny a group before it is forgotten.
    static let confirmationsToForget = 2
    /// Rounds after which a group is forgotten whose coordinator left the cluster and cannot be computed,
    /// while every broker lists its groups in full.
    static let roundsToForgetOrphans = 6

    /// One known group and where to ask about it in this round.
    struct Entry: Sendable {
        var id: GroupID
        var presence: Presence
        /// Kept from earlier rounds, since only a description tells it on an old client library.
        var type: GroupType?
        fileprivate var denials = 0

        init(id: GroupID, presence: Presence, type: GroupType? = nil) {
            self.id = id
            self.presence = presence
            self.type = type
        }

        var coordinator: BrokerID? {
            switch presence {
            case .listed(_, let broker), .missing(let broker): broker
            case .unreachable(let broker, _): broker
            }
        }
    }

    enum Presence: Sendable {
        /// In its coordinator's list.
        case listed(GroupListing, BrokerID)
        /// Its coordinator answered and does not list it: ask whether it has commits.
        case missing(BrokerID)
        /// Its coordinator did not answer, or only in part.
        case unreachable(BrokerID?, ClusterError.Reason)
    }

    private var entries: [GroupID: Entry] = [:]

    /// Takes in what every broker answered, and says which groups to read in this round, ascending by id.
    ///
    /// `coordinator` computes a group's coordinator from the leaders of `__consumer_offsets`, where it can: a
    /// broker that was stalled answers for seconds as if it still were the coordinator, and then the two
    /// disagree.
    mutating func reconcile(
        listings: [BrokerID: Result<GroupListingReply, ClusterError>],
        admits: (GroupID) -> Bool, coordinator: (GroupID) -> BrokerID?
    ) -> [Entry] {
        var listed: [GroupID: (listing: GroupListing, broker: BrokerID)] = [:]
        for (broker, result) in listings.sorted(by: { $0.key < $1.key }) {
            guard case .success(let reply) = result else { continue }
            for listing in reply.groups where listing.state != .dead && admits(listing.group) {
                if let other = listed[listing.group] {
                    let named = coordinator(listing.group) ?? entries[listing.group]?.coordinator
                    guard named == broker, other.broker != broker else { continue }
                }
                listed[listing.group] = (listing, broker)
            }
        }
        for (group, found) in listed {
            var entry = entries[group] ?? Entry(id: group, presence: .listed(found.listing, found.broker))
            entry.presence = .listed(found.listing, found.broker)
            entry.type = found.listing.type ?? (found.listing.isSimple ? .simple : entry.type)
            if entry.type == .simple, !found.listing.isSimple { entry.type = nil }
            entry.denials = 0
            entries[group] = entry
        }
        let areListingsWhole = listings.values.allSatisfy { result in
            if case .success(let reply) = result { reply.partialError == nil } else { false }
        }
        for group in Array(entries.keys) where listed[group] == nil {
            let computed = coordinator(group)
            let broker = computed ?? entries[group]?.coordinator
            entries[group]?.presence = Self.presenceOfUnlisted(broker, listings: listings)
            let isOrphan = computed == nil && broker.map { listings[$0] == nil } ?? true
            if isOrphan, areListingsWhole { entries[group]?.denials += 1 }
            if isOrphan, let entry = entries[group], entry.denials >= Self.roundsToForgetOrphans {
                entries[group] = nil
            }
        }
        return entries.values.sorted { $0.id < $1.id }
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

    /// A healthy coordinator has neither listed the group nor any commit of it: after the second time it is
    /// gone.
    ///
    /// Returns whether the group was forgotten.
    mutating func deny(_ group: GroupID) -> Bool {
        entries[group]?.denials += 1
        guard let entry = entries[group], entry.denials >= Self.confirmationsToForget else { return false }
        entries[group] = nil
        return true
    }

    /// The group is missing from the list and yet has commits, so it lives.
    mutating func confirm(_ group: GroupID) { entries[group]?.denials = 0 }

    /// The offsets topic has positively told that the group is gone, or another replica watches it.
    mutating func forget(_ group: GroupID) { entries[group] = nil }

    /// A group that the offsets topic tells of and no broker lists: it is known from now on.
    mutating func adopt(_ group: GroupID, type: GroupType, coordinator: BrokerID) {
        guard entries[group] == nil else { return }
        entries[group] = Entry(id: group, presence: .missing(coordinator), type: type)
    }

    /// Keeps what a description told about a group's kind.
    mutating func learn(_ type: GroupType, of group: GroupID) { entries[group]?.type = type }
}
