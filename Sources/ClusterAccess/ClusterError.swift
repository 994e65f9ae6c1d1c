/// Why a request to a cluster failed, in terms a person can act on.
///
/// Failures of single groups, topics or partitions travel as values of this type inside replies; only what
/// fails a whole request is thrown.
package struct ClusterError: Error, Hashable, Sendable {
    package var reason: Reason
    /// What was attempted, such as "list committed offsets".
    package var operation: String
    /// Broker that was asked, where one was.
    package var broker: BrokerID?
    /// Group or topic that it was about, as "group billing" or "topic orders"; empty when about neither.
    package var subject: String
    /// What the client library or the broker said, without secrets.
    package var detail: String

    package init(
        _ reason: Reason, operation: String, broker: BrokerID? = nil, subject: String = "",
        detail: String = ""
    ) {
        self.reason = reason
        self.operation = operation
        self.broker = broker
        self.subject = subject
        self.detail = detail
    }

    /// Class of failure; raw values are the `reason` and `error` labels of the metrics.
    package enum Reason: String, CaseIterable, Hashable, Sendable {
        case timedOut = "timed_out"
        case brokerUnavailable = "broker_unavailable"
        case authenticationFailed = "authentication_failed"
        case tlsFailed = "tls_failed"
        case nameNotResolved = "name_not_resolved"
        case clusterUnauthorized = "cluster_unauthorized"
        case groupUnauthorized = "group_unauthorized"
        case topicUnauthorized = "topic_unauthorized"
        case notCoordinator = "not_coordinator"
        case coordinatorLoading = "coordinator_loading"
        case coordinatorUnavailable = "coordinator_unavailable"
        case leaderUnavailable = "leader_unavailable"
        case notLeader = "not_leader"
        case unknownTopicOrPartition = "unknown_topic_or_partition"
        case unstableOffset = "unstable_offset"
        /// What was to be read next is no longer, or not yet, in the log.
        case offsetOutOfRange = "offset_out_of_range"
        /// Another member of the group has the same `group.instance.id`.
        case instanceFenced = "instance_fenced"
        case notAConsumerGroup = "not_a_consumer_group"
        case unsupported = "unsupported"
        case closed = "closed"
        case cancelled = "cancelled"
        case invalidRequest = "invalid_request"
        /// Not a failure: the group has committed nothing, so there is nothing to be behind of.
        case noCommits = "no_commits"
        /// Not a failure: the history of `__consumer_offsets` is being read.
        case offsetsTopicBehind = "offsets_topic_behind"
        /// Not asked: the broker was sent as much as it may be sent.
        case requestBudget = "request_budget"
        case other = "other"
    }
}

extension ClusterError.Reason {
    /// Whether the same request may succeed later without anybody doing anything.
    package var isRetriable: Bool {
        switch self {
        case .timedOut, .brokerUnavailable, .notCoordinator, .coordinatorLoading, .coordinatorUnavailable,
            .leaderUnavailable, .notLeader, .unstableOffset, .offsetOutOfRange, .unknownTopicOrPartition,
            .nameNotResolved, .offsetsTopicBehind, .requestBudget, .other:
            true
        case .authenticationFailed, .tlsFailed, .clusterUnauthorized, .groupUnauthorized, .topicUnauthorized,
            .notAConsumerGroup, .instanceFenced, .unsupported, .closed, .cancelled, .invalidRequest,
            .noCommits:
            false
        }
    }

    /// What a person can do about it, as one sentence.
    package var remedy: String {
        switch self {
        case .timedOut: "Check that the broker answers, or raise request_timeout of the cluster."
        case .brokerUnavailable:
            "Check that the broker runs and that this machine can reach its advertised address."
        case .authenticationFailed: "Check sasl.mechanism, user and password in the cluster's properties."
        case .tlsFailed: "Check security.protocol and ssl.ca.location in the cluster's properties."
        case .nameNotResolved: "Check the broker's host name and this machine's DNS."
        case .clusterUnauthorized: "Grant Describe on the cluster to this user."
        case .groupUnauthorized: "Grant Describe on the group to this user."
        case .topicUnauthorized: "Grant Describe on the topic to this user."
        case .notCoordinator, .coordinatorLoading, .coordinatorUnavailable:
            "The coordinator is moving; the next round asks the new one."
        case .leaderUnavailable, .notLeader:
            "The partition's leader is moving; the next round asks the new one."
        case .unknownTopicOrPartition: "The topic was deleted or is being created; the next round knows."
        case .unstableOffset: "A transaction holds the commit open; it settles when the transaction ends."
        case .offsetOutOfRange: "The log was cut; it is read anew from its beginning."
        case .instanceFenced: "Give every replica an instance id of its own."
        case .notAConsumerGroup: "The group is of another protocol type; exclude it with a filter."
        case .unsupported: "Upgrade the broker or the client library."
        case .closed, .cancelled: "The exporter is stopping."
        case .invalidRequest: "This is a fault of the exporter; please report it."
        case .noCommits: "Nothing to do: lag appears with the group's first commit."
        case .offsetsTopicBehind: "Wait: the offsets topic is being read to its end."
        case .requestBudget:
            "Raise max_requests_per_second of the cluster, or poll.interval, or the quota if it throttles."
        case .other: "See the broker's log."
        }
    }
}

extension ClusterError: CustomStringConvertible {
    /// One sentence with the place, what was said, and the remedy.
    package var description: String {
        var text = "cannot \(operation)"
        if !subject.isEmpty { text += " of \(subject)" }
        if let broker { text += " at broker \(broker)" }
        text += ": \(reason.rawValue)"
        if !detail.isEmpty { text += " (\(detail))" }
        return "\(text). \(reason.remedy)"
    }
}
