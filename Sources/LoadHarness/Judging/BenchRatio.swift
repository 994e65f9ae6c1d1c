/// One number of a run of all benchmarks that says the same on any machine, and is better when it is smaller.
package struct BenchRatio: Hashable, Sendable {
    package var name: String
    package var value: Double
    /// By how much it may grow, as a part of itself, before it counts as worse.
    package var tolerance: Double

    /// How a ratio is measured, which decides how much it wavers.
    enum Kind {
        /// Memory and allocations: nearly the same in every run.
        case counted
        /// CPU time of one thing over that of another in the same run.
        case cpu
        /// Wall time of one thing over that of another in the same run.
        case wall

        var tolerance: Double {
            switch self {
            case .counted: 0.1
            case .cpu: 0.4
            case .wall: 1
            }
        }
    }

    init(_ name: String, _ value: Double, _ kind: Kind) {
        self.name = name
        // Five digits: more would make every new baseline differ in all of its lines.
        let scale = value > 0 ? Self.scale(of: value) : 1
        self.value = (value * scale).rounded() / scale
        tolerance = kind.tolerance
    }

    private static func scale(of value: Double) -> Double {
        var scale = 1.0
        while value * scale < 10_000 { scale *= 10 }
        return scale
    }

    /// All ratios that these lines tell, in a fixed order.
    package static func all(in lines: BenchLines) -> [BenchRatio] {
        ["wide", "many", "deep"].flatMap { shape(of: $0, in: lines) } + rendering(in: lines)
    }

    /// What runs of one shape tell of each other.
    private static func shape(of shape: String, in lines: BenchLines) -> [BenchRatio] {
        var ratios: [BenchRatio] = []
        func figure(_ key: String, _ churn: Int) -> Double? {
            lines.figure(key, of: "load_\(shape)_\(churn)")
        }
        for churn in [1, 10] {
            let run = "load_\(shape)_\(churn)" + BenchLines.besideFullSuffix
            if let part = lines.figure("part_of_full_round", of: run) {
                ratios.append(
                    BenchRatio("\(shape): CPU of a round with \(churn) % churn / 100 %", part, .cpu))
            }
        }
        for churn in [1, 10, 100] {
            let run = "\(shape) \(churn) %"
            if let bytes = figure("resident_bytes_per_group_partition", churn) {
                ratios.append(BenchRatio("\(run): resident bytes per group-partition", bytes, .counted))
            }
            if let bytes = figure("heap_bytes_per_group_partition", churn) {
                ratios.append(BenchRatio("\(run): bytes in use per group-partition", bytes, .counted))
            }
            if let blocks = figure("allocations_per_round", churn),
                let count = figure("group_partitions", churn), count > 0
            {
                ratios.append(
                    BenchRatio("\(run): allocations in a round per group-partition", blocks / count, .counted)
                )
            }
        }
        let limited = "load_\(shape)_1" + BenchLines.limitedSuffix
        if let count = lines.figure("group_partitions", of: limited), count > 0 {
            for (key, name) in [("resident", "resident"), ("resident_peak", "most resident")] {
                guard let bytes = lines.figure("\(key)_bytes_scraped", of: limited) else { continue }
                ratios.append(
                    BenchRatio(
                        "\(shape) 1 %, limited: \(name) bytes after scrapes per group-partition",
                        bytes / count, .counted))
            }
        }
        return ratios + copying(shape, in: lines)
    }

    /// Rounds and scrapes beside copying bytes in the same process: half a machine-independent clock.
    private static func copying(_ shape: String, in lines: BenchLines) -> [BenchRatio] {
        var ratios: [BenchRatio] = []
        for churn in [1, 100] {
            let run = "load_\(shape)_\(churn)"
            guard let copy = lines.figure("copy_seconds", of: run), copy > 0,
                let bytes = lines.figure("scrape_plain_bytes", of: run), bytes > 0
            else { continue }
            if let round = lines.figure("round_cpu_seconds", of: run),
                let count = lines.figure("group_partitions", of: run), count > 0
            {
                ratios.append(
                    BenchRatio(
                        "\(shape) \(churn) %: bytes copied in the CPU time of a round per group-partition",
                        round / count / (copy / bytes), .cpu))
            }
            guard churn == 1 else { continue }
            for (key, name, kind) in [
                ("plain_first_cpu", "CPU of the first scrape", Kind.cpu),
                ("plain_second", "second scrape", .wall), ("gzip_first_cpu", "CPU of the first gzip", .cpu),
                ("gzip_second", "second gzip", .wall),
            ] {
                if let seconds = lines.figure("scrape_\(key)_seconds", of: run) {
                    ratios.append(
                        BenchRatio("\(shape): \(name) / copying the plain bytes", seconds / copy, kind))
                }
            }
        }
        return ratios
    }

    /// Rendering and packing against copying the same number of bytes.
    private static func rendering(in lines: BenchLines) -> [BenchRatio] {
        lines.names.filter { $0.hasPrefix("render_") || $0.hasSuffix("pack_lines") }.compactMap { name in
            guard let speed = lines.figure("megabytes_per_second", of: name), speed > 0,
                let copying = lines.figure("megabytes_per_second", of: "copy")
            else { return nil }
            return BenchRatio("\(name) / copying its bytes", copying / speed, .cpu)
        }
    }
}
