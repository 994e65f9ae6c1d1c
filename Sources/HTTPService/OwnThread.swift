import Glibc

/// Blocking work away from Swift's cooperative pool.
enum OwnThread {
    /// Runs `work` on a new detached thread; false, and no run, if the system gives none.
    static func run(_ work: @escaping @Sendable () -> Void) -> Bool {
        let box = unsafe Unmanaged.passRetained(Work(work))
        var thread = pthread_t()
        let result = unsafe pthread_create(&thread, nil, Self.entry, box.toOpaque())
        guard result == 0 else {
            unsafe box.release()
            return false
        }
        _ = pthread_detach(thread)
        return true
    }

    /// Sleeps the calling thread.
    static func sleep(milliseconds: UInt32) { _ = usleep(milliseconds * 1000) }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { raw in
        if let raw = unsafe raw { unsafe Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().body() }
        return nil
    }
}
