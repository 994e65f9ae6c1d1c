import ClusterAccess
package import LagModel

/// The table "a first look at the groups", from the snapshot that the exporter serves; pure.
package enum FirstLook {
    /// One line for each group, in the order of their names.
    ///
    /// `earlier` is a snapshot of some rounds before: the pace of reading since then tells growth from
    /// jitter.
    package static func table(of snapshot: ClusterSnapshot, since earlier: ClusterSnapshot) -> String {
        let header = ["GROUP", "STATE", "MEMBERS", "LAG", "GROWTH/S", "LOST", "WHAT IS GOING ON"]
        let groups = snapshot.groups.sorted { $0.id < $1.id }
        let before = Dictionary(earlier.groups.map { ($0.id, consumed(by: $0)) }) { first, _ in first }
        let time = snapshot.endOffsetsRead.monotonic - earlier.endOffsetsRead.monotonic
        let rows = groups.map { group in
            let read = consumed(by: group) - before[group.id, default: 0]
            return row(of: group, pace: time > .zero ? Double(read) / time.seconds : 0)
        }
        return layOut([header] + rows, alignedRight: [2, 3, 4, 5])
    }

    private static func row(of group: GroupSnapshot, pace: Double) -> [String] {
        let members = group.members.map { String($0.members.count) } ?? "-"
        let lag = group.totals?.lag.map { String($0) } ?? "-"
        let growth = group.lagGrowth.map(signed) ?? "-"
        let state = group.state?.rawValue ?? "-"
        return [
            group.id.rawValue, state, members, lag, growth, String(lost(by: group)),
            story(of: group, pace: pace),
        ]
    }

    /// What the numbers of a group amount to, in a few words; `pace` is what it reads in records per second.
    package static func story(of group: GroupSnapshot, pace: Double) -> String {
        if let reason = group.unavailable {
            return reason == .noCommits ? "has committed nothing yet" : "unreadable: \(reason.rawValue)"
        }
        guard let totals = group.totals, let lag = totals.lag else { return "some partitions are unknown" }
        let members = group.members?.members.count ?? 0
        // Commits come in steps, so lag swings by about a second's worth of records at any time.
        let isSteady = abs(group.lagGrowth ?? 0) <= max(1, pace * 0.15)
        let growth = isSteady ? 0 : group.lagGrowth ?? 0
        if lost(by: group) > 0 { return "loses records: deleted before it read them" }
        if members == 0 { return lag > 0 ? "stopped: nobody reads what waits" : "stopped" }
        if group.rebalances.count >= 2 {
            return "rebalances: \(group.rebalances.count) times since the start"
        }
        if let idle = group.members?.idleCount, idle > 0 {
            return "keeps up, \(idle) of \(members) members idle"
        }
        if growth > 0, Double(totals.lagMax ?? 0) > 2 * (totals.lagMean ?? 0) {
            return "one partition is stuck, the others keep up"
        }
        if growth > 0 { return "falls behind" }
        if growth < 0 { return "catches up" }
        return "keeps up"
    }

    /// Records deleted before the group read them, over all topics.
    private static func lost(by group: GroupSnapshot) -> Int64 {
        group.topics.reduce(0) { $0.saturatingAdd($1.counters.lost) }
    }

    /// Records read so far, over all topics.
    private static func consumed(by group: GroupSnapshot) -> Int64 {
        group.topics.reduce(0) { $0.saturatingAdd($1.counters.consumed) }
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
