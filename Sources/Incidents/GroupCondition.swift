/// What a round knows of one group, as far as incidents are judged by it.
///
/// Every number is absent where it is not known; absent numbers neither open nor close anything.
package struct GroupCondition: Hashable, Sendable {
    package var group: String
    /// The evaluator's verdict.
    package var status: Status?
    /// Records behind, summed over all partitions.
    package var lag: Int64?
    /// Age of the oldest unread record.
    package var lagAge: Duration?
    /// Rebalances since the group was first seen, from which the rate is taken.
    package var rebalances: Count?
    /// Time until the oldest unread record is deleted.
    package var lossMargin: Duration?
    /// Rebalances per minute over the configured window; filled in by ``IncidentEngine``.
    package internal(set) var rebalancesPerMinute: Double?

    package init(
        group: String, status: Status? = nil, lag: Int64? = nil, lagAge: Duration? = nil,
        rebalances: Count? = nil, lossMargin: Duration? = nil
    ) {
        self.group = group
        self.status = status
        self.lag = lag
        self.lagAge = lagAge
        self.rebalances = rebalances
        self.lossMargin = lossMargin
    }

    /// A group's status; raw values are those of the metric.
    package enum Status: String, CaseIterable, Hashable, Sendable {
        case ok = "OK"
        case warn = "WARN"
        case err = "ERR"
        case notFound = "NOTFOUND"
    }

    /// A counter, and how it was counted: one that begins to be counted in another way starts afresh.
    package struct Count: Hashable, Sendable {
        package var count: Int64
        package var isExact: Bool

        package init(_ count: Int64, isExact: Bool) {
            self.count = count
            self.isExact = isExact
        }
    }
}

/// What the rule says of a condition at one moment.
package enum Verdict: Hashable, Sendable {
    /// Beyond the threshold that opens.
    case bad
    /// Between the two thresholds: neither opens nor closes.
    case between
    /// Where an incident may close.
    case good
    /// The number is absent: neither opens nor closes, and its time does not count.
    case unknown
}
