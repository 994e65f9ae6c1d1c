import ClusterAccess
import HTTPService
import Monitor

/// `/-/ready`: 503 until every reachable cluster has had its first round, with what is missing.
enum Readiness {
    /// A cluster that cannot be reached does not hold the others up, as long as one of them has a snapshot.
    static func respond(_ clusters: [PublishedCluster]) -> HTTPResponse {
        let waiting = clusters.filter { $0.view.snapshot == nil }
        let untried = waiting.filter { $0.view.lastRound == nil }
        let isReady = untried.isEmpty && waiting.count < clusters.count
        guard isReady else {
            return .text(waiting.map(sentence).joined(separator: "\n"), status: 503)
        }
        let notes = waiting.map { "ready without " + sentence($0) }
        return .text(notes.isEmpty ? "ready" : notes.joined(separator: "\n"))
    }

    private static func sentence(_ cluster: PublishedCluster) -> String {
        guard let failure = cluster.view.lastFailure else {
            return "cluster \(cluster.view.cluster): the first round has not ended"
        }
        return "cluster \(cluster.view.cluster): \(failure.description)"
    }
}
