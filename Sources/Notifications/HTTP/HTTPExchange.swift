/// One request to a server of somebody else, with everything that bounds it.
package struct HTTPExchange: Sendable {
    package enum Method: Sendable {
        case get
        /// Sends a body of JSON.
        case post([UInt8])
    }

    /// Who asks, as the server is told.
    package enum Credentials: Sendable {
        case none
        case bearer(String)
        case basic(user: String, password: String)
    }

    package var method: Method
    /// `http` or `https`; never written to a log, since its path may be a secret.
    package var url: String
    package var credentials = Credentials.none
    /// Time to resolve the name, connect and agree on TLS.
    package var connectTimeout = Duration.seconds(5)
    /// Time for the whole exchange.
    package var timeout = Duration.seconds(10)
    /// File with the certificates that are trusted instead of the system's; empty for those.
    package var authorityFile = ""
    /// Whether `http_proxy`, `https_proxy` and `no_proxy` are followed; otherwise no proxy is used.
    ///
    /// WHY not by itself: a variable of the surroundings must not carry a token to a third party unasked.
    package var usesProxyOfEnvironment = false
    /// Bytes of the answer that are read; what follows is cut off, and the status counts all the same.
    package var answerBytesMax = 65_536

    package init(_ method: Method, _ url: String) {
        self.method = method
        self.url = url
    }
}

/// How an exchange ended.
package enum HTTPOutcome: Hashable, Sendable {
    case answered(HTTPAnswer)
    case failed(HTTPFailure)
}

/// What a server answered.
package struct HTTPAnswer: Hashable, Sendable {
    package var status: Int
    /// From `Retry-After`, as seconds or a date; `nil` where the server does not say.
    package var retryAfter: Duration?
    /// The beginning of the body.
    package var body: [UInt8]
    /// There was more of the body than was read.
    package var isCutOff: Bool

    package init(status: Int, retryAfter: Duration? = nil, body: [UInt8] = [], isCutOff: Bool = false) {
        self.status = status
        self.retryAfter = retryAfter
        self.body = body
        self.isCutOff = isCutOff
    }
}

/// Why there is no answer.
package struct HTTPFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: String, CaseIterable, Hashable, Sendable {
        case unresolved, unreachable, timedOut = "timed_out", tls, garbage, stopped, secret, other
    }

    package var reason: Reason
    /// One sentence; names the host at most, never the path or a secret.
    package var description: String

    package init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }
}
