package import ClusterAccess
package import LagModel
import Locking

/// Holds the newest snapshot and the record of rounds of every cluster, for any number of readers.
///
/// Readers copy references under a lock that is held for nanoseconds; nobody waits for Kafka.
package final class SnapshotStore: Sendable {
    private let views: Mutex<[ClusterView]>

    /// Makes room for clusters in the order of the configuration.
    package init(clusters: [String]) {
        views = Mutex(clusters.map(ClusterView.init(cluster:)))
    }

    /// Every cluster as it stands now, in the order of the configuration.
    package func view() -> [ClusterView] { views.withLock { $0 } }

    /// Takes groups that are no longer ours out of the newest snapshot, at once.
    func withhold(of cluster: String, groups isGivenUp: (GroupID) -> Bool) {
        update(cluster) { view in view.snapshot?.groups.removeAll { isGivenUp($0.id) } }
    }

    /// Says until when a cluster's snapshot may be served; `nil`: not at all, until it is said again.
    package func renewLease(of cluster: String, until end: MonotonicTime?) {
        update(cluster) { $0.lease = end.map(ClusterView.Lease.until) ?? .ended }
    }

    private func update(_ cluster: String, _ change: (inout ClusterView) -> Void) {
        views.withLock { views in
            guard let index = views.firstIndex(where: { $0.cluster == cluster }) else { return }
            change(&views[index])
        }
    }

    /// Records a round that ended, with its snapshot if it made one.
    package func record(_ round: FinishedRound, of cluster: String) {
        // The last snapshot goes when the lock is free: that may take milliseconds.
        var last: ClusterSnapshot?
        update(cluster) { view in
            last = round.snapshot == nil ? nil : view.snapshot
            view.record(round)
        }
        _ = consume last
    }
}

/// How a round went.
package struct FinishedRound: Sendable {
    package var outcome: RoundOutcome
    package var snapshot: ClusterSnapshot?
    package var finished: Moment
    package var duration: Duration
    /// What kept the round from a snapshot.
    package var failure: ClusterError?

    package init(
        outcome: RoundOutcome, snapshot: ClusterSnapshot?, finished: Moment, duration: Duration,
        failure: ClusterError? = nil
    ) {
        self.outcome = outcome
        self.snapshot = snapshot
        self.finished = finished
        self.duration = duration
        self.failure = failure
    }
}

/// End of a round; raw values are the `outcome` label.
package enum RoundOutcome: String, CaseIterable, Hashable, Sendable {
    /// Everything was read.
    case complete
    /// A snapshot was published in which something is missing, with its reason.
    case partial
    /// No snapshot: nothing could be read of the cluster.
    case failed
}

/// One cluster as scrapes and the API see it.
package struct ClusterView: Sendable {
    package var cluster: String
    /// The newest snapshot, however old; its age is the reader's to judge.
    package var snapshot: ClusterSnapshot?
    package var rounds: [RoundOutcome: Int64] = [:]
    package var roundDurations = DurationHistogram()
    package var lastRound: Moment?
    /// When a round last published a snapshot.
    package var lastSuccess: Moment?
    /// Why the last round failed; `nil` when it did not.
    package var lastFailure: ClusterError?
    /// Whether this replica may serve the snapshot.
    package var lease = Lease.unlimited

    /// A replica's right to serve what its group gave it.
    package enum Lease: Hashable, Sendable {
        /// There is no group.
        case unlimited
        case until(MonotonicTime)
        case ended

        package func isValid(at now: MonotonicTime) -> Bool {
            switch self {
            case .unlimited: true
            case .until(let end): now <= end
            case .ended: false
            }
        }
    }

    package init(cluster: String) { self.cluster = cluster }

    /// The last round published a snapshot.
    package var isUp: Bool { lastRound != nil && lastFailure == nil }

    mutating func record(_ round: FinishedRound) {
        rounds[round.outcome, default: 0] += 1
        roundDurations.record(seconds: round.duration.seconds)
        lastRound = round.finished
        lastFailure = round.failure
        if let snapshot = round.snapshot {
            self.snapshot = snapshot
            lastSuccess = round.finished
        }
    }
}
