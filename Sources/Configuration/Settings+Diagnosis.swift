/// From when on something about a group is worth a finding.
package struct DiagnosisSettings: Hashable, Sendable {
    /// Records of lag of a group above which that is a finding.
    package var lag = 10_000
    /// Age of a group's oldest unread record above which that is a finding.
    package var lagAge = Duration.seconds(600)
    /// Time left before unread records are deleted up to which that is a finding.
    package var lossMargin = Duration.seconds(3600)

    package init() {}
}

extension DiagnosisSettings {
    static let shape = Shape<DiagnosisSettings>.section([
        Field("lag", \.lag, .scalar(.integer(1...1_000_000_000_000, example: "50000"))),
        Field("lag_age", \.lagAge, .scalar(.duration(.seconds(1)...(.seconds(2_592_000)), example: "30m"))),
        Field(
            "loss_margin", \.lossMargin,
            .scalar(.duration(.seconds(1)...(.seconds(2_592_000)), example: "6h"))),
    ])
}
