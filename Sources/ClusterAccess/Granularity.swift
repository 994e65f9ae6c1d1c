/// Down to which level the series of a group are exported; raw values are what `--granularity` takes.
package enum Granularity: String, CaseIterable, Hashable, Sendable {
    case partition, topic, group
}

/// The granularity of every group: the first rule that matches, or else the default.
package struct GranularityRules: Hashable, Sendable {
    package var standard: Granularity
    /// How many partitions of a group are exported one by one, the worst; 0 for all.
    package var topPartitions: Int
    package var overrides: [Override]

    package init(standard: Granularity = .partition, topPartitions: Int = 0, overrides: [Override] = []) {
        self.standard = standard
        self.topPartitions = topPartitions
        self.overrides = overrides
    }

    package func granularity(of group: GroupID) -> Granularity {
        override(of: group)?.granularity ?? standard
    }

    /// How many partitions of the group are exported one by one; `nil` for all.
    package func topPartitions(of group: GroupID) -> Int? {
        let count = override(of: group)?.topPartitions ?? topPartitions
        return count > 0 ? count : nil
    }

    /// Whether any group may have partitions that are not exported one by one.
    package var limitsPartitions: Bool { topPartitions > 0 || overrides.contains { $0.topPartitions > 0 } }

    private func override(of group: GroupID) -> Override? {
        overrides.first { $0.groups.matches(group.rawValue) }
    }

    /// Groups that are exported at another level than the default.
    package struct Override: Hashable, Sendable {
        package var groups: NamePattern
        package var granularity: Granularity
        /// As in the rules.
        package var topPartitions: Int

        package init(groups: NamePattern, granularity: Granularity, topPartitions: Int = 0) {
            self.groups = groups
            self.granularity = granularity
            self.topPartitions = topPartitions
        }
    }
}
