import ClusterAccess
import Locking
import Testing

@testable import KafkaClient

/// A number that tasks share.
final class Counter: Sendable {
    private let number = Mutex(0)

    var value: Int { number.withLock { $0 } }

    func add() { number.withLock { $0 += 1 } }
}

@Suite("One-shot answers", .timeLimit(.minutes(5)))
struct OneShotTests {
    /// What can happen to an answer.
    enum Happening: CaseIterable, Sendable { case wait, reply, timeOut, cancel, close }

    static let orders: [[Happening]] = permutations(Happening.allCases)

    private static func permutations(_ all: [Happening]) -> [[Happening]] {
        guard all.count > 1 else { return [all] }
        return all.indices.flatMap { index in
            var rest = all
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }

    private static func error(_ reason: ClusterError.Reason) -> ClusterError {
        ClusterError(reason, operation: "test")
    }

    @Test("the first of reply, time-out, cancellation and close is the answer", arguments: orders)
    func firstWins(order: [Happening]) async throws {
        let answer = OneShot<Int>()
        let outcome = OneShot<ClusterError.Reason?>()
        var task: Task<Void, Never>?
        var expected: ClusterError.Reason??
        var wasCancelledFirst = false
        func settle(_ reason: ClusterError.Reason?) { if expected == nil { expected = .some(reason) } }
        func start() -> Task<Void, Never> {
            Task {
                do throws(ClusterError) {
                    _ = try await answer.value(orOnCancel: Self.error(.cancelled))
                    outcome.resolve(.success(nil))
                } catch {
                    outcome.resolve(.success(error.reason))
                }
            }
        }
        for happening in order {
            switch happening {
            case .wait:
                task = start()
                if wasCancelledFirst { task?.cancel() }
            case .reply:
                #expect(answer.resolve(.success(1)) == (expected == nil))
                settle(nil)
            case .timeOut:
                #expect(answer.resolve(.failure(Self.error(.timedOut))) == (expected == nil))
                settle(.timedOut)
            case .close:
                #expect(answer.resolve(.failure(Self.error(.closed))) == (expected == nil))
                settle(.closed)
            case .cancel:
                // Cancelling a task that does not wait yet reaches the answer when it comes to wait.
                if let task {
                    task.cancel()
                    if expected == nil {
                        #expect(try await outcome.value(orOnCancel: Self.error(.other)) == .cancelled)
                        return
                    }
                } else {
                    wasCancelledFirst = true
                }
            }
        }
        #expect(try await outcome.value(orOnCancel: Self.error(.other)) == expected)
        #expect(!answer.isOpen)
    }

    @Test("a thousand threads that resolve at once are one answer")
    func resolvedOnce() async throws {
        let answer = OneShot<Int>()
        let wins = Counter()
        await withTaskGroup(of: Void.self) { tasks in
            for number in 0..<1_000 {
                tasks.addTask { if answer.resolve(.success(number)) { wins.add() } }
            }
        }
        #expect(wins.value == 1)
        _ = try await answer.value(orOnCancel: Self.error(.cancelled))
    }
}

@Suite("Table of outstanding requests")
struct ReplyTableTests {
    private static let start = ContinuousClock.now

    private func entry(after seconds: Int, _ failed: Failures) -> ReplyTable.Entry {
        ReplyTable.Entry(
            deadline: Self.start + .seconds(seconds), deliver: { _ in },
            fail: { reason in failed.reasons.withLock { $0.append(reason) } })
    }

    private final class Failures: Sendable {
        let reasons = Mutex<[ClusterError.Reason]>([])
    }

    @Test("an entry leaves once: by its event, its time or the end")
    func leavesOnce() throws {
        var table = ReplyTable()
        let failures = Failures()
        let tickets = (1...3).map { table.register(entry(after: $0, failures)) }
        let first = try #require(tickets[0])
        let second = try #require(tickets[1])
        let third = try #require(tickets[2])
        #expect(Set([first, second, third]).count == 3)
        #expect(table.take(first) != nil)
        #expect(table.take(first) == nil)
        #expect(table.takeExpired(at: Self.start + .seconds(1)).isEmpty)
        #expect(table.takeExpired(at: Self.start + .seconds(2)).count == 1)
        #expect(table.take(second) == nil)
        #expect(table.close().count == 1)
        #expect(table.close().isEmpty)
        #expect(table.take(third) == nil)
        #expect(table.register(entry(after: 9, failures)) == nil)
        #expect(table.isClosed)
    }

    @Test("a ticket comes back through the pointer that carries it, and zero is nobody's")
    func tickets() throws {
        var table = ReplyTable()
        for _ in 0..<100 {
            let given = table.register(entry(after: 1, Failures()))
            let ticket = try #require(given)
            #expect(ticket.number != 0)
            #expect(ReplyTicket(opaque: ticket.opaque) == ticket)
        }
        #expect(ReplyTicket(opaque: nil).number == 0)
        #expect(table.take(ReplyTicket(opaque: nil)) == nil)
    }
}
