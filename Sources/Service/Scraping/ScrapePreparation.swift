import ClusterAccess
import Dispatch
import HTTPService
import Monitor

/// What is done when rounds have ended, apart from them: scrapes are made ready, one preparation at a time,
/// and now and then memory that is free is given back.
///
/// Looks four times a second, which costs a lock; a preparation that took longer than a round is followed by
/// one of the newest snapshots, and what came in between is left out.
struct ScrapePreparation: Sendable {
    static let interval = DispatchTimeInterval.milliseconds(250)

    let store: SnapshotStore
    /// Called on the preparation's own thread.
    let prepare: @Sendable () -> Void

    /// Runs until the task is cancelled, on one thread of its own.
    ///
    /// Not on a new one for each preparation: the allocator gives each new thread the next one of its arenas,
    /// and what making a body leaves behind would come to lie in all of them.
    func run() async {
        let end = DispatchSemaphore(value: 0)
        await withTaskCancellationHandler {
            await BackgroundWork.run { work(until: end) }
        } onCancel: {
            end.signal()
        }
    }

    private func work(until end: DispatchSemaphore) {
        var seen: [Int64] = []
        var givingBack = GivingBack()
        repeat {
            let rounds = Self.rounds(store.view())
            guard rounds != seen else { continue }
            seen = rounds
            prepare()
            let count = rounds.reduce(0 as Int64) { $0.saturatingAdd($1) }
            if givingBack.isDue(Self.standing(after: count)) {
                let cost = AllocatorSettings.giveBack()
                givingBack.note(Self.standing(after: count), cost: cost)
            }
            // In real time whatever the clock of the rounds is: this is about when work is done, no more.
        } while end.wait(timeout: .now() + Self.interval) == .timedOut
    }

    private static func standing(after rounds: Int64) -> GivingBack.Standing {
        GivingBack.Standing(rounds: rounds, time: .now, work: ProcessorTime.ofProcess())
    }

    /// How many rounds of each cluster have ended.
    static func rounds(_ views: [ClusterView]) -> [Int64] {
        views.map { view in view.rounds.values.reduce(0 as Int64) { $0.saturatingAdd($1) } }
    }
}
