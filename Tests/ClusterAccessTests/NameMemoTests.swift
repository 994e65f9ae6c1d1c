import Locking
import Testing

@testable import ClusterAccess

@Suite("Remembered verdicts on names")
struct NameMemoTests {
    @Test func aNameIsDecidedOnce() {
        let bench = MemoBench()
        #expect(["a", "bb", "a", "bb"].map(bench.memo.value(of:)) == [1, 2, 1, 2])
        #expect(bench.takeAsked() == ["a", "bb"])
    }

    @Test func aNameThatIsAskedAboutNowAndThenStaysKnown() {
        let bench = MemoBench()
        _ = bench.memo.value(of: "stays")
        for minute in 0..<20 {
            bench.pass(.seconds(60))
            _ = bench.memo.value(of: "new-\(minute)")
            #expect(bench.memo.value(of: "stays") == 5)
        }
        #expect(bench.takeAsked().count(where: { $0 == "stays" }) == 1)
    }

    @Test func namesThatNobodyAsksAboutAreForgotten() {
        let bench = MemoBench()
        for second in 0..<3_600 {
            bench.pass(.seconds(1))
            _ = bench.memo.value(of: "comes-and-goes-\(second)")
            _ = bench.memo.value(of: "stays")
            #expect(bench.memo.count <= 122)
        }
        _ = bench.takeAsked()
        #expect(bench.memo.value(of: "comes-and-goes-0") == 16)
        #expect(bench.takeAsked() == ["comes-and-goes-0"])
    }
}

/// A memo of how long names are, its clock, and what it has asked.
private final class MemoBench: Sendable {
    private struct State {
        var now = ContinuousClock.now
        var asked: [String] = []
    }

    let memo: NameMemo<String, Int>
    private let state: Shared

    init() {
        let state = Shared()
        self.state = state
        memo = NameMemo(now: { state.inner.withLock { $0.now } }) { name in
            state.inner.withLock { $0.asked.append(name) }
            return name.count
        }
    }

    func pass(_ time: Duration) { state.inner.withLock { $0.now += time } }

    func takeAsked() -> [String] {
        state.inner.withLock { state in
            defer { state.asked = [] }
            return state.asked
        }
    }

    private final class Shared: Sendable {
        let inner = Mutex(State())
    }
}
