/// Where to listen, as `--web.listen-address` spells it.
package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// A name or a numeric address without brackets; nil for every address of this machine, IPv6 and IPv4.
    package let host: String?
    /// 0 lets the system choose.
    package let port: UInt16

    package init(host: String?, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Takes `:9876`, `127.0.0.1:9876`, `[::1]:9876` and `localhost:9876`.
    package init(parsing text: String) throws(HTTPServerError) {
        guard let colon = text.lastIndex(of: ":") else {
            throw Self.malformed(text, "it has no port")
        }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let port = UInt16(digits)
        else { throw Self.malformed(text, "its port is not a number from 0 to 65535") }
        var host = text[..<colon]
        if host.hasPrefix("[") && host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { throw Self.malformed(text, "no IPv6 address is in its brackets") }
        } else {
            guard !host.contains(":") else { throw Self.malformed(text, "its IPv6 address has no brackets") }
            guard !host.contains(where: { "[]/ ".contains($0) || $0.isNewline || $0 == "\0" }) else {
                throw Self.malformed(text, "its host has a character that no host has")
            }
        }
        self.init(host: host.isEmpty ? nil : String(host), port: port)
    }

    package var description: String {
        guard let host else { return ":\(port)" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private static func malformed(_ text: String, _ reason: String) -> HTTPServerError {
        HTTPServerError(
            code: .malformedAddress, address: "\"\(text)\"", reason: reason,
            remedy: "Write host:port, for example :9876, 127.0.0.1:9876 or [::1]:9876")
    }
}
