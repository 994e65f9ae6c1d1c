import LagwardenTestKit
import Testing

@testable import KafkaClient

@Suite("Chunks of a sweep in turn")
struct ChunkTurnsTests {
    /// One sweep of two questions, each of which gets as far as its budget lets it; returns what got both.
    private static func sweep(_ turns: inout ChunkTurns, _ count: Int, _ budgets: [Int]) -> Set<Int> {
        turns.begin(count)
        var answered = Set(0..<count)
        for budget in budgets {
            let order = turns.order(of: count)
            #expect(order.sorted() == Array(0..<count))
            turns.note(leftOut: Set(order.dropFirst(budget)), of: count)
            answered.formIntersection(order.prefix(budget))
        }
        return answered
    }

    @Test("Every chunk is asked within as many sweeps as the least budget needs for all", arguments: 1...20)
    func nobodyStarves(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let count = Int.random(in: 1...60, using: &random)
        let least = Int.random(in: 1...count, using: &random)
        let bound = (count + least - 1) / least
        var turns = ChunkTurns()
        var lastAsked = Array(repeating: 0, count: count)
        for round in 1...200 {
            let budgets = (0..<2).map { _ in Int.random(in: least...(count + 1), using: &random) }
            for chunk in Self.sweep(&turns, count, budgets) { lastAsked[chunk] = round }
            for chunk in 0..<count {
                #expect(round - lastAsked[chunk] < bound, "chunk \(chunk) of \(count), \(least) a round")
            }
        }
    }

    @Test("What the budget lets through is asked in the order that it has")
    func enough() {
        var turns = ChunkTurns()
        for _ in 0..<3 { #expect(Self.sweep(&turns, 4, [4, 9]) == [0, 1, 2, 3]) }
        #expect(turns.order(of: 4) == [0, 1, 2, 3])
    }

    @Test("What is left out comes first, of either question, also when there are fewer chunks")
    func leftOut() {
        var turns = ChunkTurns()
        #expect(Self.sweep(&turns, 5, [4, 3]) == [0, 1, 2])
        #expect(Self.sweep(&turns, 5, [2, 5]) == [3, 4])
        #expect(Self.sweep(&turns, 5, [1, 1]) == [0])
        #expect(Self.sweep(&turns, 5, [0, 5]) == [])
        #expect(Self.sweep(&turns, 5, [4, 5]) == [1, 2, 3, 4])
        turns.begin(2)
        #expect(turns.order(of: 2).sorted() == [0, 1])
        turns.begin(0)
        #expect(turns.order(of: 0).isEmpty)
    }
}
