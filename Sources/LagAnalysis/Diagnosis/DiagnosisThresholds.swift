/// From when on something is worth a finding; the values that stand here are the defaults.
package struct DiagnosisThresholds: Hashable, Sendable {
    /// Lag of a group, in records, that is high.
    package var lag: Int64 = 10_000
    /// Age of the oldest unread record that is high.
    package var lagAge: Duration = .seconds(600)
    /// A group or partition that lags by fewer records is not said to fall behind or to be hot.
    package var notableLag: Int64 = 1_000
    /// Rebalances per minute, over ``eventWindow``, that are frequent.
    package var rebalancesPerMinute: Double = 0.5
    /// Over how long rebalances and lost records are counted.
    package var eventWindow: Duration = .seconds(600)
    /// A rebalance may last this long where members do not say how long they may take to rejoin.
    package var rebalance: Duration = .seconds(300)
    /// A group without members is a restart for this long, and a problem after it.
    package var withoutMembers: Duration = .seconds(60)
    /// Records that waited this long for a commit which then came.
    package var commitWait: Duration = .seconds(60)
    /// Time left before unread records are deleted that is short.
    package var lossMargin: Duration = .seconds(3_600)
    /// Time left before commits expire that is short; never more than half of the time they are kept.
    package var expiry: Duration = .seconds(86_400)
    /// A hot partition lags by so many times the mean of its topic's others.
    package var hotFactor: Int64 = 4

    package init() {}
}
