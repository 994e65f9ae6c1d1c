import ClusterAccess
import Foundation
import LagwardenTestKit
import Locking
import Monitor
import Testing

@testable import Service

@Suite("Preparation of scrapes")
struct ScrapePreparationTests {
    /// A new thread for each would get the next arena of the allocator, and dirty all of them in turn.
    @Test(.timeLimit(.minutes(2))) func roundsArePreparedOnOneThreadUntilItIsCancelled() async {
        let store = SnapshotStore(clusters: ["c"])
        let threads = Mutex<[String]>([])
        let preparation = ScrapePreparation(store: store) {
            // Numbers of processes and threads, which are not used again so soon.
            let thread = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
            threads.withLock { $0.append(thread ?? "unknown") }
        }
        let task = Task { await preparation.run() }
        for count in 1...4 {
            // The first one is of no round at all.
            await Eventually.comes { threads.withLock { $0.count } == count }
            store.record(.failed, of: "c")
        }
        task.cancel()
        await task.value
        let seen = threads.withLock { $0 }
        #expect(seen.count == 4)
        #expect(Set(seen).count == 1)
        #expect(seen.first != "unknown")
    }
}

extension FinishedRound {
    fileprivate static var failed: FinishedRound {
        FinishedRound(
            outcome: .failed, snapshot: nil,
            finished: Moment(
                wall: WallTime(nanosecondsSince1970: 0), monotonic: MonotonicTime(sinceOrigin: .zero)),
            duration: .zero)
    }
}
