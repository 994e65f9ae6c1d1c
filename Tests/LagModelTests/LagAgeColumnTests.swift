import LagModel
import Testing

@Suite struct LagAgeColumnTests {
    @Test func `what is unknown stays unknown, and the greatest is known when all are`() {
        var column = LagAgeColumn(unknownCount: 3)
        #expect(column.count == 3 && column[0] == nil && column.maximum == nil)
        column[0] = LagAge(age: .seconds(2))
        column[1] = LagAge(age: .microseconds(7_000_001), error: .microseconds(1))
        #expect(column.maximum == nil)
        column[2] = LagAge(age: .zero)
        #expect(column[0] == LagAge(age: .seconds(2)) && column.errorMilliseconds(at: 0) == 0)
        #expect(column[1] == LagAge(age: .microseconds(7_000_001), error: .milliseconds(1)))
        #expect(column.maximum == column[1])
        column[1] = nil
        #expect(column[1] == nil && column.maximum == nil)
        #expect(column.microseconds(at: 1) == nil && column.errorMilliseconds(at: 1) == nil)
    }

    @Test func `ages are never negative, and positions that are not there are unknown`() {
        var column = LagAgeColumn(unknownCount: 1)
        column[0] = LagAge(age: .seconds(-5), error: .seconds(-1))
        #expect(column[0] == LagAge(age: .zero))
        column[7] = LagAge(age: .seconds(1))
        #expect(column[7] == nil && column[-1] == nil && column.microseconds(at: 7) == nil)
        column[0] = LagAge(age: .seconds(Int64.max), error: .seconds(Int64.max))
        #expect(column.microseconds(at: 0) == .max && column.errorMilliseconds(at: 0) == Int64(Int32.max))
        #expect(LagAgeColumn(unknownCount: 0).maximum == nil)
    }
}
