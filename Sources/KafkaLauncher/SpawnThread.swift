import Dispatch
import Foundation
import Locking

/// The one thread that starts every child; it lives as long as this process.
///
/// WHY: the kernel sends the parent-death signal when the *thread* that started a child ends, and pool
/// threads end when idle, so children must not be started from them.
final class SpawnThread: Sendable {
    static let shared = SpawnThread()

    private let work = Mutex<[@Sendable () -> Void]>([])
    private let wake = DispatchSemaphore(value: 0)

    private init() {
        Thread.detachNewThread { [self] in
            while true {
                wake.wait()
                let next = work.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                next?()
            }
        }
    }

    /// Runs `body` on the thread and waits for it, a millisecond or so for starting a program.
    func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value? {
        let box = ResultBox<Value>()
        let done = DispatchSemaphore(value: 0)
        work.withLock { queue in
            queue.append {
                let value = body()
                box.value.withLock { $0 = value }
                done.signal()
            }
        }
        wake.signal()
        done.wait()
        return box.value.withLock { $0 }
    }
}

/// Carries one value from the spawn thread back to its caller.
private final class ResultBox<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
}
