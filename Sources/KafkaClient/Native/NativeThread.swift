import CRdKafka
import Glibc

/// A thread of the operating system, for C calls that block; it must be joined or detached exactly once.
struct NativeThread: Sendable {
    private let thread: pthread_t

    /// Carries the closure through pthread's untyped argument.
    private final class Body: Sendable {
        let name: String
        let work: @Sendable () -> Void

        init(name: String, _ work: @escaping @Sendable () -> Void) {
            self.name = name
            self.work = work
        }

        func run() {
            unsafe lagwarden_name_thread(name)
            work()
        }
    }

    /// Starts the thread with all signals blocked; `nil` when the system has no more threads to give.
    init?(named name: String, _ run: @escaping @Sendable () -> Void) {
        let body = unsafe Unmanaged.passRetained(Body(name: name, run))
        var started = pthread_t()
        var all = sigset_t()
        var previous = sigset_t()
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &previous)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }
        let code = unsafe pthread_create(
            &started, nil,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            unsafe body.release()
            return nil
        }
        thread = started
    }

    /// Waits for the end of the thread and frees it.
    func join() { pthread_join(thread, nil) }

    /// Lets the thread free itself at its end.
    func detach() { pthread_detach(thread) }
}

/// A counter that threads wait on: every ring lets one waiter pass.
///
/// Owns one descriptor.
final class Doorbell: Sendable {
    private let descriptor: Int32

    init() { descriptor = lagwarden_doorbell() }

    deinit { close(descriptor) }

    /// Lets `count` waiters pass; from any thread.
    func ring(_ count: UInt64 = 1) {
        _ = eventfd_write(descriptor, count)
    }

    /// Waits for a ring, on the calling thread, for at most `milliseconds`; returns whether there was one.
    func wait(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // Without a descriptor (the process has none left) a short sleep keeps callers correct, only slower.
        guard descriptor >= 0 else {
            usleep(UInt32(min(max(milliseconds, 1), 20)) * 1_000)
            return true
        }
        guard unsafe poll(&entry, 1, milliseconds) > 0 else { return false }
        var count: eventfd_t = 0
        return unsafe eventfd_read(descriptor, &count) == 0
    }
}
