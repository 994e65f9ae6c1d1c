package import ClusterAccess

/// When an incident opens and closes, for which groups, and who hears of it.
package struct IncidentRule: Hashable, Sendable {
    /// Unique among the rules; what the incident is called.
    package var name: String
    package var trigger: Trigger
    /// How long the verdict has to be bad before the incident opens.
    package var opensAfter = Duration.seconds(300)
    /// How long it has to be good before the incident closes.
    package var closesAfter = Duration.zero
    package var clusters = NameFilter()
    package var groups = NameFilter()
    package var grouping = Grouping.group
    /// How often an incident that stays open is told again; zero is never.
    package var repeatInterval = Duration.seconds(4 * 3600)
    /// `critical`, `warning` or any other word.
    package var severity = "warning"
    /// Added to what sinks are told.
    package var labels: [String: String] = [:]
    /// Names of the sinks that hear of it.
    package var sinks: [String] = []

    package init(name: String, trigger: Trigger) {
        self.name = name
        self.trigger = trigger
    }

    /// What becomes one incident; raw values are those of the configuration.
    package enum Grouping: String, CaseIterable, Hashable, Sendable {
        /// One incident for each group.
        case group
        /// One for all groups of a cluster.
        case cluster
    }

    func concerns(cluster: String, group: String) -> Bool {
        clusters.admits(cluster) && groups.admits(group)
    }
}

/// The quantity that a rule watches, with its thresholds.
package enum Trigger: Hashable, Sendable {
    /// Opens at this status or a worse one, closes at a better one.
    case status(GroupCondition.Status)
    case lag(Threshold<Int64>)
    case lagAge(Threshold<Duration>)
    case rebalancesPerMinute(Threshold<Double>)
    /// Opens below and closes at or above its threshold.
    case lossMargin(Threshold<Duration>)

    /// Where an incident opens and where it closes, which may lie apart.
    package struct Threshold<Value: Comparable & Hashable & Sendable>: Hashable, Sendable {
        package var open: Value
        package var close: Value

        package init(open: Value, close: Value) {
            self.open = open
            self.close = close
        }

        func above(_ value: Value?) -> Verdict {
            guard let value else { return .unknown }
            return value > open ? .bad : value <= close ? .good : .between
        }

        func below(_ value: Value?) -> Verdict {
            guard let value else { return .unknown }
            return value < open ? .bad : value >= close ? .good : .between
        }
    }

    /// The name of the quantity in the configuration.
    package var quantity: Quantity {
        switch self {
        case .status: .status
        case .lag: .lag
        case .lagAge: .lagSeconds
        case .rebalancesPerMinute: .rebalancesPerMinute
        case .lossMargin: .lossMargin
        }
    }

    /// What the rule says of a condition.
    package func verdict(of condition: GroupCondition) -> Verdict {
        switch self {
        case .status(let worst): Self.verdict(of: condition.status, openingAt: worst)
        case .lag(let threshold): threshold.above(condition.lag)
        case .lagAge(let threshold): threshold.above(condition.lagAge)
        case .rebalancesPerMinute(let threshold): threshold.above(condition.rebalancesPerMinute)
        // Without lag there is no unread record that could be deleted, and no margin.
        case .lossMargin where condition.lag == 0: .good
        case .lossMargin(let threshold): threshold.below(condition.lossMargin)
        }
    }

    /// A group that the evaluator does not know is neither good nor bad.
    private static func verdict(
        of status: GroupCondition.Status?, openingAt worst: GroupCondition.Status
    ) -> Verdict {
        switch status {
        case nil, .notFound: .unknown
        case .ok: .good
        case .warn: worst == .err ? .good : .bad
        case .err: .bad
        }
    }

    /// What can be watched; raw values are those of the configuration.
    package enum Quantity: String, CaseIterable, Hashable, Sendable {
        case status, lag
        case lagSeconds = "lag_seconds"
        case rebalancesPerMinute = "rebalances_per_minute"
        case lossMargin = "loss_margin"
    }
}
