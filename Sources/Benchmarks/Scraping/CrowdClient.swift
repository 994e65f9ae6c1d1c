import Glibc

/// A scraper on loopback, all of whose waits are bounded; used by one thread at a time.
final class CrowdClient {
    /// How a scrape is asked for.
    enum Encoding: String {
        case identity, gzip
    }

    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)

    /// `nil` if the connection is refused; `receiveBuffer` is what the kernel may hold, in bytes.
    init?(port: UInt16, receiveBuffer: Int32? = nil, timeoutSeconds: Int = 60) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        if var size = receiveBuffer {
            _ = unsafe setsockopt(
                descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        _ = unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }

    /// Sends some text, as much as a request header needs.
    @discardableResult
    func send(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    func ask(_ encoding: Encoding) -> Bool {
        send("GET /metrics HTTP/1.1\r\nHost: h\r\nAccept-Encoding: \(encoding.rawValue)\r\n\r\n")
    }

    /// Up to `limit` bytes of an answer, 0 at its end or when nothing comes.
    func read(limit: Int) -> Int {
        max(0, unsafe recv(descriptor, &buffer, min(limit, buffer.count), 0))
    }

    /// One whole scrape; its body's size in bytes, `nil` where it is not answered with 200 and in full.
    func scrape(_ encoding: Encoding) -> Int? {
        guard ask(encoding) else { return nil }
        var header: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while true {
            let count = read(limit: buffer.count)
            guard count > 0 else { return nil }
            header += buffer.prefix(count)
            guard let place = header.indices.first(where: { header[$0...].starts(with: end) }) else {
                continue
            }
            let text = String(decoding: header[..<place], as: UTF8.self)
            guard text.hasPrefix("HTTP/1.1 200"), let size = Self.length(in: text) else { return nil }
            var rest = size - (header.count - place - end.count)
            while rest > 0 {
                let count = read(limit: rest)
                guard count > 0 else { return nil }
                rest -= count
            }
            return size
        }
    }

    private static func length(in header: String) -> Int? {
        let name = "content-length: "
        let line = header.lowercased().split(separator: "\r\n").first { $0.hasPrefix(name) }
        return line.flatMap { Int($0.dropFirst(name.count)) }
    }
}
