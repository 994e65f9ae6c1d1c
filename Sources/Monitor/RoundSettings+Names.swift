import ClusterAccess
import LagAnalysis

extension RoundSettings {
    /// From now on each rule about groups and topics is asked about a name once, while the name is in use.
    ///
    /// For rules that always say the same of a name. `now` tells which names have not been used for long.
    package mutating func rememberNames(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        admitsGroup = NameMemo(now: now, admitsGroup).value(of:)
        admitsTopic = NameMemo(now: now, admitsTopic).value(of:)
        wantsStableLag = NameMemo(now: now, wantsStableLag).value(of:)
        granularity = NameMemo(now: now, granularity).value(of:)
        series.topPartitions = series.topPartitions.map { NameMemo(now: now, $0).value(of:) }
    }
}
