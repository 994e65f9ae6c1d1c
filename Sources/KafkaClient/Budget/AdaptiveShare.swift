import ClusterAccess

/// The part of a limit that is used: halved when a broker complains, then growing back steadily.
///
/// A pure value. Halving happens at most once in ``patience``, since the answers to what was sent at the same
/// time all complain of the same; a full recovery from next to nothing takes ``recovery``.
struct AdaptiveShare: Hashable, Sendable {
    static let patience = Duration.seconds(1)
    static let recovery = Duration.seconds(60)

    private var base = 1.0
    /// Growth starts here; `nil` while nothing was ever halved.
    private var growsFrom: MonotonicTime?
    private var halvedAt: MonotonicTime?

    /// Between the least that was asked for when halving and 1.
    func value(at now: MonotonicTime) -> Double {
        guard let growsFrom else { return 1 }
        return min(1, base + max(.zero, now - growsFrom) / Self.recovery)
    }

    /// Halves the share down to `least`; it grows again from `rest` on.
    mutating func halve(at now: MonotonicTime, until rest: MonotonicTime, least: Double) {
        let present = value(at: now)
        if halvedAt.map({ now - $0 >= Self.patience }) ?? true {
            base = max(min(least, 1), present / 2)
            halvedAt = now
        } else {
            base = present
        }
        growsFrom = max(now, rest)
    }
}
