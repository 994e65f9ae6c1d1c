import Glibc
import Locking
import StructuredLog
import Testing

@testable import HTTPService

@Suite("HTTP server from start to stop", .timeLimit(.minutes(2)))
struct LifeTests {
    @Test func `stop closes idle and half-open connections and refuses new ones`() throws {
        let fixture = try ServerFixture { $0.stopGrace = .seconds(100) }
        let idle = try #require(fixture.connect())
        idle.send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(idle.reply()?.status == 200)
        let half = try #require(fixture.connect())
        half.send("GET /metrics HTTP/1.1\r\nHo")
        let started = ContinuousClock.now
        fixture.server.stop()
        // Nothing is under way, so the grace is not used.
        #expect(ContinuousClock.now - started < .seconds(50))
        #expect(fixture.connect() == nil)
        #expect(idle.isClosedByServer())
        #expect(half.isClosedByServer())
        #expect(socketsOwned(onPort: fixture.server.port) == 0)
    }

    @Test func `stop lets an answer under way finish and says that the connection ends`() throws {
        let fixture = try ServerFixture { $0.stopGrace = .seconds(100) }
        let client = try #require(fixture.connect())
        client.send("GET /gate HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(eventually { fixture.server.requestsInFlight == 1 })
        try #require(OwnThread.run { fixture.server.stop() })
        #expect(eventually { fixture.connect() == nil })
        fixture.gate.open()
        let reply = try #require(client.reply())
        #expect(reply.text == "done\n")
        #expect(reply.headers["connection"]?.lowercased() == "close")
        #expect(client.isClosedByServer())
    }

    @Test func `stop cuts off readers that stall`() throws {
        let fixture = try ServerFixture { $0.stopGrace = .milliseconds(200) }
        let client = try #require(fixture.connect(receiveBuffer: 4096))
        client.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(client.receive(limit: 10) != nil)
        let port = fixture.server.port
        fixture.server.stop()
        #expect(socketsOwned(onPort: port) == 0)
        #expect(fixture.log.records.isEmpty)
    }

    @Test func `stop leaves a handler behind that does not return, and says so`() throws {
        let fixture = try ServerFixture { $0.stopGrace = .milliseconds(100) }
        let client = try #require(fixture.connect())
        client.send("GET /gate HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(eventually { fixture.server.requestsInFlight == 1 })
        fixture.server.stop()
        #expect(fixture.server.requestsInFlight == 1)
        #expect(fixture.log.records.map(\.level) == [.warn])
        #expect(fixture.connect() == nil)
        // The thread ends when the handler does; nothing is left then.
        fixture.gate.open()
        #expect(eventually { socketsOwned(onPort: fixture.server.port) == 0 })
    }

    @Test func `stop may be called again, at once from many tasks, and by dropping`() async throws {
        let fixture = try ServerFixture()
        let port = fixture.server.port
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { await fixture.server.shutDown() } }
        }
        #expect(socketsOwned(onPort: port) == 0)
        fixture.server.stop()

        var dropped: ServerFixture? = try ServerFixture()
        let second = try #require(dropped?.server.port)
        #expect(dropped?.get("/metrics")?.status == 200)
        dropped = nil
        #expect(RawClient(port: second) == nil)
    }

    @Test func `the handler is let go when the server is gone`() throws {
        final class Token: Sendable {}
        weak var watched: Token?
        do {
            let token = Token()
            watched = token
            let server = try HTTPServer(
                address: ListenAddress(host: "127.0.0.1", port: 0), logger: .silent
            ) { [token] _ in .text("\(ObjectIdentifier(token).hashValue)") }
            let client = try #require(RawClient(port: server.port))
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.reply()?.status == 200)
            #expect(watched != nil)
        }
        #expect(eventually { watched == nil })
    }

    @Test func `a port can be taken again at once`() throws {
        let first = try ServerFixture()
        #expect(first.get("/metrics")?.status == 200)
        let port = first.server.port
        first.server.stop()
        let again = try HTTPServer(
            address: ListenAddress(host: "127.0.0.1", port: port), logger: .silent
        ) { _ in .text("again") }
        #expect(again.port == port)
    }

    @Test(arguments: ["127.0.0.1", nil, "localhost"])
    func `an address in use is named with a remedy`(_ host: String?) throws {
        let first = try ServerFixture()
        let address = ListenAddress(host: host, port: first.server.port)
        let error = try #require(throws: HTTPServerError.self) {
            try HTTPServer(address: address, logger: .silent) { _ in .text("") }
        }
        #expect(error.code == .addressInUse)
        #expect(error.description.hasPrefix("Cannot listen on \(address): "))
        #expect(error.remedy.contains("--web.listen-address"))
        #expect(first.get("/metrics")?.status == 200)
    }

    @Test(arguments: ["203.0.113.7", String(repeating: "x", count: 64)])
    func `a host that is not this machine is refused`(_ host: String) throws {
        let error = try #require(throws: HTTPServerError.self) {
            try HTTPServer(address: ListenAddress(host: host, port: 0), logger: .silent) { _ in .text("") }
        }
        #expect(error.code == .unknownHost)
    }

    @Test(arguments: [
        (EADDRINUSE, HTTPServerError.Code.addressInUse), (EACCES, .permissionDenied),
        (EPERM, .permissionDenied),
        (EADDRNOTAVAIL, .unknownHost), (EMFILE, .failed), (EAFNOSUPPORT, .failed), (-5, .failed),
    ])
    func `every failure has a reason and a remedy`(_ number: Int32, _ code: HTTPServerError.Code) {
        let error = HTTPServerError.system(number, ListenAddress(host: nil, port: 80))
        #expect(error.code == code)
        #expect(error.description.hasPrefix("Cannot listen on :80: "))
        #expect(!error.reason.isEmpty && !error.remedy.isEmpty)
    }

    @Test func `what the library says goes to the debug log`() throws {
        let fixture = try ServerFixture(level: .debug)
        _ = fixture.exchange("GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n")
        #expect(eventually { fixture.log.records.contains { $0.level == .debug && !$0.fields.isEmpty } })
    }

    @Test func `a malformed response field is left out and logged`() throws {
        let log = LogBuffer()
        let server = try HTTPServer(
            address: ListenAddress(host: "127.0.0.1", port: 0),
            logger: Logger(level: .error) { log.append($0) }
        ) { _ in .text("ok", headers: ["X-Bad": "a\r\nSet-Cookie: b", "X-Good": "c"]) }
        let client = try #require(RawClient(port: server.port))
        client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        let reply = try #require(client.reply())
        #expect(reply.headers["x-good"] == "c")
        #expect(reply.headers["set-cookie"] == nil)
        #expect(log.records.count == 1)
    }
}
