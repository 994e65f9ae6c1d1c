import ClusterAccess
import Locking
import Testing

@Suite("Remembered verdicts on names")
struct NameMemoTests {
    @Test func aNameIsDecidedOnce() {
        let asked = Mutex<[String]>([])
        let memo = NameMemo { name in
            asked.withLock { $0.append(name) }
            return name.count
        }
        #expect(["a", "bb", "a", "bb"].map(memo.value(of:)) == [1, 2, 1, 2])
        #expect(asked.withLock { $0 } == ["a", "bb"])
    }
}
