package import ClusterAccess
package import LagAnalysis
package import LagModel

/// What the rounds of one cluster do, and how often.
package struct RoundSettings: Sendable {
    /// Time from the start of one round to the start of the next.
    package var interval: Duration
    /// Fraction of the interval by which each start is moved at random, so that exporters do not keep step.
    package var jitter: Double
    /// Longest time for which metadata is used before it is asked again.
    package var metadataInterval: Duration
    /// Whether members and assignments are asked for, one more request per group with members.
    package var describesMembers: Bool
    /// Whether topics that no group commits to are read too.
    package var readsAllTopics: Bool
    package var admitsGroup: @Sendable (GroupID) -> Bool
    package var admitsTopic: @Sendable (TopicName) -> Bool
    /// Groups that read committed records only, whose stable lag is wanted.
    package var wantsStableLag: @Sendable (GroupID) -> Bool
    package var granularity: @Sendable (GroupID) -> Granularity
    package var ledger: ClusterLedger.Settings
    /// How groups are judged by their past.
    package var evaluation = EvaluationSettings()
    /// Most requests for commits that one broker is given at a time.
    package var groupsInFlight: Int
    /// How often coordinators are asked about groups; in every round unless set otherwise.
    package var requestPlan = RequestPlanSettings()
    /// How the offsets topic is followed; `nil` where only coordinators are asked.
    package var follower: FollowerSettings?
    /// How lag in seconds is found; `nil` where it is not.
    package var time: TimeSettings?
    /// From when on something about a group is worth a finding.
    package var diagnosis = DiagnosisThresholds()
    /// Within which bounds the cluster is exported.
    package var series = SeriesSettings()

    package init(
        interval: Duration = .seconds(10), jitter: Double = 0.1, metadataInterval: Duration = .seconds(60),
        describesMembers: Bool = true, readsAllTopics: Bool = false,
        admitsGroup: @escaping @Sendable (GroupID) -> Bool = { _ in true },
        admitsTopic: @escaping @Sendable (TopicName) -> Bool = { _ in true },
        wantsStableLag: @escaping @Sendable (GroupID) -> Bool = { _ in false },
        granularity: @escaping @Sendable (GroupID) -> Granularity = { _ in .partition },
        ledger: ClusterLedger.Settings, groupsInFlight: Int = 64, follower: FollowerSettings? = nil,
        time: TimeSettings? = nil
    ) {
        self.interval = interval
        self.jitter = jitter
        self.metadataInterval = metadataInterval
        self.describesMembers = describesMembers
        self.readsAllTopics = readsAllTopics
        self.admitsGroup = admitsGroup
        self.admitsTopic = admitsTopic
        self.wantsStableLag = wantsStableLag
        self.granularity = granularity
        self.ledger = ledger
        self.groupsInFlight = groupsInFlight
        self.follower = follower
        self.time = time
    }

    /// Where commits come from while all is well.
    package var source: CommitSource { follower?.source ?? .admin }
}
