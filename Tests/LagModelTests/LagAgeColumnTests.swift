import ClusterAccess
import LagModel
import Testing

@Suite struct LagAgeColumnTests {
    /// Some moment; ages are to the microsecond, so what is below it goes.
    static let now = WallTime(nanosecondsSince1970: 1_760_000_000_123_456_789)

    @Test func `what is unknown stays unknown, and the greatest is known when all are`() {
        let now = Self.now
        var column = LagAgeColumn(unknownCount: 3)
        #expect(column.count == 3 && column[0, at: now] == nil && column.maximum(at: now) == nil)
        column[0, at: now] = LagAge(age: .seconds(2))
        column[1, at: now] = LagAge(age: .microseconds(7_000_001), error: .microseconds(1))
        #expect(column.maximum(at: now) == nil)
        column.setCaughtUp(at: 2)
        #expect(column[0, at: now] == LagAge(age: .seconds(2)) && column.errorMilliseconds(at: 0) == 0)
        #expect(
            column[1, at: now] == LagAge(age: .microseconds(7_000_001), error: .milliseconds(1)))
        #expect(column[2, at: now] == LagAge(age: .zero))
        #expect(column.maximum(at: now) == column[1, at: now])
        column[1, at: now] = nil
        #expect(column[1, at: now] == nil && column.maximum(at: now) == nil)
        #expect(column.microseconds(at: 1, at: now) == nil && column.errorMilliseconds(at: 1) == nil)
    }

    @Test func `ages are never negative, and positions that are not there are unknown`() {
        let now = Self.now
        var column = LagAgeColumn(unknownCount: 1)
        column[0, at: now] = LagAge(age: .seconds(-5), error: .seconds(-1))
        #expect(column[0, at: now] == LagAge(age: .zero))
        column[7, at: now] = LagAge(age: .seconds(1))
        column.setCaughtUp(at: 8)
        #expect(column[7, at: now] == nil && column[-1, at: now] == nil)
        #expect(column.microseconds(at: 7, at: now) == nil)
        column[0, at: now] = LagAge(age: .seconds(Int64.max), error: .seconds(Int64.max))
        #expect(column.microseconds(at: 0, at: now) == .max)
        #expect(column.errorMilliseconds(at: 0) == Int64(Int32.max))
        #expect(LagAgeColumn(unknownCount: 0).maximum(at: now) == nil)
    }

    @Test func `a column that nobody touches ages, and what is caught up does not`() {
        var column = LagAgeColumn(caughtUpCount: 2)
        #expect(column.maximum(at: Self.now) == LagAge(age: .zero))
        column[1, at: Self.now] = LagAge(age: .seconds(3), error: .milliseconds(4))
        let later = WallTime(nanosecondsSince1970: Self.now.nanosecondsSince1970 + 10_000_000_000)
        #expect(column[0, at: later] == LagAge(age: .zero))
        #expect(column.maximum(at: later) == LagAge(age: .seconds(13), error: .milliseconds(4)))
        var made = LagAgeColumn(caughtUpCount: 2)
        made[1, at: later] = LagAge(age: .seconds(13), error: .milliseconds(4))
        #expect(made == column, "the same whenever it is made")
        column.setCaughtUp(at: 1)
        #expect(column.maximum(at: later) == LagAge(age: .zero))
    }
}
