/// The bytes of a response: runs that are sent one after the other.
///
/// A value over shared arrays: handing one out, keeping it and sending it many times copies no bytes but
/// those that pass through a connection's send buffer. It may be shared between threads.
package struct HTTPBody: Sendable, Equatable {
    /// Some bytes, as they are or as they are unpacked when they are sent.
    package enum Run: Sendable, Equatable {
        case bytes([UInt8])
        /// The plain form of a segment, which exists only while it is being sent.
        case inflated(GzipSegment)
        /// Lines whose plain form exists only while it is being sent.
        case packed(PackedLines)

        /// Bytes that are sent.
        package var count: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .inflated(let segment): segment.length
            case .packed(let lines): lines.count
            }
        }

        /// The bytes that are sent; nothing where a segment is damaged.
        var sent: [UInt8] {
            switch self {
            case .bytes(let bytes): bytes
            case .inflated(let segment): segment.inflated() ?? []
            case .packed(let lines): lines.unpacked()
            }
        }
    }

    package let runs: [Run]
    /// Bytes in all runs together.
    package let count: Int
    /// What lives as long as the body is sent; equality does not look at it.
    package var hold: (any HTTPBodyHold)?

    package init(runs: [Run]) {
        self.runs = runs.filter { $0.count > 0 }
        self.count = self.runs.reduce(0) { $0 + $1.count }
    }

    package init(_ runs: [[UInt8]] = []) { self.init(runs: runs.map(Run.bytes)) }

    package init(_ bytes: [UInt8]) { self.init([bytes]) }

    package init(_ text: String) { self.init([Array(text.utf8)]) }

    package static func == (left: HTTPBody, right: HTTPBody) -> Bool { left.runs == right.runs }

    /// All bytes in one array, for tests and small bodies.
    package var bytes: [UInt8] {
        guard runs.count != 1 else { return runs[0].sent }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for run in runs { bytes += run.sent }
        return bytes
    }
}

/// An answer to a request.
///
/// HEAD is answered with the same value; the server leaves the body out.
package struct HTTPResponse: Sendable, Equatable {
    /// 200 to 599.
    package var status: Int
    package var headers: HTTPHeaders
    package var body: HTTPBody

    package init(
        status: Int = 200, contentType: String, headers: HTTPHeaders = HTTPHeaders(), body: HTTPBody
    ) {
        self.status = status
        self.headers = headers
        self.headers["Content-Type"] = contentType
        self.body = body
    }

    /// Short plain text, ended with a newline: errors and health answers.
    package static func text(
        _ text: String, status: Int = 200, headers: HTTPHeaders = HTTPHeaders()
    ) -> HTTPResponse {
        HTTPResponse(
            status: status, contentType: "text/plain; charset=utf-8", headers: headers,
            body: HTTPBody(text + "\n"))
    }
}
