/// Histogram of durations in fixed buckets.
package struct DurationHistogram: Hashable, Sendable {
    /// Upper bounds in seconds that the exporter's own histograms share.
    package static let standardBounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]
    /// Upper bounds in seconds for rebalances, which last from a tenth of a second to many minutes.
    package static let rebalanceBounds: [Double] = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600]

    /// Upper bounds in seconds, ascending; one more bucket above the last is unbounded.
    package let bounds: [Double]
    /// Not cumulative: one count for each bound and one for what lies above the last.
    package private(set) var counts: [Int64]
    package private(set) var sumSeconds: Double

    package init(bounds: [Double] = Self.standardBounds) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
        sumSeconds = 0
    }

    package mutating func record(seconds: Double) {
        let bucket = bounds.firstIndex { seconds <= $0 } ?? bounds.count
        counts[bucket] += 1
        sumSeconds += seconds
    }
}
