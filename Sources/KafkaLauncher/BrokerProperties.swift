/// Ports of one broker.
struct BrokerPorts: Hashable, Sendable {
    var controller: Int
    var listeners: [KafkaListener: Int]
}

/// Writes `server.properties` of one broker.
struct BrokerProperties {
    var installation: KafkaInstallation
    var options: KafkaClusterOptions
    /// By broker, from 1 on.
    var ports: [BrokerPorts]
    var certificates: TestCertificates?

    func render(broker id: Int, directory: String) -> String {
        var properties = base(broker: id, directory: directory)
        if installation.majorVersion == 3 {
            properties["group.coordinator.rebalance.protocols"] = "classic,consumer"
        }
        addAuthorizer(to: &properties)
        addSASL(to: &properties)
        if let certificates {
            properties["ssl.keystore.type"] = "PEM"
            properties["ssl.keystore.location"] = certificates.brokerStore
            properties["ssl.truststore.type"] = "PEM"
            properties["ssl.truststore.location"] = certificates.authority
            properties["ssl.client.auth"] = "requested"
        }
        properties.merge(options.overrides) { _, override in override }
        return properties.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
    }

    private func base(broker id: Int, directory: String) -> [String: String] {
        let own = ports[id - 1]
        let doors = own.listeners.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.key.rawValue)://127.0.0.1:\($0.value)" }.joined(separator: ",")
        let voters = ports.enumerated().map { "\($0.offset + 1)@127.0.0.1:\($0.element.controller)" }
        let replicas = ports.count < 3 ? 1 : 3
        return [
            "process.roles": "broker,controller",
            "node.id": "\(id)",
            "controller.quorum.voters": voters.joined(separator: ","),
            "listeners": "\(doors),CONTROLLER://127.0.0.1:\(own.controller)",
            "advertised.listeners": doors,
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": KafkaListener.plaintext.rawValue,
            "listener.security.protocol.map":
                (["CONTROLLER:PLAINTEXT"]
                + KafkaListener.allCases.map { "\($0.rawValue):\($0.rawValue)" }).joined(separator: ","),
            "log.dirs": "\(directory)/data",
            "num.partitions": "1",
            "auto.create.topics.enable": "false",
            "num.network.threads": "2",
            "num.io.threads": "4",
            "offsets.topic.replication.factor": "\(replicas)",
            "offsets.topic.num.partitions": "10",
            "transaction.state.log.replication.factor": "\(replicas)",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "5",
            "share.coordinator.state.topic.replication.factor": "\(replicas)",
            "share.coordinator.state.topic.min.isr": "1",
            "share.coordinator.state.topic.num.partitions": "5",
            "group.initial.rebalance.delay.ms": "0",
            "log.retention.check.interval.ms": "2000",
            "log.cleaner.dedupe.buffer.size": "4194304",
        ]
    }

    private func addAuthorizer(to properties: inout [String: String]) {
        guard let superUsers = options.superUsers else { return }
        properties["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
        properties["super.users"] = (["User:ANONYMOUS"] + superUsers).joined(separator: ";")
        properties["allow.everyone.if.no.acl.found"] = "false"
    }

    private func addSASL(to properties: inout [String: String]) {
        let package = "org.apache.kafka.common.security"
        let plainUsers = options.users.map { " user_\($0.name)=\"\($0.password)\"" }.joined()
        for listener in options.listeners where listener.usesSASL {
            let prefix = "listener.name.\(listener.rawValue.lowercased())"
            properties["\(prefix).sasl.enabled.mechanisms"] = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"
            properties["\(prefix).plain.sasl.jaas.config"] =
                "\(package).plain.PlainLoginModule required\(plainUsers);"
            for mechanism in ["scram-sha-256", "scram-sha-512"] {
                properties["\(prefix).\(mechanism).sasl.jaas.config"] =
                    "\(package).scram.ScramLoginModule required;"
            }
        }
    }
}
