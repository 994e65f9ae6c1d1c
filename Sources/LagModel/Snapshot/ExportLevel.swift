package import ClusterAccess

/// How fine the series of a group or topic are exported, the finest first.
package enum ExportLevel: String, CaseIterable, Comparable, Hashable, Sendable {
    case partition, topic, group
    /// Only the few facts about a whole group (or topic) that nothing takes away.
    case summary

    /// The level that the configuration gives.
    package init(_ granularity: Granularity) {
        switch granularity {
        case .partition: self = .partition
        case .topic: self = .topic
        case .group: self = .group
        }
    }

    /// 0 for the finest.
    package var depth: Int {
        switch self {
        case .partition: 0
        case .topic: 1
        case .group: 2
        case .summary: 3
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.depth < right.depth }
}

/// Numbers of series by the level that their families belong to.
package struct SeriesCounts: Hashable, Sendable {
    /// Series that are exported at level `partition` only, and so on.
    package var partition: Int
    package var topic: Int
    package var group: Int
    /// Series that are exported at every level.
    package var summary: Int

    package init(partition: Int = 0, topic: Int = 0, group: Int = 0, summary: Int = 0) {
        self.partition = partition
        self.topic = topic
        self.group = group
        self.summary = summary
    }

    package subscript(level: ExportLevel) -> Int {
        get {
            switch level {
            case .partition: partition
            case .topic: topic
            case .group: group
            case .summary: summary
            }
        }
        set {
            switch level {
            case .partition: partition = newValue
            case .topic: topic = newValue
            case .group: group = newValue
            case .summary: summary = newValue
            }
        }
    }

    package var total: Int { partition + topic + group + summary }

    /// Those that are exported at `level`.
    package func exported(at level: ExportLevel) -> SeriesCounts {
        var counts = self
        for finer in ExportLevel.allCases where finer < level { counts[finer] = 0 }
        return counts
    }

    /// Those that are not.
    package func folded(at level: ExportLevel) -> SeriesCounts {
        var counts = self
        for coarser in ExportLevel.allCases where coarser >= level { counts[coarser] = 0 }
        return counts
    }

    package static func + (left: Self, right: Self) -> Self {
        SeriesCounts(
            partition: left.partition + right.partition, topic: left.topic + right.topic,
            group: left.group + right.group, summary: left.summary + right.summary)
    }

    package static func += (left: inout Self, right: Self) { left = left + right }
}
