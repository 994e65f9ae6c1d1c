import ClusterAccess

/// Remembers which brokers did not answer, so that a dead one costs later rounds nothing.
///
/// A broker that failed to answer is asked in the background; rounds go on without it until it has answered.
struct BrokerWatch {
    private enum Condition {
        case suspect(ClusterError)
        case probing(ClusterError)
    }

    private var troubled: [BrokerID: Condition] = [:]

    /// What to do about a broker in this round.
    enum Action: Equatable {
        case ask
        /// Start a probe in the background; this round treats the broker as failed.
        case probe(ClusterError)
        /// A probe is under way.
        case skip(ClusterError)
    }

    mutating func action(for broker: BrokerID) -> Action {
        switch troubled[broker] {
        case nil: return .ask
        case .probing(let error): return .skip(error)
        case .suspect(let error):
            troubled[broker] = .probing(error)
            return .probe(error)
        }
    }

    /// Takes in a broker's answer, to a round or to a probe.
    ///
    /// Only silence makes a broker suspect; one that answers with an error is alive.
    mutating func record(
        _ result: Result<GroupListingReply, ClusterError>, of broker: BrokerID
    ) -> Change {
        guard case .failure(let error) = result, error.reason.isSilence else {
            return troubled.removeValue(forKey: broker) == nil ? .unchanged : .answersAgain
        }
        let before = troubled.updateValue(.suspect(error), forKey: broker)
        return before == nil ? .fellSilent(error) : .unchanged
    }

    /// What an answer changed, for the log.
    enum Change: Equatable {
        case unchanged, answersAgain
        case fellSilent(ClusterError)
    }

    /// Forgets brokers that left the cluster.
    mutating func keep(only brokers: some Sequence<BrokerID>) {
        let kept = Set(brokers)
        troubled = troubled.filter { kept.contains($0.key) }
    }
}

extension ClusterError.Reason {
    /// The broker did not answer at all.
    var isSilence: Bool {
        switch self {
        case .timedOut, .brokerUnavailable: true
        case .authenticationFailed, .tlsFailed, .nameNotResolved, .clusterUnauthorized, .groupUnauthorized,
            .topicUnauthorized, .notCoordinator, .coordinatorLoading, .coordinatorUnavailable,
            .leaderUnavailable, .notLeader, .unknownTopicOrPartition, .unstableOffset, .notAConsumerGroup,
            .offsetOutOfRange, .instanceFenced, .unsupported, .closed, .cancelled, .invalidRequest,
            .noCommits, .offsetsTopicBehind, .requestBudget, .other:
            false
        }
    }
}
