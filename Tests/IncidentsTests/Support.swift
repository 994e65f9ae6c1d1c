import ClusterAccess

@testable import Incidents

/// A moment so many seconds after the beginning of the story.
func moment(_ seconds: Double) -> Moment {
    Moment(
        wall: WallTime(nanosecondsSince1970: 1_700_000_000_000_000_000 + Int64(seconds * 1e9)),
        monotonic: MonotonicTime(sinceOrigin: .milliseconds(Int64(seconds * 1000))))
}

/// A rule about lag above 100 that closes at 50, told to the sink `pager`.
func lagRule(
    _ name: String = "lag", opensAfter: Duration = .zero, closesAfter: Duration = .zero,
    grouping: IncidentRule.Grouping = .group, repeatInterval: Duration = .zero
) -> IncidentRule {
    var rule = IncidentRule(name: name, trigger: .lag(.init(open: 100, close: 50)))
    rule.opensAfter = opensAfter
    rule.closesAfter = closesAfter
    rule.grouping = grouping
    rule.repeatInterval = repeatInterval
    rule.sinks = ["pager"]
    return rule
}

func engine(_ rules: IncidentRule..., goneAfter: Duration = .seconds(60)) -> IncidentEngine {
    IncidentEngine(.init(rules: rules, goneAfter: goneAfter, rebalanceWindow: .seconds(60)))
}

/// What a notice says, short enough for tables.
func said(_ notices: [Notice]) -> [String] {
    notices.map { notice in
        let reason = notice.incident.closing.map { " \($0.reason.rawValue)" } ?? ""
        let groups = notice.incident.groups.map(\.condition.group).joined(separator: "+")
        return "\(notice.event.rawValue) \(groups)\(reason)"
    }
}
