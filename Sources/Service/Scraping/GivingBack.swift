import ClusterAccess

/// When memory that is free is given back to the system: after the first round, which leaves most behind,
/// after every tenth from there, and in between as often as it costs little beside what else is done.
///
/// What is free is touched again by whoever comes next, so that resident memory goes up and down by it.
struct GivingBack: Sendable {
    /// When the question is asked.
    struct Standing: Sendable {
        /// How many rounds have ended.
        var rounds: Int64
        var time: ContinuousClock.Instant
        /// Time of processors that the process has used.
        var work: Duration
    }

    /// Rounds after which it is due whatever it costs.
    static let roundsMost: Int64 = 10
    /// It is due at once where the last time took no more than this part of a processor since.
    static let shareOfTime = 2_000
    /// Or no more than this part of what the process has used since, which is much while much changes, and
    /// much is left behind.
    static let shareOfWork = 50

    private var last: (standing: Standing, cost: Duration)?

    /// Whether it is due now.
    func isDue(_ now: Standing) -> Bool {
        guard now.rounds > 0 else { return false }
        guard let (then, cost) = last else { return true }
        return now.rounds >= then.rounds.saturatingAdd(Self.roundsMost)
            || now.time - then.time >= cost * Self.shareOfTime
            || now.work - then.work >= cost * Self.shareOfWork
    }

    /// It was done just now, and took so much of a processor.
    mutating func note(_ now: Standing, cost: Duration) { last = (now, cost) }
}
