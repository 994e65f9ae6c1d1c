/// Why a request target cannot be understood; the client gets it as the body of a 400.
package enum RequestTargetError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A `%` without two hexadecimal digits after it.
    case malformedEscape
    /// Escapes that do not make UTF-8.
    case notUTF8
    /// A NUL, escaped or not: nothing we serve is named with one.
    case containsNUL
    /// Neither `/…` nor `http://host/…`.
    case notAPath

    package var description: String {
        switch self {
        case .malformedEscape: "The address has a % that is not followed by two hexadecimal digits."
        case .notUTF8: "The address is not UTF-8 once its % escapes are decoded."
        case .containsNUL: "The address contains a zero byte."
        case .notAPath: "The address does not start with a slash."
        }
    }
}

/// A request target taken apart (RFC 9112 section 3.2, RFC 3986 section 3.3).
struct RequestTarget: Equatable {
    private(set) var segments: [String] = []
    private(set) var query: [HTTPRequest.QueryItem] = []

    init(_ target: [UInt8]) throws(RequestTargetError) {
        let local = try Self.withoutAuthority(target[...])
        let question = local.firstIndex(of: UInt8(ascii: "?"))
        let path = local[..<(question ?? local.endIndex)]
        guard path.first == UInt8(ascii: "/") else { throw .notAPath }
        for segment in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        {
            segments.append(try Self.decoded(segment, plusIsSpace: false))
        }
        guard let question else { return }
        for item in local[(question + 1)...].split(separator: UInt8(ascii: "&")) {
            let equals = item.firstIndex(of: UInt8(ascii: "="))
            let name = try Self.decoded(item[..<(equals ?? item.endIndex)], plusIsSpace: true)
            let rest = equals.map { item[($0 + 1)...] } ?? []
            query.append(.init(name: name, value: try Self.decoded(rest, plusIsSpace: true)))
        }
    }

    /// Cuts `http://host` off; proxies send the whole address.
    private static func withoutAuthority(
        _ target: ArraySlice<UInt8>
    ) throws(RequestTargetError) -> ArraySlice<UInt8> {
        if target.first == UInt8(ascii: "/") { return target }
        for scheme in ["http://", "https://"] {
            let start = target.prefix(scheme.utf8.count)
            guard HTTPHeaders.isSame(String(decoding: start, as: UTF8.self), scheme) else { continue }
            let rest = target.dropFirst(scheme.utf8.count)
            guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else { return [UInt8(ascii: "/")] }
            return rest[slash...]
        }
        throw .notAPath
    }

    /// Percent-decodes one component; strict, because guessing is how filters are walked around.
    private static func decoded(
        _ bytes: ArraySlice<UInt8>, plusIsSpace: Bool
    ) throws(RequestTargetError) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(Self.digit),
                    let low = rest.popFirst().flatMap(Self.digit)
                else { throw .malformedEscape }
                result.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace:
                result.append(UInt8(ascii: " "))
            default:
                result.append(byte)
            }
        }
        guard !result.contains(0) else { throw .containsNUL }
        guard let text = String(validating: result, as: UTF8.self) else { throw .notUTF8 }
        return text
    }

    /// The value of a hexadecimal digit.
    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
