import ClusterAccess
package import LagAnalysis
import LagModel

/// How lag in seconds is found.
package struct TimeSettings: Sendable {
    package var tolerance: TimeTolerance
    /// Most ListOffsets requests by time that one broker is sent in one round.
    package var requestsPerRound: Int
    /// Most partitions in one of them, as the source cuts them.
    package var partitionsPerRequest: Int
    /// Longest time that look-ups may add to a round.
    package var timeLimit: Duration
    /// How records themselves are read; `nil` where that is not wanted.
    package var sampling: SampleSettings?

    package init(
        tolerance: TimeTolerance = TimeTolerance(), requestsPerRound: Int = 30,
        partitionsPerRequest: Int = 500, timeLimit: Duration = .seconds(5),
        sampling: SampleSettings? = nil
    ) {
        self.sampling = sampling
        self.tolerance = tolerance
        self.requestsPerRound = requestsPerRound
        self.partitionsPerRequest = partitionsPerRequest
        self.timeLimit = timeLimit
    }

    /// How much more the first round may spend, in which nothing is known.
    static let startFactor = 10
}

/// First stage behind the ledger: gives lag its age by look-ups, all leaders at once.
struct TimeStage: Sendable {
    private let source: any ClusterSource
    private let settings: TimeSettings
    private let now: @Sendable () -> Moment
    private var ledger: TimeLedger
    /// Reads records, which look-ups need not bound then; `nil` where that is not wanted.
    private var samples: SampleStage?
    /// Whether a round has spent the budget of a start.
    private var hasStarted = false

    init(
        source: any ClusterSource, settings: TimeSettings, samples: SampleStage? = nil,
        now: @escaping @Sendable () -> Moment
    ) {
        self.source = source
        self.samples = samples
        self.settings = settings
        self.now = now
        ledger = TimeLedger(tolerance: settings.tolerance)
    }

    /// Whether records are read, of which nothing is told by what did not change.
    var isSampling: Bool { samples != nil }

    /// Fills in lag in seconds and what it has cost, and notes in `changes` whose ages are new.
    mutating func run(_ snapshot: inout ClusterSnapshot, _ changes: inout RoundChanges?) async {
        await samples?.run(&snapshot)
        let factor = hasStarted ? 1 : TimeSettings.startFactor
        let asker = TimeAsker(
            source: source, budget: settings.requestsPerRound * factor,
            partitionsPerRequest: settings.partitionsPerRequest,
            deadline: now().monotonic + settings.timeLimit * factor, now: now)
        let surveys = ledger.begin(snapshot, samples: samples?.ledger, changes: changes)
        // A start is over when there was something to ask about.
        if !surveys.isEmpty { hasStarted = true }
        let done = await withTaskGroup(of: TimeSurvey.self) { tasks in
            for (leader, survey) in surveys {
                tasks.addTask { await asker.conduct(survey, at: leader) }
            }
            var done: [TimeSurvey] = []
            for await survey in tasks { done.append(survey) }
            return done
        }
        ledger.finish(done, samples: samples?.ledger, changes: &changes, into: &snapshot)
    }
}

/// Puts one leader's questions, within what may be spent on it.
struct TimeAsker: Sendable {
    let source: any ClusterSource
    /// Requests.
    let budget: Int
    let partitionsPerRequest: Int
    let deadline: MonotonicTime
    let now: @Sendable () -> Moment

    /// Asks until every bracket is narrow enough, or the budget, the time or the leader's patience is over.
    func conduct(_ survey: TimeSurvey, at leader: BrokerID) async -> TimeSurvey {
        var survey = survey
        while survey.requests < budget, now().monotonic < deadline, !Task.isCancelled {
            let (room, overflow) = (budget - survey.requests)
                .multipliedReportingOverflow(by: max(1, partitionsPerRequest))
            let questions = survey.nextQuestions(limit: overflow ? .max : room)
            guard !questions.isEmpty else { break }
            let reply = await source.offsets(atTimes: questions, leader: leader)
            survey.absorb(reply)
            // The first time-out of a broker ends further requests to it.
            if let silence = reply.failures.first(where: { $0.error.reason.isSilence })?.error.reason {
                survey.giveUp(silence)
            }
        }
        return survey
    }
}
