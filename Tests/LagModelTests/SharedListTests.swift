import ClusterAccess
import Testing

@testable import LagModel

/// A list behaves as an array does, and shares what an array copies.
@Suite struct SharedListTests {
    /// Two values, to be changed one by one.
    private struct Pair: Equatable {
        var left: Int
        var right = 0
    }

    /// Whether two lists hold one element in the same memory.
    private static func isShared<Element>(
        _ position: Int, of one: SharedList<Element>, with other: SharedList<Element>, at place: Int? = nil
    ) -> Bool {
        one.boxes[position].withUnsafeBufferPointer { mine in
            other.boxes[place ?? position].withUnsafeBufferPointer { mine.baseAddress == $0.baseAddress }
        }
    }

    @Test func `changing a copy leaves the other, and shares the rest`() {
        let before: SharedList = [Pair(left: 1), Pair(left: 2), Pair(left: 3)]
        var after = before
        #expect(before.indices.allSatisfy { Self.isShared($0, of: before, with: after) })
        after[1].right = 7
        #expect(before.map(\.right) == [0, 0, 0] && after.map(\.right) == [0, 7, 0])
        #expect(before.indices.map { Self.isShared($0, of: before, with: after) } == [true, false, true])
    }

    @Test func `what nobody shares changes where it stands`() {
        var list: SharedList = [Pair(left: 1)]
        let address = list.boxes[0].withUnsafeBufferPointer { $0.baseAddress }
        list[0].left = 5
        list[0].right = 6
        #expect(list.boxes[0].withUnsafeBufferPointer { $0.baseAddress } == address)
        #expect(list.first == Pair(left: 5, right: 6))
    }

    @Test func `elements are taken over one by one`() {
        let before: SharedList = [Pair(left: 1), Pair(left: 2)]
        var after: SharedList<Pair> = []
        after.append(sharing: 1, of: before)
        after.append(Pair(left: 3))
        #expect(Array(after) == [Pair(left: 2), Pair(left: 3)])
        #expect(Self.isShared(0, of: after, with: before, at: 1))
        after.replace(at: 0, with: Pair(left: 9))
        #expect(after[0].left == 9 && before[1].left == 2)
    }

    @Test func `what stays is shared when others go`() {
        let before: SharedList = [1, 2, 3, 4]
        var after = before
        after.removeAll { $0.isMultiple(of: 2) }
        after.swapAt(0, 1)
        #expect(Array(after) == [3, 1])
        #expect(Self.isShared(0, of: after, with: before, at: 2))
        #expect(Self.isShared(1, of: after, with: before, at: 0))
        #expect(Array(before) == [1, 2, 3, 4])
    }

    @Test func `a list goes through what an array goes through`() {
        var (list, array): (SharedList<Int>, [Int]) = ([], [])
        for step in 0..<200 {
            let value = step * 37 % 101
            switch step % 5 {
            case 0, 1:
                list.append(value)
                array.append(value)
            case 2:
                list.insert(value, at: list.count / 2)
                array.insert(value, at: array.count / 2)
            case 3:
                list[value % list.count] += 1
                array[value % array.count] += 1
            default:
                let part = array.count / 3..<array.count / 2
                list.replaceSubrange(part, with: [value, value])
                array.replaceSubrange(part, with: [value, value])
            }
            #expect(Array(list) == array)
        }
        #expect(list.count == array.count && list.endIndex == array.endIndex && list.startIndex == 0)
        #expect(list.indices == array.indices && list.isEmpty == array.isEmpty)
        #expect(list.reversed() == array.reversed() && Array(list.dropFirst(3)) == Array(array.dropFirst(3)))
        #expect(list.last == array.last && list.firstIndex(of: array[9]) == array.firstIndex(of: array[9]))
        #expect(Array(SharedList(array)) == array)
        list.sort()
        #expect(Array(list) == array.sorted())
        list.removeAll()
        #expect(list.isEmpty && Array(list).isEmpty)
    }

    @Test func `a round shares the groups to which nothing happened`() throws {
        typealias Log = RoundScript.Log
        typealias Group = RoundScript.Group
        var script = RoundScript()
        let still = Group(commits: [0: 10])
        let log = Log(start: [0], end: [10])
        func round(_ moving: Int64, _ last: ClusterSnapshot?) -> (ClusterSnapshot, RoundChanges?) {
            let facts = script.facts(
                logs: ["t": log], groups: ["a": still, "b": Group(commits: [0: moving]), "c": still])
            return script.ledger.absorb(facts, reusing: last)
        }
        var (before, _) = round(4, nil)
        // Growth is told from the second round on.
        (before, _) = round(5, before)
        (before, _) = round(6, before)
        let (after, changes) = round(7, before)
        #expect(changes?.groups.map(\.isSame) == [true, false, true])
        let shared = after.groups.indices.map { Self.isShared($0, of: after.groups, with: before.groups) }
        #expect(shared == [true, false, true])
        let times = [before, after].map { $0.timeInState(of: $0.groups[0]) }
        #expect(times == [.seconds(20), .seconds(30)])
    }
}
