import LagwardenTestKit
import Testing

@testable import GroupJournal

/// The table that finds commits by the bytes of their keys.
@Suite struct KeyTableTests {
    /// Against a dictionary, with hashes that collide on purpose, in every order of adding and removing.
    @Test(arguments: 0..<40)
    func agreesWithADictionary(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = KeyTable()
        var expected: [Int: UInt64] = [:]
        let spread = UInt64([1, 3, 50, 1_000_000][Int(seed % 4)])
        for _ in 0..<2_000 {
            let number = Int.random(in: 0..<300, using: &random)
            if let hash = expected[number], Bool.random(using: &random) {
                table.remove(hash, number)
                expected[number] = nil
            } else if expected[number] == nil {
                let hash = UInt64.random(in: 0..<spread, using: &random) &* 0x1_0000_0001
                table.insert(hash, number)
                expected[number] = hash
            }
            #expect(table.count == expected.count)
        }
        for (number, hash) in expected { #expect(table.find(hash) { $0 == number } == number) }
        for number in 0..<300 where expected[number] == nil {
            for hash in Set(expected.values) { #expect(table.find(hash) { $0 == number } == nil) }
        }
        for (number, hash) in expected { table.remove(hash, number) }
        #expect(table.count == 0)
        table.remove(1, 1)
        #expect(table.count == 0)
    }
}
