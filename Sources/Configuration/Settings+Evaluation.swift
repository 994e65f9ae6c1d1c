/// How groups are judged by what recent rounds saw of them.
package struct EvaluationSettings: Hashable, Sendable {
    /// How far back the rules look.
    package var window = Duration.seconds(600)
    /// Shortest time without commits that is a stop, and the least that has to be known of a lagging
    /// partition.
    package var minimum = Duration.seconds(60)
    /// Records of lag up to which a partition is OK.
    package var allowedLag = 0

    package init() {}
}

extension EvaluationSettings {
    static let shape = Shape<EvaluationSettings>.section([
        Field("window", \.window, .scalar(.duration(.seconds(10)...(.seconds(86_400)), example: "10m"))),
        Field("minimum", \.minimum, .scalar(.duration(.seconds(1)...(.seconds(3600)), example: "1m"))),
        Field("allowed_lag", \.allowedLag, .scalar(.integer(0...1_000_000_000, example: "1"))),
    ])
}
