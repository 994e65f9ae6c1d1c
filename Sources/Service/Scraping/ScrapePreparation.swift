import ClusterAccess
import HTTPService
import Monitor

/// Has scrapes made ready whenever a round has ended, one preparation at a time.
///
/// Looks four times a second, which costs a lock; a preparation that took longer than a round is followed by
/// one of the newest snapshots, and what came in between is left out.
struct ScrapePreparation: Sendable {
    static let interval = Duration.milliseconds(250)

    let store: SnapshotStore
    /// Called on a thread of its own.
    let prepare: @Sendable () -> Void

    /// Runs until the task is cancelled.
    func run() async {
        var seen: [Int64] = []
        while !Task.isCancelled {
            let rounds = Self.rounds(store.view())
            if rounds != seen {
                seen = rounds
                await BackgroundWork.run(prepare)
            }
            // In real time whatever the clock of the rounds is: this is about when work is done, no more.
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// How many rounds of each cluster have ended.
    static func rounds(_ views: [ClusterView]) -> [Int64] {
        views.map { view in view.rounds.values.reduce(0 as Int64) { $0.saturatingAdd($1) } }
    }
}
