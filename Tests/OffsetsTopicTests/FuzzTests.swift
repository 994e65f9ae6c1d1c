import LagwardenTestKit
import OffsetsTopic
import Testing

/// A small part of what the `Fuzz` program does with millions of records.
@Suite struct FuzzTests {
    private static let mutator = RecordMutator(
        corpus: Sample.all.map { EncodedRecord(key: $0.key, value: $0.value) }, seed: 20_261)

    @Test func damagedRecordsKeepTheRules() {
        var kinds: Set<RecordKind> = []
        var reasons: Set<SkippedRecord.Reason> = []
        var blobs = 0
        for number in 0..<20_000 {
            let mutant = Self.mutator.mutant(number)
            let check = DecoderCheck(key: mutant.key, value: mutant.value, padding: number % 4)
            if let fault = check.fault {
                Issue.record("record \(number), \(mutant): \(fault)")
                return
            }
            if let kind = check.record.kind { kinds.insert(kind) }
            if case .skipped(let skipped) = check.record { reasons.insert(skipped.reason) }
            blobs += check.subscriptions + check.assignments
        }
        #expect(kinds == Set(RecordKind.allCases))
        #expect(reasons == Set(SkippedRecord.Reason.allCases))
        #expect(blobs > 0)
    }

    @Test func theSameNumberGivesTheSameRecord() {
        for number in [0, 1, 999] {
            let first = Self.mutator.mutant(number)
            let second = Self.mutator.mutant(number)
            #expect(first.key == second.key && first.value == second.value)
        }
    }

    /// Counts that would be gigabytes are refused before anything is allocated for them.
    @Test(arguments: [0xff, 0x7f, 0x80, 0x02, 0x01, 0x00] as [UInt8])
    func runsOfOneByteKeepTheRules(byte: UInt8) {
        for sample in Sample.all {
            guard let value = sample.value else { continue }
            for start in 2..<max(3, min(value.count, 60)) {
                let nested = value.prefix(start) + [UInt8](repeating: byte, count: 200)
                let check = DecoderCheck(key: sample.key, value: Array(nested))
                #expect(check.fault == nil, "\(sample) from \(start)")
            }
        }
    }
}
