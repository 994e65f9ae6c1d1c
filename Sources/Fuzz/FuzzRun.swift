import Foundation
import Glibc
import LagwardenTestKit
import OffsetsTopic

/// Decodes damaged records and counts what becomes of them.
struct FuzzRun {
    var options: FuzzOptions
    private var kinds: [RecordKind: Int] = [:]
    private var reasons: [SkippedRecord.Reason: Int] = [:]
    private var subscriptions = 0
    private var assignments = 0
    private var bytes = 0
    /// What was wrong, with the record that did it; the first few.
    private var faults: [String] = []
    private var seconds = 0.0

    init(_ options: FuzzOptions) { self.options = options }

    /// Runs until all records are through or enough of them went wrong.
    mutating func run(on corpus: [EncodedRecord]) {
        let mutator = RecordMutator(corpus: corpus, seed: options.seed)
        let start = ContinuousClock.now
        for number in options.first..<(options.first + options.records) {
            let mutant = mutator.mutant(number)
            take(
                DecoderCheck(key: mutant.key, value: mutant.value, padding: number % 4), of: mutant,
                number: number)
            if faults.count >= 10 { break }
        }
        seconds = start.duration(to: .now) / .seconds(1)
        // Each number of records below this may well miss a rare outcome.
        guard options.records >= 1_000_000 else { return }
        for kind in RecordKind.allCases where kinds[kind] == nil {
            faults.append("no \(kind.rawValue) among the records")
        }
        for reason in SkippedRecord.Reason.allCases where reasons[reason] == nil {
            faults.append("no \(reason.rawValue) among the records")
        }
    }

    private mutating func take(_ check: DecoderCheck, of mutant: RecordMutator.Mutant, number: Int) {
        bytes += (mutant.key?.count ?? 0) + (mutant.value?.count ?? 0)
        if let kind = check.record.kind { kinds[kind, default: 0] += 1 }
        if case .skipped(let skipped) = check.record { reasons[skipped.reason, default: 0] += 1 }
        subscriptions += check.subscriptions
        assignments += check.assignments
        if let fault = check.fault {
            let key = mutant.key.map(Self.hex) ?? "null"
            let value = mutant.value.map(Self.hex) ?? "null"
            faults.append("record \(number), \(fault): key \(key) value \(value)")
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    var isSound: Bool { faults.isEmpty }

    /// One line of JSON.
    var report: String {
        var outcomes: [String: JSONValue] = [:]
        for kind in RecordKind.allCases { outcomes[kind.rawValue] = .integer(Int64(kinds[kind] ?? 0)) }
        for reason in SkippedRecord.Reason.allCases {
            outcomes["skipped_\(reason.rawValue)"] = .integer(Int64(reasons[reason] ?? 0))
        }
        return JSONValue.object([
            "fuzz": "offsets_topic", "ok": .bool(isSound), "seed": .integer(Int64(bitPattern: options.seed)),
            "first": .integer(Int64(options.first)), "records": .integer(Int64(options.records)),
            "bytes": .integer(Int64(bytes)), "seconds": .number((seconds * 1_000).rounded() / 1_000),
            "outcomes": .object(outcomes), "subscriptions": .integer(Int64(subscriptions)),
            "assignments": .integer(Int64(assignments)), "resident_bytes_max": .integer(Self.residentMax),
            "faults": .array(faults.map { .string($0) }),
        ]).encoded
    }

    /// Greatest resident memory of the process so far.
    private static var residentMax: Int64 {
        var usage = rusage()
        unsafe getrusage(RUSAGE_SELF.rawValue, &usage)
        return Int64(usage.ru_maxrss) * 1_024
    }
}
