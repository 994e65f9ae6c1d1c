import ClusterAccess
import Foundation
import Incidents

/// The state file: what has to be remembered over a restart, as JSON with a version.
struct StoredState: Codable, Sendable {
    static let currentVersion = 1

    var version = Self.currentVersion
    var incidents: [OpenIncident] = []
    /// Notices that some sink has not taken yet, oldest first.
    var outbox: [Waiting] = []

    struct OpenIncident: Codable, Sendable {
        var incident: StoredIncident
        /// When it was last told, in milliseconds since 1970.
        var toldAt: Int64
    }

    struct Waiting: Codable, Sendable {
        var sink: String
        var event: String
        var at: Int64
        var incident: StoredIncident
    }
}

/// An incident in the state file; times are nanoseconds since 1970.
struct StoredIncident: Codable, Sendable {
    var rule: String
    var cluster: String
    var group: String?
    var severity: String
    var quantity: String
    var labels: [String: String]
    var openedAt: Int64
    var sequence: Int64
    var groups: [Group]
    var closedAt: Int64?
    var closeReason: String?

    /// What is shown of a group; numbers that are read back are shown, not judged.
    struct Group: Codable, Sendable {
        var group: String
        var since: Int64
        var status: String?
        var lag: Int64?
        var lagMilliseconds: Int64?
        var lossMarginMilliseconds: Int64?
    }

    init(_ incident: Incident) {
        rule = incident.key.rule
        cluster = incident.key.cluster
        group = incident.key.group
        severity = incident.severity
        quantity = incident.quantity.rawValue
        labels = incident.labels
        openedAt = incident.openedAt.nanosecondsSince1970
        sequence = incident.sequence
        groups = incident.groups.map { group in
            Group(
                group: group.condition.group, since: group.since.nanosecondsSince1970,
                status: group.condition.status?.rawValue, lag: group.condition.lag,
                lagMilliseconds: group.condition.lagAge.map(Self.milliseconds),
                lossMarginMilliseconds: group.condition.lossMargin.map(Self.milliseconds))
        }
        closedAt = incident.closing?.at.nanosecondsSince1970
        closeReason = incident.closing?.reason.rawValue
    }

    /// `nil` where a word is not known, as in a file that somebody has edited.
    var incident: Incident? {
        guard let quantity = Trigger.Quantity(rawValue: quantity) else { return nil }
        var incident = Incident(
            key: .init(rule: rule, cluster: cluster, group: group), severity: severity, quantity: quantity,
            labels: labels, openedAt: WallTime(nanosecondsSince1970: openedAt), sequence: sequence)
        incident.groups = groups.map { group in
            Incident.AffectedGroup(
                since: WallTime(nanosecondsSince1970: group.since),
                condition: GroupCondition(
                    group: group.group, status: group.status.flatMap(GroupCondition.Status.init(rawValue:)),
                    lag: group.lag, lagAge: group.lagMilliseconds.map { .milliseconds($0) },
                    lossMargin: group.lossMarginMilliseconds.map { .milliseconds($0) }))
        }
        if let closedAt {
            guard let reason = closeReason.flatMap(CloseReason.init(rawValue:)) else { return nil }
            incident.closing = .init(at: WallTime(nanosecondsSince1970: closedAt), reason: reason)
        }
        return incident
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds.multipliedReportingOverflow(by: 1000).partialValue
            .saturatingAdd(attoseconds / 1_000_000_000_000_000)
    }
}
