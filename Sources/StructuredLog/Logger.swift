/// Writes one line for each event: a level, a message and fields.
///
/// A value that may be copied freely and used from any thread, C callbacks included; the sink is called on
/// the caller's thread and must not block for long.
package struct Logger: Sendable {
    package typealias Sink = @Sendable (LogRecord) -> Void

    package let level: LogLevel
    private let fields: [LogRecord.Field]
    private let sink: Sink

    package init(level: LogLevel, fields: [LogRecord.Field] = [], sink: @escaping Sink) {
        self.level = level
        self.fields = fields
        self.sink = sink
    }

    /// A logger that drops everything.
    package static var silent: Logger { Logger(level: .error) { _ in } }

    /// The same logger with a field added to every line.
    package func with(_ key: String, _ value: String) -> Logger {
        Logger(level: level, fields: fields + [LogRecord.Field(key, value)], sink: sink)
    }

    /// The same logger without what is less important than `level`.
    package func limited(to level: LogLevel) -> Logger {
        Logger(level: min(self.level, level), fields: fields, sink: sink)
    }

    package func error(_ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        log(.error, message, fields)
    }

    package func warn(_ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        log(.warn, message, fields)
    }

    package func info(_ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        log(.info, message, fields)
    }

    package func debug(_ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        log(.debug, message, fields)
    }

    package func log(_ level: LogLevel, _ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        guard level <= self.level else { return }
        let added = fields.map { LogRecord.Field($0.key, $0.value) }
        sink(LogRecord(level: level, message: message, fields: self.fields + added))
    }
}
