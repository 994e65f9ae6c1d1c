import Locking
import StructuredLog
import Testing

@testable import HTTPService

/// A hundred scrapers at once beside slow readers and connections that never ask, over many generations of
/// bodies, of which a server must not keep more than it was told to.
@Suite("HTTP server under load", .timeLimit(.minutes(5)))
struct CrowdTests {
    /// Bodies of which only the last two are left to their readers.
    private final class Bodies: Sendable {
        private struct State {
            var number = 0
            var current: Generation?
            var before: Generation?
            var alive = 0
            var aliveMax = 0
        }

        private final class Generation: HTTPBodyHold {
            let bytes: [UInt8]
            private let bodies: Bodies
            private let revoked = Mutex(false)

            init(_ number: Int, of bodies: Bodies) {
                bytes = Bodies.bytes(number)
                self.bodies = bodies
            }

            deinit { bodies.ended() }

            var isRevoked: Bool { revoked.withLock { $0 } }

            func revoke() { revoked.withLock { $0 = true } }
        }

        private let state = Mutex(State())

        static func bytes(_ number: Int) -> [UInt8] {
            var bytes = Array("series{generation=\"\(number)\"} \(number &* 7_919)\n".utf8)
            for _ in 0..<17 { bytes += bytes }
            return bytes
        }

        /// Goes on to the next body.
        func turn() {
            // What is replaced may end its life here, which takes the lock again.
            let replaced = state.withLock { state -> Generation? in
                let replaced = state.before
                state.before = state.current
                state.number += 1
                state.alive += 1
                state.aliveMax = max(state.aliveMax, state.alive)
                state.current = Generation(state.number, of: self)
                return replaced
            }
            replaced?.revoke()
        }

        private func ended() { state.withLock { $0.alive -= 1 } }

        func clear() {
            let rest = state.withLock { state in
                defer { (state.current, state.before) = (nil, nil) }
                return [state.current, state.before]
            }
            withExtendedLifetime(rest) {}
        }

        var alive: Int { state.withLock { $0.alive } }

        func respond() -> HTTPResponse {
            let generation = state.withLock { $0.current }
            var body = HTTPBody(generation?.bytes ?? [])
            body.hold = generation
            return HTTPResponse(contentType: "text/plain", body: body)
        }
    }

    @Test func `a crowd gets whole and right bodies, and old bodies do not pile up`() throws {
        let bodies = Bodies()
        bodies.turn()
        let server = try HTTPServer(
            address: ListenAddress(host: "127.0.0.1", port: 0), logger: Logger(level: .warn) { _ in }
        ) { _ in bodies.respond() }
        let ask = "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"
        let halfOpen = try (0..<50).map { number in
            let client = try #require(RawClient(port: server.port))
            client.send(String(ask.prefix(number % ask.count)))
            return client
        }
        var slow: [RawClient] = []
        for _ in 0..<10 {
            for _ in 0..<5 {
                let client = try #require(RawClient(port: server.port, receiveBuffer: 4096))
                client.send(ask)
                #expect(client.receive(limit: 100)?.isEmpty == false)
                slow.append(client)
            }
            bodies.turn()
        }
        // The server ends the answers whose bodies are needed back; the last two are still being sent.
        #expect(eventually { bodies.alive <= 2 }, "\(bodies.alive) bodies")
        #expect(eventually { server.requestsInFlight <= 10 }, "\(server.requestsInFlight) in flight")
        #expect(server.openConnections >= 50)

        let expected = Bodies.bytes(11)
        let results = Mutex((whole: 0, wrong: 0))
        let running = Mutex(100)
        for _ in 0..<100 {
            try #require(
                OwnThread.run {
                    let reply = RawClient(port: server.port).flatMap { client -> Reply? in
                        client.send(ask)
                        return client.reply()
                    }
                    let isRight = reply?.status == 200 && reply?.body == expected
                    results.withLock { if isRight { $0.whole += 1 } else { $0.wrong += 1 } }
                    running.withLock { $0 -= 1 }
                })
        }
        #expect(eventually(milliseconds: 100_000) { running.withLock { $0 } == 0 })
        #expect(results.withLock { $0.whole } == 100)
        #expect(results.withLock { $0.wrong } == 0)
        withExtendedLifetime((halfOpen, slow)) {}
        slow = []
        bodies.clear()
        #expect(eventually { bodies.alive == 0 }, "\(bodies.alive) bodies after all readers are gone")
    }
}
