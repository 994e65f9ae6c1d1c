import ClusterAccess

/// When memory that is free is given back to the system: after the first round, which leaves most behind,
/// after every tenth from there, and in between as often as it costs nearly nothing.
///
/// What is free is touched again by whoever comes next, so that resident memory goes up and down by it.
struct GivingBack: Sendable {
    private struct Last: Sendable {
        var round: Int64
        var end: ContinuousClock.Instant
        var cost: Duration
    }

    /// Rounds after which it is due whatever it costs.
    static let roundsMost: Int64 = 10
    /// It is due at once where the last time took no more than this part of a processor since.
    static let share = 2_000

    private var last: Last?

    /// Whether it is due after so many rounds.
    func isDue(round: Int64, at now: ContinuousClock.Instant) -> Bool {
        guard round > 0 else { return false }
        guard let last else { return true }
        return round >= last.round.saturatingAdd(Self.roundsMost) || now - last.end >= last.cost * Self.share
    }

    /// It was done just now, after so many rounds, and took so much of a processor.
    mutating func note(round: Int64, at now: ContinuousClock.Instant, cost: Duration) {
        last = Last(round: round, end: now, cost: cost)
    }
}
