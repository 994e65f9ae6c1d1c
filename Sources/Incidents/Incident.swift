package import ClusterAccess

/// Something that is wrong with a group, or with some groups of a cluster, from its opening to its close.
package struct Incident: Hashable, Sendable {
    package var key: Key
    package var severity: String
    package var quantity: Trigger.Quantity
    package var labels: [String: String]
    package var openedAt: WallTime
    /// Number of the newest notice, from 1; with ``id`` it names a notice once and for all.
    package var sequence: Int64
    /// Ascending by name; those that are bad now, and at the close those that were bad last.
    package var groups: [AffectedGroup]
    /// When and why it closed; `nil` while it is open.
    package var closing: Closing?

    package init(
        key: Key, severity: String, quantity: Trigger.Quantity, labels: [String: String] = [:],
        openedAt: WallTime, sequence: Int64 = 0, groups: [AffectedGroup] = [], closing: Closing? = nil
    ) {
        self.key = key
        self.severity = severity
        self.quantity = quantity
        self.labels = labels
        self.openedAt = openedAt
        self.sequence = sequence
        self.groups = groups
        self.closing = closing
    }

    /// What makes two incidents the same one.
    package struct Key: Hashable, Sendable {
        package var rule: String
        package var cluster: String
        /// `nil` where all groups of a cluster are one incident.
        package var group: String?

        package init(rule: String, cluster: String, group: String?) {
            self.rule = rule
            self.cluster = cluster
            self.group = group
        }

        var order: (String, String, String) { (rule, cluster, group ?? "") }
    }

    /// A group of the incident, with what was known of it when the incident was last told.
    package struct AffectedGroup: Hashable, Sendable {
        package var since: WallTime
        package var condition: GroupCondition

        package init(since: WallTime, condition: GroupCondition) {
            self.since = since
            self.condition = condition
        }
    }

    package struct Closing: Hashable, Sendable {
        package var at: WallTime
        package var reason: CloseReason

        package init(at: WallTime, reason: CloseReason) {
            self.at = at
            self.reason = reason
        }
    }

    /// The same for as long as the incident stands, across restarts, and for no other.
    package var id: String {
        let moment = openedAt.nanosecondsSince1970 / 1_000_000
        return [key.rule, key.cluster, key.group].compactMap { $0 }.joined(separator: "/") + "@\(moment)"
    }
}

/// Why an incident closed; raw values are what sinks are told.
package enum CloseReason: String, CaseIterable, Hashable, Sendable {
    /// The verdict was good for long enough.
    case recovered
    /// The group has not been seen for the configured time.
    case gone
    /// The configuration no longer has the rule, or the rule no longer concerns the group.
    case notWatched = "not_watched"
}

/// Something to be told of an incident.
package struct Notice: Hashable, Sendable {
    package var event: Event
    /// The incident as it stood at ``at``.
    package var incident: Incident
    package var at: WallTime
    /// Names of the sinks that hear of it.
    package var sinks: [String]

    package init(event: Event, incident: Incident, at: WallTime, sinks: [String]) {
        self.event = event
        self.incident = incident
        self.at = at
        self.sinks = sinks
    }

    /// Raw values are what sinks are told.
    package enum Event: String, CaseIterable, Hashable, Sendable {
        case opened
        /// Other groups are affected than before.
        case changed
        /// Still open after the repeat interval.
        case repeated
        case resolved
        /// Asked for on the command line.
        case test

        /// Whether a newer notice of the same incident says all that this one says.
        package var isSuperseded: Bool { self == .changed || self == .repeated }
    }
}
