import ClusterAccess

/// A notice as templates see it: a value for each placeholder.
package struct NoticeFields: Sendable {
    package let notice: Notice
    /// Where people find this exporter; empty where it is not configured.
    package let externalURL: String

    package init(_ notice: Notice, externalURL: String = "") {
        self.notice = notice
        self.externalURL = externalURL
    }

    /// Every placeholder, in the order of the standard document.
    package static let names = [
        "id", "sequence", "event", "reason", "rule", "severity", "cluster", "group", "summary", "quantity",
        "status", "lag", "lag_seconds", "rebalances_per_minute", "loss_margin_seconds", "groups",
        "group_count", "labels", "opened_at", "closed_at", "time", "url",
    ]

    /// The value of a placeholder; what is not known is `null`.
    package func value(of name: String) -> JSONTree {
        let incident = notice.incident
        switch name {
        case "id": return .string(incident.id)
        case "sequence": return .integer(incident.sequence)
        case "event": return .string(notice.event.rawValue)
        case "reason": return .text(incident.closing?.reason.rawValue)
        case "rule": return .string(incident.key.rule)
        case "severity": return .string(incident.severity)
        case "cluster": return .string(incident.key.cluster)
        case "group": return .text(incident.key.group)
        case "summary": return .string(summary)
        case "quantity": return .string(incident.quantity.rawValue)
        case "groups": return .array(incident.groups.map(Self.group))
        case "group_count": return .integer(Int64(incident.groups.count))
        case "labels":
            let labels = incident.labels.sorted { $0.key < $1.key }
            return .object(labels.map { .init($0.key, .string($0.value)) })
        case "opened_at": return .string(Timestamp.text(incident.openedAt))
        case "closed_at": return .text(incident.closing.map { Timestamp.text($0.at) })
        case "time": return .string(Timestamp.text(notice.at))
        case "url": return externalURL.isEmpty ? .null : .string(externalURL)
        default:
            guard let only = incident.groups.first, incident.groups.count == 1 else { return .null }
            return Self.number(name, of: only.condition)
        }
    }

    private static func group(_ group: Incident.AffectedGroup) -> JSONTree {
        let numbers = ["status", "lag", "lag_seconds", "rebalances_per_minute", "loss_margin_seconds"]
        return .object(
            [
                .init("group", .string(group.condition.group)),
                .init("since", .string(Timestamp.text(group.since))),
            ] + numbers.map { .init($0, number($0, of: group.condition)) })
    }

    private static func number(_ name: String, of condition: GroupCondition) -> JSONTree {
        switch name {
        case "status": .text(condition.status?.rawValue)
        case "lag": condition.lag.map(JSONTree.integer) ?? .null
        case "lag_seconds": condition.lagAge.map { .number($0.seconds) } ?? .null
        case "rebalances_per_minute": condition.rebalancesPerMinute.map(JSONTree.number) ?? .null
        case "loss_margin_seconds": condition.lossMargin.map { .number($0.seconds) } ?? .null
        default: .null
        }
    }

    /// One sentence for people.
    package var summary: String {
        let incident = notice.incident
        let who =
            if let group = incident.key.group {
                "group \(group) on cluster \(incident.key.cluster)"
            } else {
                "\(incident.groups.count) group\(incident.groups.count == 1 ? "" : "s") "
                    + "on cluster \(incident.key.cluster)"
            }
        switch notice.event {
        case .test: return "Test: this is what Lagwarden would tell about \(who)"
        case .resolved:
            let why =
                switch incident.closing?.reason {
                case .recovered, nil: "recovered"
                case .gone: "is gone"
                case .notWatched: "is no longer watched"
                }
            return "\(incident.key.rule): \(who) \(why)"
        case .opened, .changed, .repeated:
            let worst = incident.groups.compactMap { Self.measure(incident.quantity, $0.condition) }
            let what = worst.count == 1 ? ", " + worst[0] : ""
            return "\(incident.key.rule): \(who)\(what)"
        }
    }

    /// The watched quantity in words; `nil` where it is not known.
    private static func measure(_ quantity: Trigger.Quantity, _ condition: GroupCondition) -> String? {
        switch quantity {
        case .status: condition.status.map { "status \($0.rawValue)" }
        case .lag: condition.lag.map { "lag \($0) records" }
        case .lagSeconds: condition.lagAge.map { "\(whole($0)) s behind" }
        case .rebalancesPerMinute:
            condition.rebalancesPerMinute.map { "\(($0 * 100).rounded() / 100) rebalances a minute" }
        case .lossMargin: condition.lossMargin.map { "\(whole($0)) s until records are lost" }
        }
    }

    private static func whole(_ duration: Duration) -> Int64 { duration.components.seconds }
}
