/// A table of paths and what answers them: a pure function from request to response.
///
/// Patterns are paths whose segments are literal or `{name}`, which matches one segment that is not empty.
/// The first pattern that fits decides. HEAD is answered by the handler for GET. Unknown paths get 404, known
/// ones with another method 405 with `Allow`.
package struct Router: Sendable {
    package typealias Handler = @Sendable (HTTPRequest) -> HTTPResponse

    private var routes: [Route] = []

    package init() {}

    /// Adds a path; several calls with one pattern add methods to it.
    package mutating func on(
        _ pattern: String, _ methods: Set<HTTPMethod> = [.get], _ handler: @escaping Handler
    ) {
        let segments = pattern.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            Segment(pattern: String($0))
        }
        let handlers = Dictionary(uniqueKeysWithValues: methods.map { ($0, handler) })
        if let index = routes.firstIndex(where: { $0.segments == segments }) {
            routes[index].handlers.merge(handlers) { _, new in new }
        } else {
            routes.append(Route(segments: segments, handlers: handlers))
        }
    }

    /// The answer to `request`; runs the handler on the caller's thread.
    package func respond(to request: HTTPRequest) -> HTTPResponse {
        for route in routes {
            guard let parameters = route.parameters(of: request.segments) else { continue }
            let method: HTTPMethod =
                request.method == .head && route.handlers[.head] == nil ? .get : request.method
            guard let handler = route.handlers[method] else {
                return Self.wrongMethod(request, route.allowed)
            }
            var matched = request
            matched.parameters = parameters
            return handler(matched)
        }
        return .text("404: nothing is served at this path; / lists what is.", status: 404)
    }

    private static func wrongMethod(_ request: HTTPRequest, _ allowed: String) -> HTTPResponse {
        .text(
            "405: this path takes \(allowed), not \(String(request.method.name.prefix(20))).", status: 405,
            headers: ["Allow": allowed])
    }

    private enum Segment: Sendable, Equatable {
        case literal(String)
        case parameter(String)

        init(pattern: String) {
            let isParameter = pattern.hasPrefix("{") && pattern.hasSuffix("}")
            self = isParameter ? .parameter(String(pattern.dropFirst().dropLast())) : .literal(pattern)
        }
    }

    private struct Route: Sendable {
        let segments: [Segment]
        var handlers: [HTTPMethod: Handler]

        /// The value of the Allow field (RFC 9110 section 10.2.1).
        var allowed: String {
            var methods = Set(handlers.keys)
            if methods.contains(.get) { methods.insert(.head) }
            return methods.map(\.name).sorted().joined(separator: ", ")
        }

        /// What the parameters stand for; nil if the path is another one.
        func parameters(of path: [String]) -> [String: String]? {
            guard path.count == segments.count else { return nil }
            var found: [String: String] = [:]
            for (segment, value) in zip(segments, path) {
                switch segment {
                case .literal(let expected):
                    guard value == expected else { return nil }
                case .parameter(let name):
                    guard !value.isEmpty else { return nil }
                    found[name] = value
                }
            }
            return found
        }
    }
}
