/// A request method; names are case-sensitive (RFC 9110 section 9.1).
package enum HTTPMethod: Sendable, Hashable {
    case get, head, post, put, delete, options
    case other(String)

    package init(_ name: String) {
        self = Self.known.first { $0.name == name } ?? .other(name)
    }

    package var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .other(let name): name
        }
    }

    private static let known: [Self] = [.get, .head, .post, .put, .delete, .options]
}

/// A request whose header has arrived in full; bodies are refused before one of these is made.
package struct HTTPRequest: Sendable, Equatable {
    package struct QueryItem: Sendable, Equatable {
        package let name: String
        /// Empty when the item has no `=`.
        package let value: String
    }

    package let method: HTTPMethod
    /// The path's segments, each percent-decoded on its own: an encoded slash stays inside its segment.
    package let segments: [String]
    /// In the order given, decoded, `+` taken as a space.
    package let query: [QueryItem]
    package let headers: HTTPHeaders
    /// What the router matched for `{name}`; empty before.
    package internal(set) var parameters: [String: String] = [:]

    /// The decoded path, for messages; `segments` is what decisions are made on.
    package var path: String { "/" + segments.joined(separator: "/") }

    /// Takes a request target as it stands in the request line, `/path?query` or `http://host/path?query`.
    package init(
        method: HTTPMethod = .get, target: String, headers: HTTPHeaders = HTTPHeaders()
    ) throws(RequestTargetError) {
        try self.init(method: method, target: Array(target.utf8), headers: headers)
    }

    init(method: HTTPMethod, target: [UInt8], headers: HTTPHeaders) throws(RequestTargetError) {
        let parsed = try RequestTarget(target)
        self.method = method
        self.segments = parsed.segments
        self.query = parsed.query
        self.headers = headers
    }

    /// The first value of a query item; nil if there is none of that name.
    package func queryValue(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// All values of a query item that may be repeated.
    package func queryValues(_ name: String) -> [String] {
        query.lazy.filter { $0.name == name }.map(\.value)
    }
}
