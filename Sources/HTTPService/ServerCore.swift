import CMicroHTTPD
import Glibc
import Locking
import StructuredLog

import struct Synchronization.Atomic

/// What libmicrohttpd's threads share with the server's owner: the handler, the logger and the state of life.
///
/// The library holds one reference from start until its threads are joined.
final class ServerCore: Sendable {
    let logger: Logger
    let handler: HTTPServer.Handler
    let watch: ConnectionWatch
    let libraryLog: LibraryLog
    private let options: HTTPServerOptions
    private let phase = Mutex(Phase.idle)
    private let inFlight = Atomic(0)

    /// Life of the server, from top to bottom and never back.
    private enum Phase: Sendable {
        case idle
        case running(Daemon)
        case stopping
        case stopped
    }

    /// The C handle and its listening socket.
    @safe private struct Daemon: Sendable {
        // SAFETY: `phase` gives it to exactly one thread, the one that stops and frees.
        nonisolated(unsafe) let handle: OpaquePointer
        // SAFETY: as the handle, with which it is freed.
        nonisolated(unsafe) let settings: UnsafeMutablePointer<lagwarden_httpd_settings>
        let listener: Int32
    }

    init(_ options: HTTPServerOptions, logger: Logger, handler: @escaping HTTPServer.Handler) {
        self.options = options
        self.watch = ConnectionWatch(
            requestTimeout: options.requestTimeout, answerTimeout: options.answerTimeout)
        self.logger = logger
        self.libraryLog = LibraryLog(logger)
        self.handler = handler
    }

    /// Requests whose header has arrived and whose answer is not sent in full.
    var requestsInFlight: Int { inFlight.load(ordering: .relaxed) }

    func requestBegan(on connection: ConnectionWatch.ID) {
        inFlight.add(1, ordering: .relaxed)
        watch.requestBegan(connection)
    }

    func requestEnded(on connection: ConnectionWatch.ID) {
        inFlight.subtract(1, ordering: .relaxed)
        watch.requestEnded(connection)
    }

    /// True from the moment `stop` is called: answers then tell clients to close.
    var isStopping: Bool {
        phase.withLock {
            switch $0 {
            case .idle, .running: false
            case .stopping, .stopped: true
            }
        }
    }

    /// Hands a listening socket to libmicrohttpd, which owns it even if it does not start.
    func start(on listener: Int32) -> Bool {
        let retained = unsafe Unmanaged.passRetained(self)
        let threads = min(max(options.threads, 2), 64)
        let settings = UnsafeMutablePointer<lagwarden_httpd_settings>.allocate(capacity: 1)
        unsafe settings.initialize(
            to: lagwarden_httpd_settings(
                listen_socket: listener,
                threads: UInt32(threads),
                connection_limit: UInt32(clamping: max(options.connectionLimit, threads)),
                connection_limit_per_address: UInt32(clamping: options.connectionLimitPerAddress ?? 0),
                idle_timeout: UInt32(clamping: max(options.idleTimeout.components.seconds, 1)),
                memory_limit: max(options.requestMemory, 1024),
                context: retained.toOpaque(),
                log: ServerCallbacks.log,
                request_line: ServerCallbacks.requestLine,
                handler: ServerCallbacks.handle,
                completed: ServerCallbacks.completed,
                connection_changed: ServerCallbacks.connectionChanged))
        guard let handle = unsafe lagwarden_httpd_start(settings) else {
            unsafe settings.deallocate()
            unsafe retained.release()
            libraryLog.startEnded(failed: true)
            return false
        }
        libraryLog.startEnded(failed: false)
        let daemon = unsafe Daemon(handle: handle, settings: settings, listener: listener)
        phase.withLock { $0 = .running(daemon) }
        if !OwnThread.run({ self.patrol() }) {
            logger.warn("The HTTP server has no thread to close slow connections with")
        }
        return true
    }

    /// Stops as `HTTPServer.stop` says.
    func stop(grace: Duration) {
        let started = ContinuousClock.now
        let daemon = phase.withLock { phase -> Daemon? in
            switch phase {
            case .running(let daemon):
                phase = .stopping
                return daemon
            case .idle:
                phase = .stopped
                return nil
            case .stopping, .stopped:
                return nil
            }
        }
        if let daemon {
            // On a thread of its own, because joining waits for handlers without a limit.
            let work: @Sendable () -> Void = { self.finish(daemon, deadline: started + grace) }
            if !OwnThread.run(work) { work() }
        }
        while !hasStopped {
            guard ContinuousClock.now < started + grace + .milliseconds(500) else {
                logger.warn("The HTTP server left behind a handler that does not return")
                return
            }
            OwnThread.sleep(milliseconds: 2)
        }
    }

    /// Closes overdue connections once a second, until at most a second after `stop`.
    private func patrol() {
        while !isStopping {
            let count = watch.closeOverdue()
            if count > 0 { logger.debug("Closed slow HTTP connections", ["count": "\(count)"]) }
            OwnThread.sleep(milliseconds: 1000)
        }
    }

    /// True once threads are joined and descriptors closed.
    private var hasStopped: Bool {
        phase.withLock { if case .stopped = $0 { true } else { false } }
    }

    /// Closes the listener, drains, joins; runs once.
    private func finish(_ daemon: Daemon, deadline: ContinuousClock.Instant) {
        let isQuiet = unsafe MHD_quiesce_daemon(daemon.handle) >= 0
        // The descriptor stays open, as the library demands until its threads are joined; the port closes
        // now.
        _ = shutdown(daemon.listener, Int32(SHUT_RDWR))
        while requestsInFlight > 0, ContinuousClock.now < deadline { OwnThread.sleep(milliseconds: 2) }
        unsafe MHD_stop_daemon(daemon.handle)
        unsafe daemon.settings.deallocate()
        if isQuiet { _ = close(daemon.listener) }
        phase.withLock { $0 = .stopped }
        unsafe Unmanaged.passUnretained(self).release()
    }
}
