import ClusterAccess
import Exposition
import Incidents
import LagModel
import Monitor
import Notifications

/// Leaves every round that ends with the notifier, and tells it the time.
///
/// Looks twice a second, which costs two locks; a round is a second long at least, so none is missed.
struct NotificationFeed: Sendable {
    static let interval = Duration.milliseconds(500)

    let store: SnapshotStore
    let notifier: Notifier
    let clock: MonitorClock

    /// Runs until the task is cancelled.
    func run() async {
        var seen: [String: Int64] = [:]
        while !Task.isCancelled {
            look(&seen)
            try? await clock.sleep(Self.interval)
        }
    }

    /// Takes what is new; `seen` counts the rounds that were taken, by cluster.
    func look(_ seen: inout [String: Int64]) {
        let now = clock.now()
        for view in store.view() {
            let rounds = view.rounds.values.reduce(0 as Int64) { $0.saturatingAdd($1) }
            guard rounds > 0, seen.updateValue(rounds, forKey: view.cluster) != rounds else { continue }
            if view.isUp, view.lease.isValid(at: now.monotonic), let snapshot = view.snapshot {
                notifier.observe(
                    view.cluster, snapshot.groups.map { GroupCondition($0, in: snapshot) },
                    at: snapshot.endOffsetsRead)
            } else {
                notifier.gap(in: view.cluster)
            }
        }
        notifier.tick(at: now)
    }
}

extension NotifierStatistics {
    /// The same as the exposition takes it.
    var facts: [ExporterFacts.SinkFacts] {
        sinks.map {
            ExporterFacts.SinkFacts(
                name: $0.name, attempts: $0.attempts, dropped: $0.dropped, queueLength: $0.queueLength)
        }
    }
}
