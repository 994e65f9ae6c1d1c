package import ClusterAccess
import LagAnalysis
package import LagModel

/// Everything between the facts of a round and its snapshot: the ledger, and the stages that go on from it.
///
/// Each takes over from the last snapshot what is still true, so a round costs what has changed, not what
/// there is. Where records are sampled, everything is looked at in every round.
package struct SnapshotStages {
    private var ledger: ClusterLedger
    /// Finds lag in seconds; `nil` where that is switched off.
    private var time: TimeStage?
    private var evaluation: EvaluationStage
    private var outlook: OutlookStage
    private var last: ClusterSnapshot?
    private let reuses: Bool

    /// `reuses` is false in tests that compare with a chain which makes everything anew in every round.
    init(settings: RoundSettings, time: TimeStage?, reuses: Bool = true) {
        ledger = ClusterLedger(settings: settings.ledger)
        self.time = time
        evaluation = EvaluationStage(settings: settings.evaluation)
        outlook = OutlookStage(window: settings.ledger.growthWindow, thresholds: settings.diagnosis)
        self.reuses = reuses && !(time?.isSampling ?? false)
    }

    /// For benchmarks and tests, without a monitor around it.
    package init(
        settings: RoundSettings, source: any ClusterSource, now: @escaping @Sendable () -> Moment,
        reuses: Bool = true
    ) {
        self.init(
            settings: settings,
            time: settings.time.map { TimeStage(source: source, settings: $0, now: now) }, reuses: reuses)
    }

    /// Makes a snapshot of a round's facts; the next round takes over from what ``keep(_:)`` is told.
    mutating func snapshot(
        of facts: RoundFacts, with surroundings: OutlookStage.Surroundings
    ) async -> ClusterSnapshot {
        var last = last.take()
        // Deadlines run on one clock, and commits have their times by the other.
        if let then = last?.endOffsetsRead, !Self.areClocksInStep(from: then, to: facts.endOffsetsRead) {
            last = nil
        }
        var (snapshot, changes) = ledger.absorb(facts, reusing: last)
        await time?.run(&snapshot, &changes)
        evaluation.add(to: &snapshot, changes: &changes)
        outlook.fill(&snapshot, with: surroundings, changes: changes)
        return snapshot
    }

    /// Takes the snapshot that was made last for the next round, as it is published: so it is kept once.
    package mutating func keep(_ snapshot: ClusterSnapshot) {
        if reuses { last = snapshot }
    }

    /// Whether the wall clock went on as time did, but for what clocks drift.
    private static func areClocksInStep(from then: Moment, to now: Moment) -> Bool {
        let step = (now.wall - then.wall) - (now.monotonic - then.monotonic)
        return step < .milliseconds(100) && step > .milliseconds(-100)
    }

    /// The same with metadata and settings as they are answered.
    package mutating func snapshot(
        of facts: RoundFacts, metadata: ClusterMetadata, settings: [ConfigurationReply] = []
    ) async -> ClusterSnapshot {
        let now = facts.endOffsetsRead.monotonic
        var configurations = TopicConfigurations()
        _ = configurations.absorb(settings, at: now)
        let snapshot = await snapshot(
            of: facts,
            with: .init(topology: ClusterTopology(metadata, read: now), configurations: configurations))
        keep(snapshot)
        return snapshot
    }
}
