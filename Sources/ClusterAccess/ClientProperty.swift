/// What is known about librdkafka's properties: which are ours to set, and which are secret.
package enum ClientProperty {
    /// Properties that this exporter sets itself, each with what to do instead.
    package static let owned: [String: String] = [
        "bootstrap.servers": "use the key brokers of the cluster",
        "metadata.broker.list": "use the key brokers of the cluster",
        "group.id": "use the key group_id of the cluster",
        "client.id": "use the key client_id of the cluster",
        "socket.timeout.ms": "use the key request_timeout of the cluster",
        "isolation.level": "list the groups under poll.last_stable_offset",
        "log_level": "use log.level",
        "log.queue": neverNeeded,
        "log.thread.name": neverNeeded,
        "enabled_events": neverNeeded,
        "statistics.interval.ms": "use the metrics lagwarden_kafka_request*",
        "enable.auto.commit": neverCommits,
        "auto.commit.enable": neverCommits,
        "auto.commit.interval.ms": neverCommits,
        "enable.auto.offset.store": neverCommits,
        "offset.store.method": neverCommits,
        "allow.auto.create.topics": "remove it: reading never creates a topic",
        "group.instance.id": "use sharding.instance_id",
        "session.timeout.ms": "use sharding.session_timeout",
        "group.protocol": sharesItsOwnWay,
        "group.remote.assignor": sharesItsOwnWay,
        "partition.assignment.strategy": sharesItsOwnWay,
        "transactional.id": "remove it: nothing is ever written",
        "auto.offset.reset": "remove it: nothing is consumed through a group",
        "enable.partition.eof": neverNeeded,
        "test.mock.num.brokers": "remove it: use lagwarden demo for a cluster without Kafka",
    ]

    private static let neverNeeded = "remove it: the client's log lines and events are handled already"
    private static let neverCommits = "remove it: nothing is ever committed"
    private static let sharesItsOwnWay = "remove it: no group is joined but that of sharding"

    /// Whether the value of the property called `name` must never be shown.
    package static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        let known = ["sasl.oauthbearer.config", "sasl.jaas.config", "ssl_key"]
        let endings = ["token", "passphrase", "key.pem", "credentials"]
        return known.contains(name) || endings.contains { name.hasSuffix($0) }
            || ["password", "secret", "assertion"].contains { name.contains($0) }
    }

    /// Why the property may not be set, or `nil`.
    package static func refusal(of name: String) -> String? {
        if let advice = owned[name] { return "is set by Lagwarden itself; \(advice)" }
        if name.hasSuffix("_cb") || ["opaque", "default_topic_conf", "interceptors"].contains(name) {
            return "cannot be given as a text; remove it"
        }
        let isName =
            !name.isEmpty && name.utf8.count <= 200
            && name.unicodeScalars.allSatisfy(isNameScalar)
        return isName ? nil : "is not the name of a librdkafka property"
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
        default: false
        }
    }
}
