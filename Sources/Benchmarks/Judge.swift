import Foundation
import LoadHarness

/// `--judge=LINES --baseline=FILE`: ratios and targets of a run that has printed its lines into a file.
struct Judge {
    var linesFile: String
    var baselineFile: String
    var writesBaseline: Bool

    /// Prints what there is to say; false when something got worse, or an answer was wrong.
    func run() -> Bool {
        guard let text = Self.text(of: linesFile) else {
            print("Benchmarks: \(linesFile) cannot be read")
            return false
        }
        let lines = BenchLines(text)
        for target in BenchTarget.all(in: lines) { print(target.line) }
        for (name, fault) in lines.faults { print("wrong answer: \(name): \(fault)") }
        let ratios = BenchRatio.all(in: lines)
        guard lines.faults.isEmpty, !ratios.isEmpty else {
            if ratios.isEmpty { print("Benchmarks: \(linesFile) holds nothing that gives a ratio") }
            return false
        }
        if writesBaseline { return write(ratios) }
        guard let baseline = Self.text(of: baselineFile).flatMap(BenchJudgement.read) else {
            print("Benchmarks: \(baselineFile) is no baseline; \(Self.remedy) writes one")
            return false
        }
        let judgement = BenchJudgement(ratios, baseline: baseline)
        let report = judgement.report(
            remedy: "If that is meant, \(Self.remedy) accepts it; commit \(baselineFile) with what caused it."
        )
        for line in report { print(line) }
        print("\(ratios.count) ratios compared with \(baselineFile), \(judgement.worse.count) got worse")
        return judgement.isGood
    }

    private static let remedy = "LAGWARDEN_WRITE_BASELINE=1 make bench"

    private func write(_ ratios: [BenchRatio]) -> Bool {
        do {
            try BenchJudgement.file(ratios).write(toFile: baselineFile, atomically: true, encoding: .utf8)
            print("\(ratios.count) ratios written to \(baselineFile)")
            return true
        } catch {
            print("Benchmarks: \(baselineFile) cannot be written: \(error.localizedDescription)")
            return false
        }
    }

    private static func text(of path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
