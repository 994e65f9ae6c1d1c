package import ClusterAccess

/// Something about a group that a person should know, with the numbers that show it and what may help.
package struct Finding: Hashable, Sendable {
    package var kind: Kind
    package var severity: Severity
    private var sentence: Sentence
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
        self.init(
            kind, severity, Sentence(summary), evidence: evidence, suggestions: suggestions, topic: topic,
            partition: partition, member: member)
    }

    package init(
        _ kind: Kind, _ severity: Severity, _ sentence: Sentence, evidence: [Evidence] = [],
        suggestions: [Suggestion] = [], topic: TopicName? = nil, partition: Int32? = nil,
        member: String? = nil
    ) {
        self.kind = kind
        self.severity = severity
        self.sentence = sentence
        self.evidence = evidence
        self.suggestions = suggestions
        self.topic = topic
        self.partition = partition
        self.member = member
    }

    /// One sentence that says what is the case, with the most telling number.
    package var summary: String { sentence.text }

    /// The same finding some time later, in which nothing happened.
    package func aged(by time: Duration) -> Finding {
        var finding = self
        finding.sentence.age(by: time)
        for place in evidence.indices { finding.evidence[place].age(by: time) }
        return finding
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

    /// What a time becomes while nothing happens.
    package enum Course: Hashable, Sendable {
        case stays, grows
        /// Down to zero.
        case shrinks

        fileprivate func age(_ time: inout Duration, by passed: Duration) {
            switch self {
            case .stays: break
            case .grows: time += passed
            case .shrinks: time = max(.zero, time - passed)
            }
        }
    }

    /// A sentence, with one time in it or none.
    package struct Sentence: Hashable, Sendable {
        private var head: String
        private var time: Duration?
        private var course = Course.stays
        private var tail = ""

        package init(_ text: String) { head = text }

        /// `time` stands in words between the two parts.
        package init(_ head: String, _ time: Duration, _ course: Course, _ tail: String) {
            self.head = head
            self.time = time
            self.course = course
            self.tail = tail
        }

        fileprivate var text: String { time.map { head + Wording.duration($0) + tail } ?? head }

        fileprivate mutating func age(by passed: Duration) {
            guard var time else { return }
            course.age(&time, by: passed)
            self.time = time
        }
    }

    /// One number by its name; the name ends in the unit, as metrics' names do.
    package struct Evidence: Hashable, Sendable {
        private enum Amount: Hashable, Sendable {
            case number(Double)
            case time(Duration, Course)
        }

        package var name: String
        private var amount: Amount

        package var value: Double {
            switch amount {
            case .number(let number): number
            case .time(let time, _): time.seconds
            }
        }

        package init(_ name: String, _ value: Double) {
            self.name = name
            amount = .number(value)
        }

        package init(_ name: String, _ count: Int64) { self.init(name, Double(count)) }

        /// In seconds.
        package init(_ name: String, _ duration: Duration, _ course: Course = .stays) {
            self.name = name
            amount = .time(duration, course)
        }

        fileprivate mutating func age(by passed: Duration) {
            guard case .time(var time, let course) = amount else { return }
            course.age(&time, by: passed)
            amount = .time(time, course)
        }
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
