/// Where the HTTP server listens.
package struct ListenAddress: Hashable, Sendable {
    /// A name or address without brackets; `nil` for all addresses of the machine.
    package var host: String?
    /// 0 lets the system choose.
    package var port: UInt16

    package init(host: String?, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `:9876`, `127.0.0.1:9876`, `[::1]:9876` or `localhost:9876`; `nil` for anything else.
    package init?(_ text: String) {
        guard let (host, port) = HostAndPort.split(text) else { return nil }
        self.init(host: host.isEmpty ? nil : host, port: port)
    }
}

extension ListenAddress: CustomStringConvertible {
    package var description: String {
        guard let host else { return ":\(port)" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// Splits `HOST:PORT` the way addresses are written on a command line.
enum HostAndPort {
    /// The host without brackets, which may be empty, and the port; `nil` if either is malformed.
    static func split(_ text: String) -> (host: String, port: UInt16)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }), let port = UInt16(digits)
        else {
            return nil
        }
        let host = text[..<colon]
        if host.hasPrefix("[") {
            guard host.hasSuffix("]") else { return nil }
            let address = host.dropFirst().dropLast()
            let isAddress = address.contains(":") && address.allSatisfy(isAddressCharacter)
            return isAddress ? (String(address), port) : nil
        }
        guard host.unicodeScalars.allSatisfy(isNameScalar) else { return nil }
        return (String(host), port)
    }

    /// Of an IPv6 address with an optional zone.
    private static func isAddressCharacter(_ character: Character) -> Bool {
        character.isASCII
            && (character.isHexDigit || character.isLetter || character.isNumber
                || ":.%-_".contains(character))
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_": true
        default: false
        }
    }
}
