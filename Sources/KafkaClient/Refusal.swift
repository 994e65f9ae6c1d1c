import ClusterAccess
import Synchronization

/// Why brokers do not let us in, as librdkafka tells it in error events.
///
/// Its calls only say that no broker is there: a wrong password, an untrusted certificate and a dead broker
/// look the same to who waits for metadata.
final class Refusal: Sendable {
    private struct Note {
        var reason: ClusterError.Reason
        var text: String
    }

    private let newest = Mutex<Note?>(nil)
    private let redactor: Redactor

    init(redactor: Redactor) { self.redactor = redactor }

    /// Keeps the reason of an error event if it is about being let in.
    func note(_ reason: ClusterError.Reason, text: String) {
        switch reason {
        case .authenticationFailed, .tlsFailed, .nameNotResolved:
            newest.withLock { $0 = Note(reason: reason, text: redactor.clean(text)) }
        case .timedOut, .brokerUnavailable, .clusterUnauthorized, .groupUnauthorized, .topicUnauthorized,
            .notCoordinator, .coordinatorLoading, .coordinatorUnavailable, .leaderUnavailable, .notLeader,
            .unknownTopicOrPartition, .unstableOffset, .offsetOutOfRange, .instanceFenced, .notAConsumerGroup,
            .unsupported, .closed, .cancelled, .invalidRequest, .noCommits, .offsetsTopicBehind,
            .requestBudget, .other:
            break
        }
    }

    /// A broker has answered: what was noted before is over.
    func clear() { newest.withLock { $0 = nil } }

    /// The error with the reason that stands behind it, where silence has one.
    func explain(_ error: ClusterError) -> ClusterError {
        guard error.reason == .brokerUnavailable || error.reason == .timedOut,
            let note = newest.withLock({ $0 })
        else { return error }
        var explained = error
        explained.reason = note.reason
        explained.detail = note.text
        return explained
    }
}
