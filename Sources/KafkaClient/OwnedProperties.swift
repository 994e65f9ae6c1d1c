/// librdkafka properties that belong to the client, and what may not be shown of the others.
enum PropertyRules {
    static let never = "the exporter joins no group and commits nothing"
    static let callback = "it is a C callback, which a configuration cannot hold"
    static let events = "the client decides which events it is told of"

    /// Name of each refused property, and why or what to set instead.
    static let owned: [String: String] = [
        "bootstrap.servers": "set brokers instead",
        "metadata.broker.list": "set brokers instead",
        "client.id": "set the client id of the cluster instead",
        "group.id": "set the group id of the cluster instead",
        "group.instance.id": never,
        "group.protocol": never,
        "group.remote.assignor": never,
        "partition.assignment.strategy": never,
        "enable.auto.commit": never,
        "auto.commit.enable": never,
        "enable.auto.offset.store": never,
        "auto.commit.interval.ms": never,
        "offset.store.method": never,
        "transactional.id": "the exporter writes nothing",
        "isolation.level": "both are read: the high watermark and the last stable offset",
        "allow.auto.create.topics": "reading never creates a topic",
        "auto.offset.reset": "nothing is consumed through a group",
        "enable.partition.eof": events,
        "statistics.interval.ms": events,
        "enabled_events": events,
        "log.queue": "set the log level of the exporter instead",
        "log_level": "set the log level of the exporter instead",
        "test.mock.num.brokers": "it would replace the brokers that were named",
        "error_cb": callback, "throttle_cb": callback, "stats_cb": callback, "log_cb": callback,
        "socket_cb": callback, "connect_cb": callback, "closesocket_cb": callback, "open_cb": callback,
        "resolve_cb": callback, "rebalance_cb": callback, "offset_commit_cb": callback,
        "consume_cb": callback, "dr_cb": callback, "dr_msg_cb": callback, "background_event_cb": callback,
        "oauthbearer_token_refresh_cb": callback, "ssl.certificate.verify_cb": callback,
        "opaque": callback, "default_topic_conf": callback, "interceptors": callback,
    ]

    /// Whether the value must never be shown; errs on the side of hiding.
    static func isSecret(_ property: String) -> Bool {
        property == "sasl.password" || property == "sasl.oauthbearer.config"
            || property.hasSuffix("password") || property.hasSuffix("secret") || property.hasSuffix(".pem")
            || property.contains("assertion") || property == "ssl_key" || property == "sasl.jaas.config"
    }
}

/// Blots the secret values of one configuration out of any text that librdkafka composes.
struct Redactor: Sendable {
    private let secrets: [String]

    /// Takes the values of secret properties and remembers them only to recognise them.
    init(properties: [(String, String)]) {
        secrets = properties.filter { PropertyRules.isSecret($0.0) && $0.1.utf8.count > 2 }.map(\.1)
    }

    /// The text with every secret value replaced.
    func clean(_ text: String) -> String {
        secrets.reduce(text) { cleaned, secret in
            cleaned.contains(secret) ? Self.replacing(secret, in: cleaned) : cleaned
        }
    }

    private static func replacing(_ secret: String, in text: String) -> String {
        text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "[hidden]")
    }
}
