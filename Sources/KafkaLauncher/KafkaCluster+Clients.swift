extension KafkaCluster {
    /// Properties with which Kafka's Java client gets through a listener.
    ///
    /// `mechanism` is "PLAIN", "SCRAM-SHA-256" or "SCRAM-SHA-512"; without a user SASL is left out.
    package func javaProperties(
        _ listener: KafkaListener, user: KafkaClusterOptions.User? = nil, mechanism: String = "SCRAM-SHA-256"
    ) throws(LaunchError) -> [String: String] {
        var properties = ["security.protocol": listener.rawValue]
        if listener.usesTLS {
            guard let certificates else { throw LaunchError("the cluster has no listener with TLS") }
            properties["ssl.truststore.type"] = "PEM"
            properties["ssl.truststore.location"] = certificates.authority
        }
        if listener.usesSASL, let user {
            let login =
                mechanism == "PLAIN" ? "plain.PlainLoginModule" : "scram.ScramLoginModule"
            properties["sasl.mechanism"] = mechanism
            properties["sasl.jaas.config"] =
                "org.apache.kafka.common.security.\(login) required "
                + "username=\"\(user.name)\" password=\"\(user.password)\";"
        }
        return properties
    }

    /// Properties with which librdkafka gets through a listener, `bootstrap.servers` among them.
    package func librdkafkaProperties(
        _ listener: KafkaListener, user: KafkaClusterOptions.User? = nil, mechanism: String = "SCRAM-SHA-256"
    ) throws(LaunchError) -> [String: String] {
        var properties = [
            "bootstrap.servers": bootstrap(listener), "security.protocol": listener.rawValue.lowercased(),
        ]
        if listener.usesTLS {
            guard let certificates else { throw LaunchError("the cluster has no listener with TLS") }
            properties["ssl.ca.location"] = certificates.authority
        }
        if listener.usesSASL, let user {
            properties["sasl.mechanism"] = mechanism
            properties["sasl.username"] = user.name
            properties["sasl.password"] = user.password
        }
        return properties
    }
}
