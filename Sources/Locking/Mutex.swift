#if THREAD_SANITIZER
    import Glibc
#else
    import Synchronization
#endif

/// A value that one thread at a time can reach: `Synchronization.Mutex`, in a form that ThreadSanitizer sees.
///
/// WHY: under contention the standard library's mutex waits in code that is not built with the sanitizer,
/// which then takes everything that the lock protects for unordered. A build with `-DTHREAD_SANITIZER`
/// waits in pthread's mutex instead, which the sanitizer knows.
package struct Mutex<Value: ~Copyable>: ~Copyable {
    #if THREAD_SANITIZER
        private let storage: Storage

        package init(_ value: consuming sending Value) { storage = Storage(value) }

        /// Calls `body` with the value while no other thread has it; must not be called again from inside.
        package borrowing func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            try storage.withLock(body)
        }

        /// The lock and the value at addresses that do not change.
        @safe private final class Storage {
            private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
            private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

            init(_ initial: consuming sending Value) {
                unsafe pthread_mutex_init(lock, nil)
                unsafe value.initialize(to: initial)
            }

            deinit {
                unsafe value.deinitialize(count: 1)
                unsafe value.deallocate()
                unsafe pthread_mutex_destroy(lock)
                unsafe lock.deallocate()
            }

            func withLock<Result: ~Copyable, Failure: Error>(
                _ body: (inout Value) throws(Failure) -> sending Result
            ) throws(Failure) -> sending Result {
                unsafe pthread_mutex_lock(lock)
                defer { unsafe pthread_mutex_unlock(lock) }
                return try unsafe body(&value.pointee)
            }
        }
    #else
        private let mutex: Synchronization.Mutex<Value>

        package init(_ value: consuming sending Value) { mutex = Synchronization.Mutex(value) }

        /// Calls `body` with the value while no other thread has it; must not be called again from inside.
        package borrowing func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            try mutex.withLock(body)
        }
    #endif
}

#if THREAD_SANITIZER
    // SAFETY: the value is reached only between pthread_mutex_lock and pthread_mutex_unlock.
    extension Mutex: @unchecked Sendable where Value: ~Copyable {}
#else
    extension Mutex: Sendable where Value: ~Copyable {}
#endif
