import ClusterAccess

/// One group's rebalances per minute over a window, from a counter that rounds read.
struct RebalanceRate: Sendable {
    private var isExact: Bool
    /// When the counter was first read in this way.
    private var watchedSince: MonotonicTime
    private var last: Int64
    /// Steps within the window, oldest first; bounded by the number of rounds in it.
    private var steps: [(time: MonotonicTime, count: Int64)] = []

    init(_ count: GroupCondition.Count, at now: MonotonicTime) {
        isExact = count.isExact
        last = count.count
        watchedSince = now
    }

    /// Takes the newest count and returns the rate; `nil` until the counter was watched for a whole window.
    ///
    /// A counter that falls, or that is counted in another way, is watched afresh.
    mutating func rate(
        with count: GroupCondition.Count, at now: MonotonicTime, over window: Duration
    ) -> Double? {
        if count.isExact != isExact || count.count < last {
            self = RebalanceRate(count, at: now)
            return nil
        }
        if count.count > last {
            steps.append((now, count.count.saturatingSubtract(last)))
            last = count.count
        }
        steps.removeAll { now - $0.time > window }
        guard now - watchedSince >= window, window > .zero else { return nil }
        let sum = steps.reduce(0 as Int64) { $0.saturatingAdd($1.count) }
        return Double(sum) * 60 / window.seconds
    }
}
