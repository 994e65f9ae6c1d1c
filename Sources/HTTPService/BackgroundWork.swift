/// Work of some hundred milliseconds that is not for Swift's cooperative pool.
package enum BackgroundWork {
    /// Starts `work` on a thread of its own; where the system gives none, `work` runs here.
    package static func start(_ work: @escaping @Sendable () -> Void) {
        if !OwnThread.run(work) { work() }
    }

    /// Runs `work` on a thread of its own and waits for its end without occupying one.
    ///
    /// Where the system gives no thread, `work` runs here.
    package static func run(_ work: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            start {
                work()
                continuation.resume()
            }
        }
    }
}
