import Glibc
import LagwardenTestKit
import Testing

@testable import HTTPService

@Suite("HTTP server and clients that misbehave", .timeLimit(.minutes(3)))
struct HostileClientTests {
    private static let request = "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test(arguments: [
        "GET /metrics HTTP/1.1\r\nHost: h\r\nX: " + String(repeating: "a", count: 100_000) + "\r\n\r\n",
        "GET /metrics HTTP/1.1\r\n" + String(repeating: "X-Field: value\r\n", count: 5000) + "\r\n",
        "GET /" + String(repeating: "a", count: 100_000) + " HTTP/1.1\r\nHost: h\r\n\r\n",
    ])
    func `an oversized header is refused`(_ request: String) throws {
        let fixture = try ServerFixture()
        let client = try #require(fixture.connect())
        client.send(request)
        let answer = client.receive().map { String(decoding: $0, as: UTF8.self) } ?? "nothing"
        // A reset may overtake the answer, since the server closes with data unread.
        let refusals = ["HTTP/1.1 431", "HTTP/1.1 414", "HTTP/1.1 413"]
        #expect(answer.isEmpty || refusals.contains { answer.hasPrefix($0) }, "\(answer.prefix(40))")
        #expect(fixture.get("/metrics")?.status == 200)
        #expect(eventually { fixture.server.requestsInFlight == 0 })
    }

    @Test(arguments: [
        "\r\n\r\n", "GET\r\n\r\n", "GET /metrics\r\n\r\n", "GET  /metrics HTTP/1.1\r\n\r\n",
        "GET /metrics HTTP/9.9\r\nHost: h\r\n\r\n", "GET /metrics HTTP/1.1\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", "\0\0\0\0\r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n",
        "POST /reload HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
        "POST /reload HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        "POST /reload HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ])
    func `a malformed request is refused or cut off`(_ request: String) throws {
        let fixture = try ServerFixture()
        let client = try #require(fixture.connect())
        client.send(request)
        client.finishSending()
        let answer = try #require(client.receiveAll()).prefix(12)
        #expect(
            answer.isEmpty || answer.starts(with: "HTTP/1.1 4".utf8) || answer.starts(with: "HTTP/1.1 5".utf8)
                || answer.starts(with: "HTTP/1.0 4".utf8), "\(String(decoding: answer, as: UTF8.self))")
        #expect(fixture.get("/metrics")?.status == 200)
    }

    @Test func `two hundred half-open connections do not delay others`() throws {
        let fixture = try ServerFixture()
        let parts = ["", "G", "GET /metrics HTTP/1.1\r\n", "GET /metrics HTTP/1.1\r\nHost: h\r\nX-Y: "]
        var silent: [RawClient] = []
        for number in 0..<200 {
            let client = try #require(fixture.connect())
            client.send(parts[number % parts.count])
            silent.append(client)
        }
        for _ in 0..<50 { #expect(fixture.get("/metrics")?.status == 200) }
        // Those that wake up are still served.
        #expect(silent[0].send(Self.request))
        #expect(silent[0].reply()?.text == "up 1\n")
        #expect(eventually { fixture.server.requestsInFlight == 0 })
    }

    @Test func `readers that stall do not delay others and get the rest later`() throws {
        let fixture = try ServerFixture { $0.threads = 2 }
        let stalled = try (0..<8).map { _ in
            let client = try #require(fixture.connect(receiveBuffer: 4096))
            client.send("GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            #expect(client.receive(limit: 100)?.isEmpty == false)
            return client
        }
        for _ in 0..<50 { #expect(fixture.get("/metrics")?.status == 200) }
        #expect(fixture.get("/large")?.body == ServerFixture.largeBody)
        #expect(eventually { fixture.server.requestsInFlight == 8 })
        let rest = try #require(stalled[3].receiveAll(milliseconds: 20000))
        #expect(rest.suffix(100_000) == ServerFixture.largeBody.suffix(100_000))
    }

    @Test func `silent connections are closed after the idle timeout`() throws {
        let fixture = try ServerFixture { $0.idleTimeout = .seconds(1) }
        for part in ["", "GET /metrics HTTP/1.1\r\nHost"] {
            let client = try #require(fixture.connect())
            client.send(part)
            #expect(client.receiveAll(milliseconds: 20000) != nil)
        }
        let reader = try #require(fixture.connect(receiveBuffer: 4096))
        reader.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(reader.receive(limit: 100)?.isEmpty == false)
        #expect(eventually(milliseconds: 20000) { fixture.server.requestsInFlight == 0 })
    }

    @Test func `a header that trickles in is cut off`() throws {
        let fixture = try ServerFixture { $0.requestTimeout = .seconds(1) }
        let client = try #require(fixture.connect())
        client.send("GET /metrics HTTP/1.1\r\nX-Slow: ")
        #expect(eventually { fixture.server.openConnections == 1 })
        #expect(
            eventually(milliseconds: 20000) {
                client.send("a")
                return fixture.server.openConnections == 0
            })
        #expect(fixture.get("/metrics")?.status == 200)
    }

    @Test func `an answer that trickles out is cut off`() throws {
        let fixture = try ServerFixture { $0.answerTimeout = .seconds(1) }
        let client = try #require(fixture.connect(receiveBuffer: 4096))
        client.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(client.receive(limit: 100)?.isEmpty == false)
        #expect(fixture.server.requestsInFlight == 1)
        #expect(
            eventually(milliseconds: 20000) {
                _ = client.receive(limit: 100, milliseconds: 10)
                return fixture.server.requestsInFlight == 0
            })
    }

    @Test func `connections beyond the limit wait, those of one address are closed`() throws {
        let crowded = try ServerFixture {
            $0.threads = 2
            $0.connectionLimit = 8
        }
        var held = try (0..<8).map { _ in try #require(crowded.connect()) }
        let waiting = try #require(crowded.connect())
        waiting.send(Self.request)
        held.removeAll()
        #expect(waiting.reply()?.status == 200)

        let fair = try ServerFixture { $0.connectionLimitPerAddress = 3 }
        let first = try (0..<3).map { _ in try #require(fair.connect()) }
        for client in first {
            client.send(Self.request)
            #expect(client.reply()?.status == 200)
        }
        #expect(try #require(fair.connect()).receiveAll()?.isEmpty == true)
    }

    @Test func `a thousand requests leave no descriptor behind`() throws {
        let fixture = try ServerFixture()
        for number in 0..<1000 {
            guard let client = fixture.connect() else {
                Issue.record("connection \(number) was refused")
                return
            }
            client.send(Self.request)
            // Every third client leaves without reading its answer.
            if !number.isMultiple(of: 3) { #expect(client.reply()?.status == 200) }
        }
        let port = fixture.server.port
        #expect(eventually { socketsOwned(onPort: port) == 1 }, "\(socketsOwned(onPort: port)) sockets")
        #expect(eventually { fixture.server.requestsInFlight == 0 })
        fixture.server.stop()
        #expect(socketsOwned(onPort: port) == 0)
    }

    @Test(arguments: 1...8)
    func `random and mutated requests leave it answering`(_ seed: Int) throws {
        let fixture = try ServerFixture()
        var random = SeededRandom(seed: UInt64(seed))
        for number in 0..<500 {
            let client = try #require(fixture.connect(), "refused at \(number)")
            let bytes = Self.mutated(&random)
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...max(1, bytes.count), using: &random)
                guard client.send(Array(rest.prefix(count))) else { break }
                rest = rest.dropFirst(count)
            }
            guard Bool.random(using: &random) else { continue }
            client.finishSending()
            #expect(
                client.receiveAll() != nil,
                "hangs on \(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
        #expect(fixture.get("/metrics")?.text == "up 1\n")
        #expect(eventually { fixture.server.requestsInFlight == 0 })
        #expect(eventually { socketsOwned(onPort: fixture.server.port) == 1 })
    }

    /// A valid request with bytes changed, cut, doubled or put in, or noise.
    private static func mutated(_ random: inout SeededRandom) -> [UInt8] {
        let templates = [
            request, "HEAD /large HTTP/1.0\r\n\r\n",
            "GET /echo/x%20y?q=1&q=2 HTTP/1.1\r\nHost: h\r\nX-Test: a\r\n\r\n",
            "POST /reload HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody",
            "POST /reload HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
            "GET http://h/metrics HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nAccept: */*\r\n\r\n",
            "GET /metrics HTTP/1.1\r\nHost: h\r\n folded\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
        ]
        if Int.random(in: 0..<10, using: &random) == 0 {
            return (0..<Int.random(in: 0...3000, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
        }
        let chosen = (0...Int.random(in: 0...2, using: &random)).map { _ in
            templates[Int.random(in: 0..<templates.count, using: &random)]
        }
        var bytes = Array(chosen.joined().utf8)
        let special = Array("\r\n\0 :%?&=/;,\"\\\t".utf8) + [0x80, 0xff]
        for _ in 0..<Int.random(in: 0...6, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(special[Int.random(in: 0..<special.count, using: &random)], at: place)
            case 3:
                bytes.insert(
                    contentsOf: bytes[place...].prefix(Int.random(in: 1...40, using: &random)), at: place)
            default: bytes = Array(bytes.prefix(place))
            }
        }
        return bytes
    }
}
