/// Importance of a log line; raw values are what `--log.level` takes.
package enum LogLevel: String, CaseIterable, Comparable, Sendable {
    case error, warn, info, debug

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    /// 0 for the most important.
    private var rank: Int {
        switch self {
        case .error: 0
        case .warn: 1
        case .info: 2
        case .debug: 3
        }
    }
}

/// Spelling of log lines; raw values are what `--log.format` takes.
package enum LogFormat: String, CaseIterable, Sendable {
    case logfmt, json
}
