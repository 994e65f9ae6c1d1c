import ClusterAccess
import HTTPService

/// Which encodings of one format are asked for, so that they are worth having ready.
struct ScrapeDemand {
    /// How long after its last scrape an encoding counts as asked for.
    ///
    /// Two and a half times the longest interval that is common for Prometheus, which is a minute.
    static let memory = Duration.seconds(150)

    private var lastAsked: [ContentEncoding: MonotonicTime] = [:]

    mutating func note(_ encoding: ContentEncoding, at now: MonotonicTime) { lastAsked[encoding] = now }

    /// Whether `encoding` was asked for lately.
    func wants(_ encoding: ContentEncoding, at now: MonotonicTime) -> Bool {
        lastAsked[encoding].map { now - $0 <= Self.memory } ?? false
    }

    /// Whether any encoding was.
    func wantsAny(at now: MonotonicTime) -> Bool {
        wants(.gzip, at: now) || wants(.identity, at: now)
    }
}
