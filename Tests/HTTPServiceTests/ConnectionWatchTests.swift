import Glibc
import Testing

@testable import HTTPService

@Suite("Deadlines of connections")
struct ConnectionWatchTests {
    private let start = ContinuousClock.now
    private let watch = ConnectionWatch(requestTimeout: .seconds(10), answerTimeout: .seconds(100))

    /// One end is watched; reading the other shows whether it was shut down.
    private func pair() throws -> (watched: Int32, other: Int32) {
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        return (ends[0], ends[1])
    }

    private func isShut(_ descriptor: Int32) -> Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT)) == 0
    }

    @Test func `waiting for a request and for an answer have limits of their own`() throws {
        let (watched, other) = try pair()
        defer { for end in [watched, other] { close(end) } }
        watch.opened(1, descriptor: watched, at: start)
        #expect(watch.closeOverdue(at: start + .seconds(9)) == 0)
        watch.requestBegan(1, at: start + .seconds(9))
        #expect(watch.closeOverdue(at: start + .seconds(108)) == 0)
        watch.requestEnded(1, at: start + .seconds(108))
        #expect(watch.closeOverdue(at: start + .seconds(117)) == 0)
        #expect(!isShut(other))
        #expect(watch.closeOverdue(at: start + .seconds(118)) == 1)
        #expect(isShut(other))
    }

    @Test func `a closed connection's descriptor is left alone`() throws {
        let (watched, other) = try pair()
        defer { for end in [watched, other] { close(end) } }
        watch.opened(1, descriptor: watched, at: start)
        watch.closed(1)
        #expect(watch.count == 0)
        watch.requestEnded(1, at: start)
        #expect(watch.closeOverdue(at: start + .seconds(1000)) == 0)
        #expect(!isShut(other))
    }

    @Test func `an answer that takes too long is cut`() throws {
        let (watched, other) = try pair()
        defer { for end in [watched, other] { close(end) } }
        watch.opened(1, descriptor: watched, at: start)
        watch.requestBegan(1, at: start)
        #expect(watch.closeOverdue(at: start + .seconds(99)) == 0)
        #expect(watch.closeOverdue(at: start + .seconds(100)) == 1)
        #expect(isShut(other))
    }
}
