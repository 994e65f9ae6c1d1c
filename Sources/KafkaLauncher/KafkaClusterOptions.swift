/// How a throw-away cluster is to be set up; the defaults suit most tests.
package struct KafkaClusterOptions: Sendable {
    /// 1 or 3; with 3, internal topics have three replicas.
    package var brokers: Int
    /// Lines of `server.properties` that win over the launcher's own, such as `offsets.retention.minutes`.
    package var overrides: [String: String]
    /// Besides plaintext, which is always there and carries the traffic between brokers.
    package var listeners: Set<KafkaListener>
    /// Users for SASL/PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512, known from the first moment.
    package var users: [User]
    /// Switches the standard authorizer on: everything is denied but to these ("User:admin") and to ACLs.
    ///
    /// `User:ANONYMOUS`, who is everyone on the plaintext listener, is always a super user, since the brokers
    /// themselves talk there; test permissions with a user on ``KafkaListener/sasl``.
    package var superUsers: [String]?
    /// Heap of each broker.
    package var heapMegabytes: Int
    /// For how long the start may take.
    package var startLimit: Duration
    /// Folder in which the cluster makes, and at stop removes, its own one; the system's temporary one by
    /// default.
    package var parentDirectory: String?

    package init(
        brokers: Int = 1, overrides: [String: String] = [:], listeners: Set<KafkaListener> = [],
        users: [User] = [], superUsers: [String]? = nil, heapMegabytes: Int = 384,
        startLimit: Duration = .seconds(120), parentDirectory: String? = nil
    ) {
        self.brokers = brokers
        self.overrides = overrides
        self.listeners = listeners
        self.users = users
        self.superUsers = superUsers
        self.heapMegabytes = heapMegabytes
        self.startLimit = startLimit
        self.parentDirectory = parentDirectory
    }

    /// A user of the SASL listeners; neither part may hold quotes, commas or brackets.
    package struct User: Hashable, Sendable {
        package var name: String
        package var password: String

        package init(name: String, password: String) {
            self.name = name
            self.password = password
        }
    }
}

/// A door of the brokers; raw values are Kafka's names of security protocols.
package enum KafkaListener: String, CaseIterable, Hashable, Sendable {
    case plaintext = "PLAINTEXT"
    case sasl = "SASL_PLAINTEXT"
    case tls = "SSL"
    case saslOverTLS = "SASL_SSL"

    var usesTLS: Bool { self == .tls || self == .saslOverTLS }
    var usesSASL: Bool { self == .sasl || self == .saslOverTLS }
}
