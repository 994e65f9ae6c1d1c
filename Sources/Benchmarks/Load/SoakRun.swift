import CAllocationCounter
import LoadHarness
import Locking

/// `--soak=ROUNDS`: rounds in which everything comes and goes, and whether the process has grown.
struct SoakRun {
    var rounds: Int
    /// Bytes that each round holds on to, to see that growth is found.
    var leak: Int
    /// Whether every sample is printed too.
    var isTraced: Bool

    func run() async -> Measurement {
        var soak = Soak(rounds: rounds) { Int(lagwarden_bytes_in_use()) }
        let held = Held()
        let leak = leak
        if leak > 0 { soak.leak = { held.hold(leak, $0) } }
        let (cpu, wall) = (ProcessMeter.cpuSeconds(), ProcessMeter.wallSeconds())
        let (samples, fault) = await soak.run()
        if isTraced { for sample in samples { print(Self.measurement(of: sample).json) } }
        var measurement = Measurement(
            name: "soak",
            figures: [
                ("rounds", Double(rounds)), ("group_partitions", Double(soak.shape.groupPartitions)),
                ("cpu_seconds", ProcessMeter.cpuSeconds() - cpu),
                ("wall_seconds", ProcessMeter.wallSeconds() - wall),
            ], fault: fault)
        if let verdict = SoakVerdict(samples), let last = samples.last {
            measurement.figures += [
                ("resident_bytes", Double(last.residentBytes)), ("heap_bytes", Double(last.heapBytes)),
                ("resident_growth", verdict.residentGrowth), ("heap_growth", verdict.heapGrowth),
                ("descriptors", Double(last.descriptors)),
                ("threads", Double(last.threads.own)), ("pool_threads", Double(verdict.poolThreads)),
                ("series", Double(last.series)), ("series_spread", verdict.seriesSpread),
            ]
            measurement.fault = measurement.fault ?? verdict.fault(soak.limits, cores: ProcessMeter.cores)
        } else {
            measurement.fault = measurement.fault ?? "too few rounds to be judged"
        }
        consume(held)
        return measurement
    }

    private static func measurement(of sample: Soak.Sample) -> Measurement {
        Measurement(
            name: "soak_sample",
            figures: [
                ("round", Double(sample.round)), ("resident_bytes", Double(sample.residentBytes)),
                ("heap_bytes", Double(sample.heapBytes)), ("descriptors", Double(sample.descriptors)),
                ("threads", Double(sample.threads.own)), ("pool_threads", Double(sample.threads.pool)),
                ("series", Double(sample.series)),
            ])
    }

    /// Memory that is never given back.
    private final class Held: Sendable {
        private let blocks = Mutex<[[UInt8]]>([])

        func hold(_ bytes: Int, _ round: Int) {
            blocks.withLock { $0.append(Array(repeating: UInt8(truncatingIfNeeded: round), count: bytes)) }
        }
    }
}
