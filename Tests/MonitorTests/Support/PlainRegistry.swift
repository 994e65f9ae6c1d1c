import ClusterAccess

@testable import Monitor

/// What ``GroupRegistry`` is to know, kept in a dictionary and walked in every round.
struct PlainRegistry {
    struct Entry: Equatable {
        var presence: GroupRegistry.Presence
        var type: GroupType?
        var denials = 0

        var coordinator: BrokerID? {
            switch presence {
            case .listed(_, let broker), .missing(let broker): broker
            case .unreachable(let broker, _): broker
            }
        }
    }

    typealias Listings = [BrokerID: Result<GroupListingReply, ClusterError>]

    private(set) var entries: [GroupID: Entry] = [:]

    mutating func reconcile(
        listings: Listings, admits: (GroupID) -> Bool, coordinator: (GroupID) -> BrokerID?
    ) {
        let listed = listed(listings, admits: admits, coordinator: coordinator)
        for (group, found) in listed {
            var entry = entries[group] ?? Entry(presence: .listed(found.listing, found.broker))
            entry.presence = .listed(found.listing, found.broker)
            entry.type = found.listing.type ?? (found.listing.isSimple ? .simple : entry.type)
            if entry.type == .simple, !found.listing.isSimple { entry.type = nil }
            entry.denials = 0
            entries[group] = entry
        }
        let areWhole = listings.values.allSatisfy { result in
            if case .success(let reply) = result { reply.partialError == nil } else { false }
        }
        for group in Array(entries.keys) where listed[group] == nil {
            let computed = coordinator(group)
            let broker = computed ?? entries[group]?.coordinator
            entries[group]?.presence = Self.unlisted(broker, listings)
            let isOrphan = computed == nil && broker.map { listings[$0] == nil } ?? true
            if isOrphan, areWhole { entries[group]?.denials += 1 }
            if isOrphan, (entries[group]?.denials ?? 0) >= GroupRegistry.roundsToForgetOrphans {
                entries[group] = nil
            }
        }
    }

    private func listed(
        _ listings: Listings, admits: (GroupID) -> Bool, coordinator: (GroupID) -> BrokerID?
    ) -> [GroupID: (listing: GroupListing, broker: BrokerID)] {
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
        return listed
    }

    private static func unlisted(_ broker: BrokerID?, _ listings: Listings) -> GroupRegistry.Presence {
        guard let broker else { return .unreachable(nil, .coordinatorUnavailable) }
        switch listings[broker] {
        case nil: return .unreachable(broker, .coordinatorUnavailable)
        case .failure(let error): return .unreachable(broker, error.reason)
        case .success(let reply):
            if let partial = reply.partialError { return .unreachable(broker, partial.reason) }
            return .missing(broker)
        }
    }

    mutating func deny(_ group: GroupID) -> Bool {
        entries[group]?.denials += 1
        guard (entries[group]?.denials ?? 0) >= GroupRegistry.confirmationsToForget else { return false }
        entries[group] = nil
        return true
    }

    mutating func confirm(_ group: GroupID) { entries[group]?.denials = 0 }

    mutating func forget(_ group: GroupID) { entries[group] = nil }

    mutating func adopt(_ group: GroupID, type: GroupType, coordinator: BrokerID) {
        guard entries[group] == nil else { return }
        entries[group] = Entry(presence: .missing(coordinator), type: type)
    }

    mutating func learn(_ type: GroupType, of group: GroupID) { entries[group]?.type = type }
}
