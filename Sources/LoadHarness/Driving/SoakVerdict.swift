/// Whether a process has grown in the course of a soak.
///
/// The first fifth of the samples is warm-up: caches, pools and windows of rounds fill. What the second fifth
/// shows is compared with the last one, memory by the median, as in the live soak: neither the end of the
/// warm-up nor a body that a connection has not let go of yet moves that.
package struct SoakVerdict: Hashable, Sendable {
    /// Resident memory of the last fifth over that of the second one, minus 1.
    package var residentGrowth: Double
    /// The same of bytes in use; 0 where they were not counted.
    package var heapGrowth: Double
    /// Descriptors and own threads at the end beyond those after the warm-up.
    package var descriptorGrowth: Int
    package var threadGrowth: Int
    /// The most threads that the pool of Swift's tasks had after the warm-up.
    package var poolThreads: Int
    /// Largest number of series over the smallest, minus 1.
    package var seriesSpread: Double

    /// Growth of memory that is still none, as ratios.
    package struct Limits: Hashable, Sendable {
        package var resident: Double
        package var heap: Double

        /// Of five megabytes in use some hundred kilobytes are arrays that double when there is more in one
        /// place than ever before, which happens ever more rarely.
        package static let full = Limits(resident: 0.01, heap: 0.05)
        /// Two megabytes in use and the start of their caches: this finds leaks of a kilobyte a round.
        package static let short = Limits(resident: 0.1, heap: 0.25)
    }

    /// Nil for fewer samples than can be judged.
    package init?(_ samples: [Soak.Sample]) {
        guard samples.count >= 10 else { return nil }
        let fifth = samples.count / 5
        let before = samples[fifth..<(2 * fifth)], after = samples.suffix(fifth)
        func least(_ part: ArraySlice<Soak.Sample>, _ figure: (Soak.Sample) -> Int) -> Int {
            part.map(figure).min() ?? 0
        }
        func median(_ part: ArraySlice<Soak.Sample>, _ figure: (Soak.Sample) -> Int) -> Int {
            part.map(figure).sorted()[part.count / 2]
        }
        func growth(_ figure: (Soak.Sample) -> Int) -> Double {
            let base = median(before, figure)
            return base > 0 ? Double(median(after, figure)) / Double(base) - 1 : 0
        }
        residentGrowth = growth(\.residentBytes)
        heapGrowth = growth(\.heapBytes)
        descriptorGrowth = least(after, \.descriptors) - least(before, \.descriptors)
        threadGrowth = least(after, \.threads.own) - least(before, \.threads.own)
        poolThreads = samples.dropFirst(fifth).map(\.threads.pool).max() ?? 0
        let series = samples.dropFirst(fifth).map(\.series)
        let (least, most) = (series.min() ?? 0, series.max() ?? 0)
        seriesSpread = least > 0 ? Double(most) / Double(least) - 1 : 0
    }

    /// Threads that the pool behind Swift's tasks may have: two for each core, since it replaces those that
    /// wait in the kernel, and two for timers.
    package static func poolThreadsMax(cores: Int) -> Int { 2 * cores + 2 }

    /// What has grown, as a sentence; `nil` when nothing has.
    package func fault(_ limits: Limits = .full, cores: Int) -> String? {
        if residentGrowth >= limits.resident {
            return "resident memory grew by \(percent(residentGrowth, limits.resident))"
        }
        if heapGrowth >= limits.heap { return "memory in use grew by \(percent(heapGrowth, limits.heap))" }
        if descriptorGrowth != 0 { return "\(descriptorGrowth) more descriptors are open" }
        if threadGrowth != 0 { return "\(threadGrowth) more threads run" }
        if poolThreads > Self.poolThreadsMax(cores: cores) {
            return "the pool of tasks has \(poolThreads) threads on \(cores) cores"
        }
        return nil
    }

    private func percent(_ ratio: Double, _ limit: Double) -> String {
        "\((ratio * 1_000).rounded() / 10) %, \((limit * 1_000).rounded() / 10) % are allowed"
    }
}
