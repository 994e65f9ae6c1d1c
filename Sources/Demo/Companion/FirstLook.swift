import ClusterAccess
package import LagModel

/// The table "a first look at the groups", from the snapshot that the exporter serves; pure.
package enum FirstLook {
    /// One line for each group, in the order of their names.
    package static func table(of snapshot: ClusterSnapshot) -> String {
        let header = ["GROUP", "STATE", "MEMBERS", "LAG", "GROWTH/S", "LOST", "WHAT IS GOING ON"]
        let groups = snapshot.groups.sorted { $0.id < $1.id }
        let rows = groups.map(row(of:))
        return layOut([header] + rows, alignedRight: [2, 3, 4, 5])
    }

    private static func row(of group: GroupSnapshot) -> [String] {
        let members = group.members.map { String($0.members.count) } ?? "-"
        let lag = group.totals?.lag.map { String($0) } ?? "-"
        let growth = group.lagGrowth.map(signed) ?? "-"
        let state = group.state?.rawValue ?? "-"
        return [
            group.id.rawValue, state, members, lag, growth, String(lost(by: group)), story(of: group),
        ]
    }

    /// What the numbers of a group amount to, in a few words.
    package static func story(of group: GroupSnapshot) -> String {
        if let reason = group.unavailable {
            return reason == .noCommits ? "has committed nothing yet" : "unreadable: \(reason.rawValue)"
        }
        guard let totals = group.totals, let lag = totals.lag else { return "some partitions are unknown" }
        let members = group.members?.members.count ?? 0
        let growth = group.lagGrowth ?? 0
        if lost(by: group) > 0 { return "loses records: deleted before it read them" }
        if members == 0 { return lag > 0 ? "stopped: nobody reads what waits" : "stopped" }
        if group.rebalancesObserved >= 2 {
            return "rebalances: \(group.rebalancesObserved) times since the start"
        }
        if let idle = group.members?.idleCount, idle > 0 {
            return "keeps up, \(idle) of \(members) members idle"
        }
        if totals.partitions > 1, growth > 1, (totals.lagMax ?? 0) > lag / 4 * 3 {
            return "one partition is stuck, the others keep up"
        }
        if growth > 1 { return "falls behind" }
        if growth < -1 { return "catches up" }
        return "keeps up"
    }

    /// Records deleted before the group read them, over all topics.
    private static func lost(by group: GroupSnapshot) -> Int64 {
        group.topics.reduce(0) { $0.saturatingAdd($1.counters.lost) }
    }

    /// A rate with its sign and one decimal.
    private static func signed(_ value: Double) -> String {
        guard let tenths = Int64(exactly: (value * 10).rounded()) else { return "-" }
        let sign = tenths > 0 ? "+" : tenths < 0 ? "-" : ""
        return "\(sign)\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
    }

    private static func layOut(_ rows: [[String]], alignedRight: Set<Int>) -> String {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            let cells = row.enumerated().map { column, text in
                let padding = String(repeating: " ", count: widths[column] - text.count)
                return alignedRight.contains(column) ? padding + text : text + padding
            }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
        return lines.joined(separator: "\n")
    }
}
