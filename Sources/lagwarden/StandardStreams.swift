import Foundation
import Locking
import StructuredLog

/// Standard output for answers, standard error for log lines and complaints.
enum StandardStreams {
    static func write(_ text: String) {
        FileHandle.standardOutput.write(Data(terminated(text).utf8))
    }

    static func writeError(_ text: String) {
        FileHandle.standardError.write(Data(terminated(text).utf8))
    }

    /// A logger that writes whole lines to standard error, from any thread.
    static func logger(level: LogLevel, format: LogFormat) -> Logger {
        let lock = Mutex(())
        return Logger(level: level) { record in
            let now = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            let line = record.line(timestamp: now, format: format)
            lock.withLock { _ in writeError(line) }
        }
    }

    private static func terminated(_ text: String) -> String { text.hasSuffix("\n") ? text : text + "\n" }
}
