package import ClusterAccess

/// Something about a group that a person should know, with the numbers that show it and what may help.
package struct Finding: Hashable, Sendable {
    package var kind: Kind
    package var severity: Severity
    /// One sentence that says what is the case, with the most telling number.
    package var summary: String
    /// Ordered from the most telling number to the least.
    package var evidence: [Evidence]
    package var suggestions: [Suggestion]
    /// What it is about; `nil` where it is about the whole group.
    package var topic: TopicName?
    package var partition: Int32?
    /// Member id, or `group.instance.id` of a static member.
    package var member: String?

    package init(
        _ kind: Kind, _ severity: Severity, _ summary: String, evidence: [Evidence] = [],
        suggestions: [Suggestion] = [], topic: TopicName? = nil, partition: Int32? = nil,
        member: String? = nil
    ) {
        self.kind = kind
        self.severity = severity
        self.summary = summary
        self.evidence = evidence
        self.suggestions = suggestions
        self.topic = topic
        self.partition = partition
        self.member = member
    }

    /// What was found; raw values are the `finding` label.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        case highLag = "high_lag"
        case growingLag = "growing_lag"
        case frequentRebalances = "frequent_rebalances"
        case endlessRebalance = "endless_rebalance"
        case noActiveMembers = "no_active_members"
        case idleMembers = "idle_members"
        case unevenAssignment = "uneven_assignment"
        case hotPartition = "hot_partition"
        case stoppedPartition = "stopped_partition"
        case stalledPartition = "stalled_partition"
        case rareCommits = "rare_commits"
        case offsetsExpiring = "offsets_expiring"
        case recordsLost = "records_lost"
        case lossImminent = "loss_imminent"
        case commitAhead = "commit_ahead"
        case coordinatorUnavailable = "coordinator_unavailable"
        case offsetsTopicUnderReplicated = "offsets_topic_under_replicated"
        case topicMissing = "topic_missing"
    }

    /// How much it matters, the least first; raw values are the `severity` label.
    package enum Severity: String, CaseIterable, Comparable, Hashable, Sendable {
        case info, warning, critical

        package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .info: 0
            case .warning: 1
            case .critical: 2
            }
        }
    }

    /// One number by its name; the name ends in the unit, as metrics' names do.
    package struct Evidence: Hashable, Sendable {
        package var name: String
        package var value: Double

        package init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }

        package init(_ name: String, _ count: Int64) { self.init(name, Double(count)) }

        package init(_ name: String, _ duration: Duration) { self.init(name, duration.seconds) }
    }

    /// One setting of Kafka or of its client that may help, and what it costs.
    package struct Suggestion: Hashable, Sendable {
        /// Name of the setting as Kafka spells it; `nil` where no setting helps but an action.
        package var setting: String?
        package var direction: Direction
        /// One sentence: why, and what is paid for it.
        package var tradeOff: String

        package init(_ setting: String?, _ direction: Direction, _ tradeOff: String) {
            self.setting = setting
            self.direction = direction
            self.tradeOff = tradeOff
        }

        /// What to do with the setting.
        package enum Direction: String, Hashable, Sendable {
            case raise, lower, set, check
            /// There is no setting: the sentence says what to do.
            case act
        }
    }
}
