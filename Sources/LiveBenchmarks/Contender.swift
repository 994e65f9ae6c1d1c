/// A way in which the exporter is run, to be compared with the C loop.
struct Contender: Sendable {
    /// Part of the names of its figures.
    var name: String
    var source: String
    /// Whether ages are looked up.
    var hasLagSeconds: Bool
    /// Whether `/metrics` is fetched once a round, compressed, as a Prometheus server does.
    var isScraped: Bool

    /// The same calls as the loop's, nothing else.
    static let bare = Contender(name: "admin", source: "admin", hasLagSeconds: false, isScraped: false)

    static let all = [
        bare,
        Contender(name: "admin_as_shipped", source: "admin", hasLagSeconds: true, isScraped: true),
        Contender(name: "hybrid", source: "hybrid", hasLagSeconds: false, isScraped: false),
        Contender(name: "hybrid_as_shipped", source: "hybrid", hasLagSeconds: true, isScraped: true),
    ]

    /// Metadata and settings of topics are asked for once, as by the loop; idle groups in every round, unless
    /// it is as shipped.
    func settings(interval: Duration) -> String {
        let seconds = Int(interval.inSeconds)
        return """
            source: \(source)
            poll:
              interval: \(seconds)s
              idle_interval: \(isScraped ? 6 * seconds : seconds)s
              jitter: 0
              metadata_interval: 1h
              stale_after: 5m
            lag_seconds:
              enabled: \(hasLagSeconds)

            """
    }
}
