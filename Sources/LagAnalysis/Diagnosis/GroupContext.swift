package import ClusterAccess
package import LagModel

/// Everything that the rules of diagnosis know of one group at one moment.
package struct GroupContext: Sendable {
    package var group: GroupSnapshot
    package var cluster: ClusterSnapshot
    package var thresholds: DiagnosisThresholds
    /// Rebalances within ``DiagnosisThresholds/eventWindow``.
    package var recentRebalances: Int64 = 0
    /// Records lost within the same window, by topic.
    package var recentlyLost: [TopicName: Int64] = [:]
    /// How long the group has been rebalancing without a pause, as far as it was watched.
    package var rebalancingFor: Duration?
    /// How long records waited for the newest commit, by topic.
    package var commitWaits: [TopicName: Duration] = [:]
    /// Age of a group's oldest unread record; `nil` where nobody knows.
    package var lagAge: Duration?
    /// Verdict on the partitions of a topic that do not move; empty where nobody judges, and not needed where
    /// ``known`` says what was found of them.
    package var standing: [TopicName: StandingPartitions] = [:]
    /// What was found in the last round, aged to this one, where nothing but time is new since then, neither
    /// of the group and its verdict nor of the cluster, and ``Diagnosis/timeToExpiry(_:)`` is not yet over;
    /// else `nil`.
    package var known: [Finding]?

    /// Partitions whose commits do not move although there is something to read.
    package struct StandingPartitions: Hashable, Sendable {
        /// The group has stopped committing.
        package var stopped: [Int32]
        /// The group commits, and always the same offset.
        package var stalled: [Int32]

        package init(stopped: [Int32] = [], stalled: [Int32] = []) {
            self.stopped = stopped
            self.stalled = stalled
        }
    }

    package init(
        group: GroupSnapshot, cluster: ClusterSnapshot,
        thresholds: DiagnosisThresholds = DiagnosisThresholds()
    ) {
        self.group = group
        self.cluster = cluster
        self.thresholds = thresholds
    }

    /// Time from a topic's last commit to this moment, never negative, to the microsecond.
    func commitAge(of topic: borrowing GroupTopicSnapshot) -> Duration? {
        topic.lastCommit.map { max(.zero, cluster.endOffsetsRead.wall.microseconds(since: $0)) }
    }

    /// Whether the group's brokers, not its clients, hold time-outs and assignors (KIP-848).
    var isBrokerDriven: Bool { group.type == .consumer }

    /// Whether members exist only as readers without group management: nothing is assigned to them.
    var isUnmanaged: Bool { group.type == .simple }

    /// What may help, as it was said in the last round where nothing but time is new: it depends on none.
    func suggestions(
        _ kind: Finding.Kind, _ topic: TopicName? = nil, else make: () -> [Finding.Suggestion]
    ) -> [Finding.Suggestion] {
        guard let known,
            let place = known.indices.first(where: { known[$0].kind == kind && known[$0].topic == topic })
        else { return make() }
        return known[place].suggestions
    }

    /// The member that owns a partition, by its stable name where it has one; `nil` where nobody tells.
    func owner(of topic: TopicName, _ partition: Int32) -> String? {
        group.members?.members.first { member in
            member.assignment.contains { share in
                share.topic == topic && share.partitions.contains { $0.rawValue == partition }
            }
        }.map(\.name)
    }

    /// The partition of a topic that lags most, and by how much; `nil` while no lag is known.
    func worstPartition(of topic: GroupTopicSnapshot) -> (partition: Int32, lag: Int64)? {
        var worst: (partition: Int32, lag: Int64)?
        for position in topic.partitions.indices {
            guard let lag = cluster.lag(of: topic, at: position)?.lag, lag > worst?.lag ?? -1 else {
                continue
            }
            worst = (topic.partitions[position], lag)
        }
        return worst
    }
}

extension GroupMember {
    /// `group.instance.id` where there is one: it survives restarts.
    var name: String { instanceID ?? memberID }
}
