package import KafkaLauncher

/// One answer of an HTTP server as it came over the wire.
package struct HTTPAnswer: Sendable {
    package var status: Int
    /// In the order of the answer, names as sent.
    package var headers: [(name: String, value: String)]
    /// Not decompressed.
    package var body: [UInt8]

    /// First header of this name, whatever its case.
    package subscript(header: String) -> String? {
        headers.first { $0.name.lowercased() == header.lowercased() }?.value
    }

    package var text: String { String(decoding: body, as: UTF8.self) }
}

/// A tiny HTTP/1.1 client over a raw socket, one request a connection.
package enum HTTPProbe {
    /// Asks `host` (a numeric address) for a path; `Connection: close` and `Host` are sent unless given.
    package static func get(
        _ path: String, host: String = "127.0.0.1", port: Int, headers: [String: String] = [:],
        method: String = "GET", body: String = "", timeout: Duration = .seconds(10)
    ) async throws(LaunchError) -> HTTPAnswer {
        var all = ["Host": host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)", "Connection": "close"]
        all.merge(headers) { $1 }
        if !body.isEmpty { all["Content-Length"] = "\(body.utf8.count)" }
        let lines = all.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
        let request = "\(method) \(path) HTTP/1.1\r\n\(lines)\r\n\(body)"
        let bytes = try await exchange(Array(request.utf8), host: host, port: port, timeout: timeout)
        guard let answer = parse(bytes, hasBody: method != "HEAD") else {
            let start = String(decoding: bytes.prefix(80), as: UTF8.self)
            throw LaunchError("not an HTTP answer: \(bytes.count) bytes, \(start)")
        }
        return answer
    }

    /// Sends any bytes and returns all that comes until the other side closes; each step has the time limit.
    package static func exchange(
        _ request: [UInt8], host: String = "127.0.0.1", port: Int, timeout: Duration = .seconds(10)
    ) async throws(LaunchError) -> [UInt8] {
        let result = await BlockingCall.run {
            do throws(LaunchError) {
                let socket = try ClientSocket(host: host, port: port, timeout: timeout)
                try socket.send(request)
                var bytes: [UInt8] = []
                while true {
                    let more = try socket.receive()
                    if more.isEmpty { return Result<[UInt8], LaunchError>.success(bytes) }
                    bytes += more
                }
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Reads an answer; chunked bodies are joined.
    static func parse(_ bytes: [UInt8], hasBody: Bool) -> HTTPAnswer? {
        let end: [UInt8] = [13, 10, 13, 10]
        guard let split = bytes.firstRange(of: end) else { return nil }
        let head = String(decoding: bytes[..<split.lowerBound], as: UTF8.self)
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { return nil }
        var answer = HTTPAnswer(status: status, headers: [], body: [])
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = String(line[line.index(after: colon)...]).trimmingCharacters(" \t")
            answer.headers.append((String(line[..<colon]), value))
        }
        let rest = bytes[split.upperBound...]
        if answer["Transfer-Encoding"]?.lowercased() == "chunked" {
            guard let body = joinChunks(rest) else { return nil }
            answer.body = body
        } else if hasBody, let length = answer["Content-Length"].flatMap({ Int($0) }) {
            guard rest.count == length else { return nil }
            answer.body = Array(rest)
        } else {
            answer.body = Array(rest)
        }
        return answer
    }

    private static func joinChunks(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var rest = bytes
        var body: [UInt8] = []
        while let end = rest.firstRange(of: [13, 10]) {
            let text = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
            guard let size = Int(text.prefix { $0 != ";" }, radix: 16), size >= 0 else { return nil }
            if size == 0 { return body }
            guard rest.endIndex - end.upperBound >= size &+ 2 else { return nil }
            body += rest[end.upperBound..<end.upperBound + size]
            rest = rest[(end.upperBound + size + 2)...]
        }
        return nil
    }
}
