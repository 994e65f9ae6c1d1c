import CMicroHTTPD
import Glibc
import Locking
import StructuredLog

/// What happens when libmicrohttpd finds its own state broken, which it calls a panic.
///
/// Its default aborts the process, and returning is undefined behaviour. So the thread is parked for good:
/// its connections hang until their clients give up, other threads go on, and `stop` leaves it behind.
enum ServerPanic {
    private static let logger = Mutex<Logger?>(nil)

    /// Process-wide, as the library's hook is; the latest server's logger is told.
    static func install(_ logger: Logger) {
        Self.logger.withLock { $0 = logger }
        unsafe MHD_set_panic_func(Self.park, nil)
    }

    private static let park: MHD_PanicCallback = { _, file, line, reason in
        let place = unsafe file.map { unsafe String(cString: $0) } ?? "unknown file"
        let reason = unsafe reason.map { unsafe String(cString: $0) } ?? "no reason given"
        let logger = ServerPanic.logger.withLock { $0 }
        logger?.error(
            "libmicrohttpd found its state broken; one of its threads is out of service until a restart",
            ["at": "\(place):\(line)", "reason": reason])
        while true { _ = pause() }
    }
}
