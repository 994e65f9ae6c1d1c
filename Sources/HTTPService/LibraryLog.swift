import Locking
import StructuredLog

/// Sorts libmicrohttpd's messages: most are about one client and for debugging, a few concern the operator.
final class LibraryLog: Sendable {
    private struct State {
        /// What was said while the server started; it matters only if it then fails.
        var startup: [String]? = []
        var lastWarning: ContinuousClock.Instant?
    }

    private let logger: Logger
    private let state = Mutex(State())

    init(_ logger: Logger) { self.logger = logger }

    /// Called by the library on any of its threads.
    func note(_ text: String, at now: ContinuousClock.Instant = .now) {
        let detail = String(text.prefix { !$0.isNewline })
        let isWarning = state.withLock { state in
            // A few lines say why; the rest of a flood would say the same.
            if let count = state.startup?.count, count < 8 { state.startup?.append(detail) }
            guard Self.meansExhaustion(detail) else { return false }
            if let last = state.lastWarning, now < last + .seconds(60) { return false }
            state.lastWarning = now
            return true
        }
        if isWarning {
            logger.warn(
                "The HTTP server cannot accept connections; raise the limit of open files (LimitNOFILE)",
                ["detail": detail])
        } else {
            logger.debug("libmicrohttpd", ["detail": detail])
        }
    }

    /// Called once when the start is over; if it failed, what was said until then are errors.
    func startEnded(failed: Bool) {
        let startup = state.withLock { state in
            defer { state.startup = nil }
            return state.startup ?? []
        }
        guard failed else { return }
        for detail in startup { logger.error("The HTTP server cannot start", ["detail": detail]) }
    }

    /// Whether no descriptor is left for a connection, which the library says again and again.
    private static func meansExhaustion(_ text: String) -> Bool {
        ["resource limit", "Error accepting connection"].contains { text.contains($0) }
    }
}
