import ClusterAccess
import Testing

@Suite("The first place where something holds")
struct FirstPlaceTests {
    @Test("It is the first of those that are not below, and the end where all are", arguments: 0...17)
    func agreesWithLookingAtEach(count: Int) {
        // Even numbers, each twice: what is looked for may be there, between two, or beyond either end.
        let numbers = (0..<count).map { $0 / 2 * 2 }
        for wanted in -1...count + 1 {
            let expected = numbers.firstIndex { $0 >= wanted } ?? count
            #expect(numbers.firstPlace { $0 >= wanted } == expected, "\(wanted) in \(numbers)")
        }
    }

    @Test("A million elements are searched in twenty steps")
    func logarithmic() {
        let numbers = Array(0..<1_000_000)
        var looks = 0
        let place = numbers.firstPlace { number in
            looks += 1
            return number >= 765_432
        }
        #expect(place == 765_432)
        #expect(looks <= 20)
    }
}
