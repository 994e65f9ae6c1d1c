import Glibc
import Locking
import StructuredLog

@testable import HTTPService

/// A server on a loopback port of the system's choice, with the paths that the tests ask for.
struct ServerFixture {
    let server: HTTPServer
    let log: LogBuffer
    let gate: Gate

    /// Bytes that differ from place to place, so that a shifted body is noticed.
    static let largeBody: [UInt8] = {
        // A period that no buffer size divides.
        let period = (0..<65521).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        return Array(repeatElement(period, count: 192).joined())
    }()

    private static let cachedScrape = GzipSegment(largeBody)

    init(
        _ host: String? = "127.0.0.1", level: LogLevel = .warn,
        configure: (inout HTTPServerOptions) -> Void = { _ in }
    ) throws {
        var options = HTTPServerOptions()
        configure(&options)
        let log = LogBuffer()
        self.log = log
        let gate = Gate()
        self.gate = gate
        let large = HTTPBody([Array(Self.largeBody[..<1000]), Array(Self.largeBody[1000...])])
        var router = Router()
        router.on("/metrics") { _ in .text("up 1") }
        router.on("/large") { _ in
            HTTPResponse(contentType: "application/octet-stream", body: large)
        }
        router.on("/echo/{name}") { request in
            .text(
                [
                    request.parameters["name"] ?? "?", request.queryValue("q") ?? "-",
                    request.headers["x-test"] ?? "-",
                ].joined(separator: "|"))
        }
        let cached = Self.cachedScrape
        router.on("/scrape") { request in
            let fresh: [UInt8] = Array("# EOF\n".utf8)
            let format = ScrapeFormat.negotiated(accept: request.headers["Accept"])
            switch ContentEncoding.negotiated(acceptEncoding: request.headers["Accept-Encoding"]) {
            case .identity:
                return HTTPResponse(
                    contentType: format.contentType, body: HTTPBody([Self.largeBody, fresh]))
            case .gzip:
                return HTTPResponse(
                    contentType: format.contentType, headers: ["Content-Encoding": "gzip"],
                    body: Gzip.member([cached, GzipSegment(fresh)]))
            }
        }
        router.on("/gate") { _ in
            gate.wait()
            return .text("done")
        }
        router.on("/reload", [.post]) { _ in .text("reloaded") }
        let table = router
        server = try HTTPServer(
            address: ListenAddress(host: host, port: 0), options: options,
            logger: Logger(level: level) { log.append($0) }
        ) { table.respond(to: $0) }
    }

    func connect(receiveBuffer: Int32? = nil) -> RawClient? {
        RawClient(port: server.port, receiveBuffer: receiveBuffer)
    }

    /// One request on a connection of its own.
    func exchange(_ request: String, hasBody: Bool = true) -> Reply? {
        guard let client = connect(), client.send(request) else { return nil }
        return client.reply(hasBody: hasBody)
    }

    func get(_ target: String) -> Reply? { exchange("GET \(target) HTTP/1.1\r\nHost: test\r\n\r\n") }
}

/// Holds a handler until the test lets it go on.
final class Gate: Sendable {
    private let isOpen = Mutex(false)

    func open() { isOpen.withLock { $0 = true } }

    func wait() { _ = eventually(milliseconds: 60000) { isOpen.withLock { $0 } } }
}

/// Collects log records from any thread.
final class LogBuffer: Sendable {
    private let kept = Mutex<[LogRecord]>([])

    func append(_ record: LogRecord) { kept.withLock { $0.append(record) } }

    var records: [LogRecord] { kept.withLock { $0 } }
}

/// Sockets with a local port that some process still holds, the listener included.
///
/// Closed ones that the kernel keeps for a while have no inode. The port is ours, so other tests of this
/// process do not matter.
func socketsOwned(onPort port: UInt16) -> Int {
    let digits = String(port, radix: 16, uppercase: true)
    let suffix = ":" + String(repeating: "0", count: 4 - digits.count) + digits
    return ["/proc/net/tcp", "/proc/net/tcp6"].reduce(0) { sum, path in
        sum
            + lines(ofFile: path).dropFirst().count { line in
                let columns = line.split(separator: " ")
                return columns.count > 9 && columns[1].hasSuffix(suffix) && columns[9] != "0"
            }
    }
}

private func lines(ofFile path: String) -> [Substring] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var content: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&block, 1, block.count, file), count > 0 { content += block.prefix(count) }
    return String(decoding: content, as: UTF8.self).split(separator: "\n")
}

/// Polls until `condition` holds; false after the limit.
func eventually(milliseconds: Int = 20000, _ condition: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .milliseconds(milliseconds)
    while ContinuousClock.now < deadline {
        if condition() { return true }
        usleep(5000)
    }
    return condition()
}
