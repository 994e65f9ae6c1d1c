/// Bounds on what the exporter does for those who ask it.
package struct LimitsSettings: Hashable, Sendable {
    /// Scrapes that are answered at the same time; further ones get 503.
    package var concurrentScrapes = 100
    /// Series of one cluster that follow from a snapshot; 0 for no limit.
    package var series = 1_000_000
    /// Longest label value in bytes; longer ones are cut with a hash.
    package var labelLength = 512

    package init() {}
}

extension LimitsSettings {
    static let shape = Shape<LimitsSettings>.section([
        Field("concurrent_scrapes", \.concurrentScrapes, .scalar(.integer(1...10_000, example: "20"))),
        Field("series", \.series, .scalar(.integer(0...100_000_000, example: "200000"))),
        Field("label_length", \.labelLength, .scalar(.integer(128...65_536, example: "1024"))),
    ])
}

extension ValueFormat where Value == Int {
    /// How many partitions of a group are exported one by one; 0 for all.
    static var topPartitions: Self { .integer(0...100_000, example: "20") }
}
