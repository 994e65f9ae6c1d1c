import ClusterAccess
import Exposition
import Locking

/// Counts what the port has served; any thread may record.
final class ServingStatistics: Sendable {
    private struct Counts {
        var scrapeBytes: [String: Int] = [:]
        var scrapeDurations: [String: DurationHistogram] = [:]
        var requests: [ExporterFacts.HTTPRequestKey: Int64] = [:]
    }

    private let counts = Mutex(Counts())

    func recordScrape(encoding: String, bytes: Int, seconds: Double) {
        counts.withLock { counts in
            counts.scrapeBytes[encoding] = bytes
            counts.scrapeDurations[encoding, default: DurationHistogram()].record(seconds: seconds)
        }
    }

    /// Counts an answer under the route that gave it, never under a path from the network.
    func recordRequest(route: String, code: Int) {
        counts.withLock {
            $0.requests[ExporterFacts.HTTPRequestKey(path: route, code: code), default: 0] += 1
        }
    }

    func fill(_ facts: inout ExporterFacts) {
        let now = counts.withLock { $0 }
        facts.scrapeBytes = now.scrapeBytes
        facts.scrapeDurations = now.scrapeDurations
        facts.httpRequests = now.requests
    }
}
