import KafkaTurns
import Locking
import Testing

@Suite("Turns of suites with brokers")
struct TurnstileTests {
    private struct Spoiled: Error {}

    private final class Room: Sendable {
        private let count = Mutex((now: 0, most: 0, done: 0))

        func enter() {
            count.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
        }

        func leave() {
            count.withLock {
                $0.now -= 1
                $0.done += 1
            }
        }

        var most: Int { count.withLock { $0.most } }
        var done: Int { count.withLock { $0.done } }
    }

    @Test("no more are inside than there are places, all get in, who fails leaves too", arguments: 1...3)
    func places(places: Int) async {
        let turnstile = Turnstile(places: places)
        let room = Room()
        await withTaskGroup(of: Void.self) { tasks in
            for number in 0..<20 {
                tasks.addTask {
                    try? await turnstile.pass {
                        room.enter()
                        for _ in 0..<10 { await Task.yield() }
                        room.leave()
                        if number.isMultiple(of: 3) { throw Spoiled() }
                    }
                }
            }
        }
        #expect(room.done == 20)
        #expect(room.most <= places)
    }
}
