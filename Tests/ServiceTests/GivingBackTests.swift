import Testing

@testable import Service

@Suite("When free memory is given back")
struct GivingBackTests {
    /// The rounds after which it was due, of rounds that are so far apart and take so much of a processor,
    /// when giving back takes so long.
    private func rounds(
        _ count: Int64, apart interval: Duration, working work: Duration = .zero, taking cost: Duration
    ) -> [Int64] {
        var givingBack = GivingBack()
        var due: [Int64] = []
        var now = GivingBack.Standing(rounds: 0, time: .now, work: .seconds(3))
        for round in 0...count {
            now.rounds = round
            if givingBack.isDue(now) {
                due.append(round)
                var then = now
                then.time += cost
                then.work += cost
                givingBack.note(then, cost: cost)
            }
            now.time += interval
            now.work += work
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

    @Test func asOftenAsItIsLittleOfTheWork() {
        // A fiftieth of 1.3 seconds is 26 milliseconds.
        let work = Duration.milliseconds(1_300)
        #expect(
            rounds(5, apart: .seconds(1), working: work, taking: .milliseconds(25)) == [1, 2, 3, 4, 5])
        #expect(rounds(6, apart: .seconds(1), working: work, taking: .milliseconds(40)) == [1, 3, 5])
        #expect(
            rounds(11, apart: .seconds(1), working: .milliseconds(50), taking: .milliseconds(5)) == [
                1, 7,
            ])
    }

    @Test func afterTenRoundsAtTheLatest() {
        #expect(rounds(31, apart: .milliseconds(50), taking: .milliseconds(5)) == [1, 11, 21, 31])
        #expect(rounds(21, apart: .zero, taking: .seconds(1)) == [1, 11, 21])
    }

    @Test func notBeforeThereWasARound() {
        #expect(rounds(0, apart: .seconds(1), taking: .zero) == [])
    }
}
