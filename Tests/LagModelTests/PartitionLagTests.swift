import LagModel
import Testing

@Suite("Lag of one partition")
struct PartitionLagTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var committed: Int64
        var start: Int64
        var end: Int64
        var lag: Int64
        var lost: Int64 = 0
        var isBeyondEnd = false
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "caught up", committed: 100, start: 0, end: 100, lag: 0),
        Case(name: "behind", committed: 40, start: 0, end: 100, lag: 60),
        Case(name: "before the log start", committed: 10, start: 30, end: 100, lag: 70, lost: 20),
        Case(name: "at the log start", committed: 30, start: 30, end: 100, lag: 70),
        Case(name: "empty log, all lost", committed: 10, start: 100, end: 100, lag: 0, lost: 90),
        Case(name: "empty topic", committed: 0, start: 0, end: 0, lag: 0),
        Case(name: "beyond the end", committed: 101, start: 0, end: 100, lag: 0, isBeyondEnd: true),
        Case(name: "log start beyond the end", committed: 0, start: 50, end: 40, lag: 0, lost: 50),
        Case(
            name: "hostile values", committed: .min, start: .max, end: .max, lag: 0, lost: .max),
        Case(name: "largest lag", committed: 0, start: 0, end: .max, lag: .max),
    ]

    @Test(arguments: cases)
    func matchesTheDefinition(_ row: Case) {
        let lag = PartitionLag(committed: row.committed, logStart: row.start, end: row.end)
        #expect(lag.lag == row.lag)
        #expect(lag.lost == row.lost)
        #expect(lag.isBeyondEnd == row.isBeyondEnd)
    }
}
