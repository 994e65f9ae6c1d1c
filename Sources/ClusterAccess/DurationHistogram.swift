/// Histogram of durations in the fixed buckets that all of the exporter's own histograms share.
package struct DurationHistogram: Hashable, Sendable {
    /// Upper bounds in seconds; one more bucket above the last is unbounded.
    package static let bounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    /// Not cumulative: one count for each bound and one for what lies above the last.
    package private(set) var counts: [Int64]
    package private(set) var sumSeconds: Double

    package init() {
        counts = Array(repeating: 0, count: Self.bounds.count + 1)
        sumSeconds = 0
    }

    package mutating func record(seconds: Double) {
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        counts[bucket] += 1
        sumSeconds += seconds
    }
}
