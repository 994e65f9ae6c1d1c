import LagwardenTestKit
import Locking
import StructuredLog
import Testing

@testable import HTTPService

@Suite("Bodies that are unpacked while they are sent", .timeLimit(.minutes(5)))
struct InflatingTests {
    private static func text(_ size: Int, _ seed: UInt64) -> [UInt8] {
        var random = SeededRandom(seed: seed)
        return (0..<size).map { _ in UInt8.random(in: 97...101, using: &random) }
    }

    @Test(arguments: [0, 1, 1000, 300_000])
    func `a segment comes back`(_ size: Int) {
        let bytes = Self.text(size, 3)
        #expect(GzipSegment(bytes).inflated() == bytes)
        #expect(GzipSegment(bytes, level: .balanced).inflated() == bytes)
    }

    @Test func `a damaged segment is no bytes, never others`() {
        let whole = GzipSegment(Self.text(50_000, 4))
        let cut = GzipSegment(
            deflated: Array(whole.deflated.prefix(whole.deflated.count / 2)), checksum: whole.checksum,
            length: whole.length)
        #expect(cut.inflated() == nil)
        let noise = GzipSegment(deflated: Array(repeating: 0xff, count: 100), checksum: 0, length: 1000)
        #expect(noise.inflated() == nil)
    }

    @Test func `runs of all kinds arrive in order, in full, on one connection`() throws {
        let parts = (0..<9).map { Self.text(40_000 * $0, UInt64($0)) }
        var packer = LinePacker()
        let runs = parts.enumerated().map { index, bytes -> HTTPBody.Run in
            switch index % 3 {
            case 0: .bytes(bytes)
            case 1: .inflated(GzipSegment(bytes))
            default: .packed(packer.pack(bytes))
            }
        }
        let body = HTTPBody(runs: runs)
        let expected = Array(parts.joined())
        #expect(body.count == expected.count)
        #expect(body.bytes == expected)
        let server = try HTTPServer(
            address: ListenAddress(host: "127.0.0.1", port: 0), logger: Logger(level: .warn) { _ in }
        ) { _ in HTTPResponse(contentType: "text/plain", body: body) }
        let client = try #require(RawClient(port: server.port))
        for _ in 0..<3 {
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.reply()?.body == expected)
        }
    }

    /// Something that a body holds, until it is needed back.
    private final class Hold: HTTPBodyHold {
        private let isNeeded = Mutex(false)

        var isRevoked: Bool { isNeeded.withLock { $0 } }

        func revoke() { isNeeded.withLock { $0 = true } }
    }

    @Test func `a body that is needed back is taken from its readers, others are not`() throws {
        let large = ServerFixture.largeBody
        let (needed, spare) = (Hold(), Hold())
        let server = try HTTPServer(
            address: ListenAddress(host: "127.0.0.1", port: 0), logger: Logger(level: .warn) { _ in }
        ) { request in
            var body = HTTPBody(large)
            body.hold = request.path == "/back" ? needed : spare
            return HTTPResponse(contentType: "text/plain", body: body)
        }
        let revoked = try #require(RawClient(port: server.port, receiveBuffer: 4096))
        revoked.send("GET /back HTTP/1.1\r\nHost: h\r\n\r\n")
        let kept = try #require(RawClient(port: server.port, receiveBuffer: 4096))
        kept.send("GET /keep HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        #expect(revoked.receive(limit: 100)?.isEmpty == false)
        #expect(kept.receive(limit: 100)?.isEmpty == false)
        #expect(server.openConnections == 2)
        needed.revoke()
        #expect(eventually { server.openConnections == 1 })
        #expect(server.requestsInFlight == 1)
        #expect(kept.receiveAll()?.suffix(1000) == large.suffix(1000))
    }
}
