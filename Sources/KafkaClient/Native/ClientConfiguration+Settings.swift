import CRdKafka
import ClusterAccess
import StructuredLog

extension ClientConfiguration {
    /// Sets what every client of a cluster has: ours first, then `defaults`, then what the user passes
    /// through, then `ours`, which win.
    ///
    /// Throws ``ClusterError/Reason/invalidRequest`` naming the property that librdkafka or we refuse.
    func fill(
        _ settings: KafkaClientSettings, level: LogLevel, defaults: [(String, String)],
        ours: [(String, String)] = [], _ redactor: Redactor
    ) throws(ClusterError) {
        let socketTimeout = max(settings.requestTimeout.boundedMilliseconds, 1_000)
        let common: [(String, String)] = [
            ("bootstrap.servers", settings.brokers),
            ("client.id", settings.clientID),
            ("group.id", settings.groupID),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("allow.auto.create.topics", "false"),
            ("socket.timeout.ms", "\(socketTimeout)"),
            ("socket.keepalive.enable", "true"),
            ("socket.nagle.disable", "true"),
            ("reconnect.backoff.max.ms", "5000"),
            ("log.queue", "true"),
            ("log_level", level == .debug ? "7" : "6"),
        ]
        for (property, value) in common + defaults { try set(property, value, redactor) }
        for (property, value) in settings.properties {
            if let reason = ClientProperty.refusal(of: property) {
                throw ClusterError(
                    .invalidRequest, operation: "configure the client", subject: "property \(property)",
                    detail: "it \(reason)")
            }
            try set(property, value, redactor)
        }
        for (property, value) in ours { try set(property, value, redactor) }
        if settings.usesTokens { enableSASLQueue() }
    }
}

extension KafkaClientSettings {
    /// Whether librdkafka gets tokens from an identity provider.
    var usesTokens: Bool {
        properties.contains { $0.0.hasPrefix("sasl.mechanism") && $0.1 == "OAUTHBEARER" }
    }

    /// Lets a thread of librdkafka's own renew the tokens of a client that uses them.
    func enableTokenRefresh(_ client: SharedAddress) {
        guard usesTokens else { return }
        unsafe rd_kafka_error_destroy(rd_kafka_sasl_background_callbacks_enable(client.raw))
    }
}
