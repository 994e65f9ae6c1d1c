import Glibc

/// A TCP connection that sends what it is told, well formed or not; every wait is bounded.
final class RawClient {
    private let descriptor: Int32

    /// Nil if the connection is refused.
    init?(port: UInt16, host: String = "127.0.0.1", receiveBuffer: Int32? = nil) {
        let isIPv6 = host.contains(":")
        let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        let result: Int32
        if isIPv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            inet_pton(AF_INET6, host, &address.sin6_addr)
            result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            inet_pton(AF_INET, host, &address.sin_addr)
            result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        guard result == 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Sends everything; false if the server has closed.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Says that nothing more will be sent.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// What has come within the limit, at most `limit` bytes; empty at the end of the stream, nil if nothing
    /// came.
    func receive(limit: Int = 65536, milliseconds: Int32 = 20000) -> [UInt8]? {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, milliseconds) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &buffer, limit, 0)
        return Array(buffer.prefix(max(count, 0)))
    }

    /// Bytes up to the end of the stream; nil if it does not end within the limit.
    func receiveAll(milliseconds: Int32 = 20000) -> [UInt8]? {
        var all: [UInt8] = []
        while let part = receive(milliseconds: milliseconds) {
            if part.isEmpty { return all }
            all += part
        }
        return nil
    }

    private var pending: [UInt8] = []

    /// One reply, nil if it is cut short or late; `hasBody` is false for HEAD.
    func reply(hasBody: Bool = true) -> Reply? {
        let end = Array("\r\n\r\n".utf8)
        var headerEnd: Int?
        while headerEnd == nil {
            headerEnd = pending.indices.first { pending[$0...].starts(with: end) }
            guard headerEnd == nil else { break }
            guard let part = receive(), !part.isEmpty else { return nil }
            pending += part
        }
        guard let headerEnd, var reply = Reply(header: String(decoding: pending[..<headerEnd], as: UTF8.self))
        else { return nil }
        pending.removeFirst(headerEnd + end.count)
        let length = hasBody ? Int(reply.headers["content-length"] ?? "") ?? 0 : 0
        while pending.count < length {
            guard let part = receive(limit: 1 << 20), !part.isEmpty else { return nil }
            pending += part
        }
        reply.body = Array(pending.prefix(length))
        pending.removeFirst(length)
        return reply
    }

    /// True once the server has closed.
    func isClosedByServer(milliseconds: Int32 = 20000) -> Bool {
        receive(milliseconds: milliseconds)?.isEmpty ?? false
    }
}

/// A response as it came over the wire.
struct Reply {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }

    init?(header: String) {
        let lines = header.split(separator: "\r\n", omittingEmptySubsequences: false)
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { return nil }
        self.status = status
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[line[..<colon].lowercased()] = String(value)
        }
        self.headers = headers
    }
}
