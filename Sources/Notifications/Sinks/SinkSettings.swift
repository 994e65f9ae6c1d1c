package import Incidents

/// One receiver of notices and how it is reached.
package struct SinkSettings: Sendable {
    package enum Kind: Sendable {
        /// Sent one document for each notice; without a template the standard one.
        case webhook(NoticeTemplate?)
        /// Alertmanager's API, version 2; open incidents are sent again this often, so that it keeps them.
        case alertmanager(resendInterval: Duration)
    }

    /// Where a text comes from that may be a secret.
    package enum Source: Sendable {
        case text(String)
        /// Read for each request, so that it may change.
        case file(String)
    }

    package var name: String
    package var kind: Kind
    package var url: Source
    package var bearerTokenFile = ""
    package var user = ""
    package var passwordFile = ""
    package var authorityFile = ""
    package var connectTimeout = Duration.seconds(5)
    package var timeout = Duration.seconds(10)
    package var usesProxyOfEnvironment = false
    package var sendsResolved = true
    /// Notices that wait at most.
    package var queueLimit = 1000
    /// How long a notice is tried before it is dropped.
    package var retryFor = Duration.seconds(600)

    package init(name: String, kind: Kind, url: Source) {
        self.name = name
        self.kind = kind
        self.url = url
    }

    /// How often open incidents are sent again; `nil` for a receiver that remembers them by itself.
    var resendInterval: Duration? {
        switch kind {
        case .webhook: nil
        case .alertmanager(let interval): interval
        }
    }
}
