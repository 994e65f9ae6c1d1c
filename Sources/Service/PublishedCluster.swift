import ClusterAccess
import LagModel
import Monitor

/// A cluster's newest snapshot together with its age at one moment.
struct PublishedCluster {
    var view: ClusterView
    /// Time since the end offsets were read; `nil` before the first snapshot.
    var age: Duration?
    /// The snapshot is older than `poll.stale_after`, or this replica's session is over: its numbers are no
    /// longer passed on as metrics.
    var isStale: Bool
    /// Where commits come from: as of the newest snapshot, or what is configured before the first one.
    var source: CommitSource

    init(
        _ view: ClusterView, configuredSource: CommitSource, at now: MonotonicTime, staleAfter: Duration
    ) {
        self.view = view
        source = view.snapshot?.source ?? configuredSource
        age = view.snapshot.map { max(.zero, now - $0.endOffsetsRead.monotonic) }
        isStale = !view.lease.isValid(at: now) || (age.map { $0 > staleAfter } ?? false)
    }

    /// The snapshot while it is fresh enough for metrics.
    var freshSnapshot: ClusterSnapshot? { isStale ? nil : view.snapshot }
}
