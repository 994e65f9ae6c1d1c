/// Down to which level the series of a group are exported; raw values are what `--granularity` takes.
package enum Granularity: String, CaseIterable, Hashable, Sendable {
    case partition, topic, group
}

/// The granularity of every group: the first rule that matches, or else the default.
package struct GranularityRules: Hashable, Sendable {
    package var standard: Granularity
    package var overrides: [Override]

    package init(standard: Granularity = .partition, overrides: [Override] = []) {
        self.standard = standard
        self.overrides = overrides
    }

    package func granularity(of group: GroupID) -> Granularity {
        overrides.first { $0.groups.matches(group.rawValue) }?.granularity ?? standard
    }

    /// Groups that are exported at another level than the default.
    package struct Override: Hashable, Sendable {
        package var groups: NamePattern
        package var granularity: Granularity

        package init(groups: NamePattern, granularity: Granularity) {
            self.groups = groups
            self.granularity = granularity
        }
    }
}
