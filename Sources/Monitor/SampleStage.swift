import ClusterAccess
import LagAnalysis
import LagModel
import StructuredLog

/// How single records are read to learn their age (`lag_seconds.sampling: records`).
package struct SampleSettings: Sendable {
    /// Most records in one round; what is beyond has its age from look-ups.
    package var recordsPerRound: Int
    /// Longest time that reading may add to a round, one call of the sampler aside.
    package var timeLimit: Duration

    package init(recordsPerRound: Int = 1_000, timeLimit: Duration = .seconds(3)) {
        self.recordsPerRound = recordsPerRound
        self.timeLimit = timeLimit
    }
}

/// Reads the oldest unread records of groups, before ages are looked for by other means.
struct SampleStage: Sendable {
    private let sampler: any RecordSampler
    private let settings: SampleSettings
    private let now: @Sendable () -> Moment
    private let logger: Logger
    /// What is known of the places where groups stand.
    private(set) var ledger = SampleLedger()

    /// `nil` where records are not to be read, or nobody can read them.
    init?(
        _ sampler: (any RecordSampler)?, _ settings: SampleSettings?,
        now: @escaping @Sendable () -> Moment, logger: Logger
    ) {
        guard let sampler, let settings else { return nil }
        self.sampler = sampler
        self.settings = settings
        self.now = now
        self.logger = logger
    }

    /// Reads what is not known yet, and takes stable lag of nothing but markers for none.
    mutating func run(_ snapshot: inout ClusterSnapshot) async {
        let deadline = now().monotonic + settings.timeLimit
        for batch in ledger.begin(snapshot, limit: settings.recordsPerRound) {
            guard now().monotonic < deadline, !Task.isCancelled else { break }
            let replies = await sampler.firstRecords(at: batch.map(\.request))
            for topic in ledger.absorb(replies, to: batch, at: now().monotonic) {
                logger.warn(
                    "records of a topic may not be read: its lag in seconds comes from look-ups by time; "
                        + "grant Read on the topic to this user, or leave lag_seconds.sampling at none",
                    ["topic": topic.rawValue])
            }
        }
        ledger.finish(&snapshot)
    }
}
