import Testing

@testable import Service

@Suite("When free memory is given back")
struct GivingBackTests {
    /// The rounds after which it was due, of rounds that are so far apart when it takes so long.
    private func rounds(_ count: Int64, apart interval: Duration, taking cost: Duration) -> [Int64] {
        var givingBack = GivingBack()
        var due: [Int64] = []
        var now = ContinuousClock.now
        for round in 0...count {
            if givingBack.isDue(round: round, at: now) {
                due.append(round)
                givingBack.note(round: round, at: now + cost, cost: cost)
            }
            now += interval
        }
        return due
    }

    @Test func cheapAfterEveryRound() {
        #expect(rounds(5, apart: .seconds(1), taking: .microseconds(400)) == [1, 2, 3, 4, 5])
    }

    @Test func moreSeldomTheMoreItCosts() {
        #expect(rounds(12, apart: .seconds(1), taking: .milliseconds(1)) == [1, 4, 7, 10])
        #expect(rounds(12, apart: .seconds(10), taking: .milliseconds(6)) == [1, 3, 5, 7, 9, 11])
    }

    @Test func afterTenRoundsAtTheLatest() {
        #expect(rounds(31, apart: .milliseconds(50), taking: .milliseconds(5)) == [1, 11, 21, 31])
        #expect(rounds(21, apart: .zero, taking: .seconds(1)) == [1, 11, 21])
    }

    @Test func notBeforeThereWasARound() {
        #expect(rounds(0, apart: .seconds(1), taking: .zero) == [])
    }
}
