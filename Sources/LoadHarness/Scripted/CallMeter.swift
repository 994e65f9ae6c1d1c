import Glibc
import Locking

/// What the scripted side of a measured process costs, so that it can be taken off.
///
/// Safe from any thread.
package final class CallMeter: Sendable {
    /// Sums since the meter was made.
    package struct Spent: Sendable {
        package var calls: Int64 = 0
        /// Requests that the client would have sent.
        package var requests: Int64 = 0
        package var cpuSeconds = 0.0
        package var allocations: Int64 = 0
        /// Keys and values of records that were delivered.
        package var recordBytes: Int64 = 0

        package static func - (left: Spent, right: Spent) -> Spent {
            Spent(
                calls: left.calls - right.calls, requests: left.requests - right.requests,
                cpuSeconds: left.cpuSeconds - right.cpuSeconds,
                allocations: left.allocations - right.allocations,
                recordBytes: left.recordBytes - right.recordBytes)
        }
    }

    private let allocationsOfThread: @Sendable () -> Int64
    private let sums = Mutex(Spent())

    /// `allocationsOfThread` tells how much the calling thread has allocated so far; without it nothing is
    /// counted.
    package init(allocationsOfThread: @escaping @Sendable () -> Int64 = { 0 }) {
        self.allocationsOfThread = allocationsOfThread
    }

    package var spent: Spent { sums.withLock { $0 } }

    /// Runs work of the scripted side on this thread and adds up what it took.
    func measure<Value>(_ work: () throws -> Value) rethrows -> Value {
        let cpu = ProcessMeter.threadSeconds()
        let allocations = allocationsOfThread()
        defer {
            let took = ProcessMeter.threadSeconds() - cpu
            let allocated = allocationsOfThread() - allocations
            sums.withLock { sums in
                sums.calls += 1
                sums.cpuSeconds += took
                sums.allocations += allocated
            }
        }
        return try work()
    }

    func count(recordBytes: Int) { sums.withLock { $0.recordBytes += Int64(recordBytes) } }

    func count(requests: Int) { sums.withLock { $0.requests += Int64(requests) } }
}
