import LagwardenTestKit
import Testing

/// Lag in seconds of every partition of a workload's groups, beside the truth.
struct AgeTruth {
    /// One partition with lag in one scrape, in seconds.
    struct Sample {
        var value: Double
        /// Half the width of the bracket, as exported.
        var bound: Double
        var truth: Double

        var error: Double { abs(value - truth) }

        /// Whether the error is allowed: at most the larger of 2 s and 2 %.
        var isGood: Bool { error <= max(2, 0.02 * truth) }
    }

    /// What rounding makes of times: the bound goes to the next millisecond, a timestamp is a whole one.
    static let rounding = 0.005

    let stage: Stage
    let workload: StageWorkload
    private(set) var samples: [Sample] = []
    /// Partitions without lag that were looked at.
    private(set) var idle = 0
    /// Partitions with lag and no age.
    private(set) var absent = 0

    init(_ stage: Stage, _ workload: StageWorkload) {
        self.stage = stage
        self.workload = workload
    }

    /// Compares one scrape; a value that has to be 0, or misses its own bound, is a failure at once.
    mutating func compare(_ scrape: Scrape) async throws {
        let moment = try #require(scrape.value("lagwarden_snapshot_timestamp_seconds"))
        var (places, found): ([StageWorkload.Place], [(String, Double?, Double?)]) = ([], [])
        for group in workload.groups.map(\.name) {
            for stream in workload.streams {
                let value = { scrape.partition($0, group, stream.topic, stream.partition) }
                let name = "\(group), \(stream.topic) \(stream.partition)"
                let lag = try #require(value("lag"), "\(name)")
                guard lag > 0 else {
                    #expect(value("lag_seconds") == 0, "\(name)")
                    #expect(value("lag_seconds_error") == 0, "\(name)")
                    idle += 1
                    continue
                }
                let committed = try #require(value("committed_offset"), "\(name)")
                let start = try #require(scrape.log("log_start_offset", stream.topic, stream.partition))
                places.append(
                    .init(stream.topic, stream.partition, logStart: Int64(start), offset: Int64(committed)))
                found.append((name, value("lag_seconds"), value("lag_seconds_error")))
            }
        }
        let times = try await stage.workloadTimes(workload.name, places)
        #expect(times.count == places.count)
        for (index, (name, value, bound)) in found.enumerated() {
            let time = try #require(times[index], "\(name): no record is known at \(places[index])")
            guard let value, let bound else {
                absent += 1
                continue
            }
            let truth = max(0, moment - Double(time) / 1000)
            let sample = Sample(value: value, bound: bound, truth: truth)
            #expect(value >= 0, "\(name)")
            #expect(sample.error <= bound + Self.rounding, "\(name): \(sample) at \(places[index])")
            samples.append(sample)
        }
    }

    /// The error that `part` of the samples do not exceed.
    func error(atMostIn part: Double) -> Double {
        let errors = samples.map(\.error).sorted()
        guard !errors.isEmpty else { return .infinity }
        return errors[min(errors.count - 1, Int(Double(errors.count) * part))]
    }

    /// The same with each error in parts of what is allowed for its age.
    func excess(atMostIn part: Double) -> Double {
        let excesses = samples.map { $0.error / max(2, 0.02 * $0.truth) }.sorted()
        guard !excesses.isEmpty else { return .infinity }
        return excesses[min(excesses.count - 1, Int(Double(excesses.count) * part))]
    }

    /// Errors as a person reads them.
    var summary: String {
        let bounds = samples.map(\.bound).sorted()
        let numbers = [
            "median \(seconds(error(atMostIn: 0.5)))", "99 % \(seconds(error(atMostIn: 0.99)))",
            "(\(Int(100 * excess(atMostIn: 0.99))) % of what is allowed)",
            "largest \(seconds(error(atMostIn: 1)))",
            "median bound \(seconds(bounds.isEmpty ? 0 : bounds[bounds.count / 2]))",
            "oldest \(seconds(samples.map(\.truth).max() ?? 0))",
        ]
        return "\(samples.count) ages, \(absent) absent, \(idle) of no lag: "
            + numbers.joined(separator: ", ")
    }

    private func seconds(_ value: Double) -> String { "\((value * 1000).rounded() / 1000) s" }
}
