/// Bounds on what the exporter does for those who ask it.
package struct LimitsSettings: Hashable, Sendable {
    /// Scrapes that are answered at the same time; further ones get 503.
    package var concurrentScrapes = 100

    package init() {}
}

extension LimitsSettings {
    static let shape = Shape<LimitsSettings>.section([
        Field("concurrent_scrapes", \.concurrentScrapes, .scalar(.integer(1...10_000, example: "20")))
    ])
}
