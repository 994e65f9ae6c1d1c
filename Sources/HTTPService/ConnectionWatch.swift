import Glibc
import Locking

/// Closes connections that keep a place by moving a byte now and then, which no idle timeout notices.
///
/// It knows every open connection and by when it must have come further: a whole request after it was opened
/// or last answered, a whole answer after its request. It also ends answers whose body is needed back.
final class ConnectionWatch: Sendable {
    /// The library's address of a connection, as a name only.
    typealias ID = UInt

    private struct Entry {
        let descriptor: Int32
        var deadline: ContinuousClock.Instant
        /// Of the body that is being sent; the watch does not keep it alive.
        weak var hold: (any HTTPBodyHold)?
    }

    private let entries = Mutex<[ID: Entry]>([:])
    private let requestTimeout: Duration
    private let answerTimeout: Duration

    init(requestTimeout: Duration, answerTimeout: Duration) {
        self.requestTimeout = requestTimeout
        self.answerTimeout = answerTimeout
    }

    /// Connections open now.
    var count: Int { entries.withLock { $0.count } }

    func opened(_ id: ID, descriptor: Int32, at now: ContinuousClock.Instant = .now) {
        entries.withLock { $0[id] = Entry(descriptor: descriptor, deadline: now + requestTimeout) }
    }

    /// The connection's request has arrived.
    func requestBegan(_ id: ID, at now: ContinuousClock.Instant = .now) {
        entries.withLock { $0[id]?.deadline = now + answerTimeout }
    }

    /// The connection is about to be sent a body that may be needed back.
    func sends(_ id: ID, _ hold: any HTTPBodyHold) { entries.withLock { $0[id]?.hold = hold } }

    /// The connection's answer has left; another request may follow.
    func requestEnded(_ id: ID, at now: ContinuousClock.Instant = .now) {
        entries.withLock { $0[id]?.deadline = now + requestTimeout }
    }

    /// Called before the library closes the descriptor.
    func closed(_ id: ID) { entries.withLock { $0[id] = nil } }

    /// Shuts down overdue connections and those whose body is needed back; returns how many.
    ///
    /// The library finds them ended then.
    ///
    /// Under the lock, since a descriptor is surely that connection's until `closed` has returned.
    func closeOverdue(at now: ContinuousClock.Instant = .now) -> Int {
        entries.withLock { entries in
            let overdue = entries.values.filter { $0.deadline <= now || $0.hold?.isRevoked ?? false }
            for entry in overdue { _ = shutdown(entry.descriptor, Int32(SHUT_RDWR)) }
            return overdue.count
        }
    }
}
