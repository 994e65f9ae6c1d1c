import Foundation
import Glibc
package import KafkaLauncher
import Locking

/// A small HTTP server on loopback that does what a test says, also what no server should do.
package final class LocalServer: Sendable {
    /// What arrived.
    package struct Request: Hashable, Sendable {
        package var method: String
        package var path: String
        /// Names in lower case.
        package var headers: [String: String]
        package var body: String
    }

    /// What becomes of a request.
    package enum Reply: Sendable {
        case answer(Int, headers: [String: String] = [:], body: String = "")
        /// Nothing, until the client or the test gives up.
        case hang
        /// The connection is closed without a word.
        case close
        /// Less of a body than was promised.
        case cutShort
        /// Something that is not HTTP.
        case garbage
        /// 200 and a body of so many bytes.
        case flood(Int)
    }

    package let port: Int
    private let listener: Int32
    private let reply: @Sendable (Request, Int) -> Reply
    private let state = Mutex(State())

    private struct State {
        var requests: [Request] = []
        var isStopped = false
        /// Bytes of answers that clients took.
        var sent = 0
    }

    /// Listens on a port of the system's choice.
    ///
    /// `reply` is asked on a thread of the connection, with the number of the request from 0.
    package init(reply: @escaping @Sendable (Request, Int) -> Reply) throws(LaunchError) {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe Glibc.bind(socket, pointer, length) == 0 && listen(socket, 64) == 0
                    && getsockname(socket, pointer, &length) == 0
            }
        }
        guard socket >= 0, isListening else { throw LaunchError("no local server: error \(errno)") }
        listener = socket
        port = Int(UInt16(bigEndian: address.sin_port))
        self.reply = reply
        Thread.detachNewThread { [self] in accept() }
    }

    /// Answers every request with the same status and an empty body.
    package convenience init(status: Int) throws(LaunchError) {
        try self.init { _, _ in .answer(status) }
    }

    package var url: String { "http://127.0.0.1:\(port)" }

    package var requests: [Request] { state.withLock { $0.requests } }

    /// Bytes of bodies that the kernel took for clients.
    package var sentBytes: Int { state.withLock { $0.sent } }

    /// Refuses further connections and ends those that hang.
    package func stop() {
        let isFirst = state.withLock { state in
            defer { state.isStopped = true }
            return !state.isStopped
        }
        if isFirst { shutdown(listener, Int32(SHUT_RDWR)) }
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func accept() {
        while !isStopped {
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                break
            }
            Thread.detachNewThread { [self] in
                serve(connection)
                Glibc.close(connection)
            }
        }
        Glibc.close(listener)
    }

    private func serve(_ connection: Int32) {
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        unsafe setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard let request = read(connection) else { return }
        let number = state.withLock { state in
            state.requests.append(request)
            return state.requests.count - 1
        }
        switch reply(request, number) {
        case .answer(let status, let headers, let body):
            let lines = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
            send(
                "HTTP/1.1 \(status) Said\r\nContent-Length: \(body.utf8.count)\r\n\(lines)\r\n\(body)",
                connection)
        case .hang:
            var entry = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
            while !isStopped, unsafe poll(&entry, 1, 50) == 0 {}
        case .close: return
        case .cutShort: send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort", connection)
        case .garbage: send("220 mail.example ESMTP\r\n\u{0}\u{1}\r\n\r\n", connection)
        case .flood(let count):
            send("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n", connection)
            let piece = String(repeating: "x", count: 65_536)
            var left = count
            while left > 0, send(piece, connection) {
                left -= piece.utf8.count
                state.withLock { $0.sent += piece.utf8.count }
            }
        }
    }

    private func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let request = Self.parse(bytes) { return request }
            let count = unsafe recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer.prefix(count)
        }
    }

    /// The request, once all of it has arrived.
    private static func parse(_ bytes: [UInt8]) -> Request? {
        guard let split = bytes.firstRange(of: [13, 10, 13, 10]) else { return nil }
        let lines = String(decoding: bytes[..<split.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ").map(String.init) ?? []
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let body = bytes[split.upperBound...]
        guard body.count >= Int(headers["content-length"] ?? "0") ?? 0 else { return nil }
        return Request(
            method: words.first ?? "", path: words.count > 1 ? words[1] : "", headers: headers,
            body: String(decoding: body, as: UTF8.self))
    }

    @discardableResult
    private func send(_ text: String, _ connection: Int32) -> Bool {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    connection, buffer.baseAddress?.advanced(by: offset), buffer.count - offset,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }
}
