import LagwardenTestKit

/// A run of all benchmarks beside the committed baseline: which ratios got worse, which targets are met.
package struct BenchJudgement: Sendable {
    /// A ratio that grew beyond its tolerance.
    package struct Worse: Hashable, Sendable {
        package var ratio: BenchRatio
        package var baseline: Double
    }

    package private(set) var worse: [Worse] = []
    /// Ratios that shrank by more than their tolerance.
    package private(set) var better: [Worse] = []
    /// Ratios that the baseline has and this run has not.
    package private(set) var missing: [String] = []
    /// Ratios that the baseline does not know.
    package private(set) var new: [String] = []

    /// `baseline` holds a number for each name of a ratio.
    package init(_ ratios: [BenchRatio], baseline: [String: Double]) {
        for ratio in ratios {
            guard let base = baseline[ratio.name] else {
                new.append(ratio.name)
                continue
            }
            if ratio.value > base * (1 + ratio.tolerance) {
                worse.append(Worse(ratio: ratio, baseline: base))
            } else if ratio.value * (1 + ratio.tolerance) < base {
                better.append(Worse(ratio: ratio, baseline: base))
            }
        }
        missing = baseline.keys.filter { name in !ratios.contains { $0.name == name } }.sorted()
    }

    /// Whether nothing got worse and nothing that the baseline has was left out.
    package var isGood: Bool { worse.isEmpty && missing.isEmpty }

    /// Sentences for people; `remedy` says how a new baseline is accepted.
    package func report(remedy: String) -> [String] {
        var lines = worse.map { line("worse", $0) }
        lines += better.map { line("better", $0) }
        lines += missing.map { "not measured: \($0)" }
        lines += new.map { "not in the baseline: \($0)" }
        if !isGood || !better.isEmpty || !new.isEmpty { lines.append(remedy) }
        return lines
    }

    private func line(_ word: String, _ found: Worse) -> String {
        let times = found.baseline > 0 ? found.ratio.value / found.baseline : .infinity
        return "\(word): \(found.ratio.name): \(found.ratio.value), the baseline has \(found.baseline): "
            + "\((times * 100).rounded() / 100) times, \(1 + found.ratio.tolerance) times are allowed"
    }

    /// Ratios as a file, one a line, in their order.
    package static func file(_ ratios: [BenchRatio]) -> String {
        "{\n" + ratios.map { "  \"\($0.name)\": \($0.value)" }.joined(separator: ",\n") + "\n}\n"
    }

    /// The numbers of such a file; `nil` when it is not one.
    package static func read(_ text: String) -> [String: Double]? {
        guard let value = JSONValue(decoding: Array(text.utf8)), !value.members.isEmpty else { return nil }
        let numbers = value.members.compactMapValues(\.number)
        return numbers.count == value.members.count ? numbers : nil
    }
}
