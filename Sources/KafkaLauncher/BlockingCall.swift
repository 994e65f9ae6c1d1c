import Dispatch

/// Ways to leave Swift's cooperative pool for calls and waits that must not hold one of its threads.
package enum BlockingCall {
    /// Runs `body`, which may block, on a thread of its own pool and returns its result.
    package static func run<Value: Sendable>(
        _ body: @escaping @Sendable () -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: body()) }
        }
    }

    /// Waits for `duration` even when the task is cancelled: what stops processes must finish its work.
    package static func pause(_ duration: Duration) async {
        let parts = duration.components
        let nanoseconds = parts.seconds &* 1_000_000_000 &+ parts.attoseconds / 1_000_000_000
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(clamping: nanoseconds))) {
                continuation.resume()
            }
        }
    }
}
