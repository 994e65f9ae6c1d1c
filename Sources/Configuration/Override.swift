/// A setting that a flag or an environment variable may give instead of the file.
struct Override: Hashable, Sendable {
    /// The flag's name without its dashes.
    let flag: String
    /// The variable's name; `nil` where only the flag exists.
    let environment: String?
    /// Path of the key; one below `clusters[]` means the only cluster there is.
    let path: String
    let kind: Kind
    /// What stands for the value in the help text.
    let valueName: String
    /// What the help text says; one line.
    let summary: String
    /// Whether `lagwarden demo` takes it as well.
    var servesDemo = false

    enum Kind: Hashable, Sendable {
        case scalar
        /// Texts separated by commas.
        case commaSeparated
        /// One pattern for each flag; in a variable separated by commas outside of `/.../`.
        case patterns
        /// `NAME=VALUE`, one for each flag.
        case pair
    }

    /// Whether the demo takes the variable too; since it writes to its cluster, only a flag may name that.
    var environmentServesDemo: Bool { servesDemo && !isAboutCluster }

    /// Whether the flag may be given more than once.
    var isRepeatable: Bool { kind == .patterns || kind == .pair }

    static let all: [Override] = [
        Override(
            flag: "kafka.brokers", environment: "LAGWARDEN_KAFKA_BROKERS", path: "clusters[].brokers",
            kind: .commaSeparated, valueName: "HOST:PORT[,...]", summary: "brokers to begin with",
            servesDemo: true),
        Override(
            flag: "kafka.property", environment: nil, path: "clusters[].properties", kind: .pair,
            valueName: "NAME=VALUE",
            summary: "a librdkafka property, such as security.protocol=SSL; repeatable"),
        Override(
            flag: "kafka.property-file", environment: nil, path: "clusters[].properties_files", kind: .pair,
            valueName: "NAME=PATH", summary: "the same with its value in a file, for secrets; repeatable"),
        Override(
            flag: "cluster.name", environment: "LAGWARDEN_CLUSTER_NAME", path: "clusters[].name",
            kind: .scalar,
            valueName: "NAME", summary: "value of the label cluster"),
        Override(
            flag: "source", environment: "LAGWARDEN_SOURCE", path: "source", kind: .scalar,
            valueName: "SOURCE", summary: "hybrid, offsets-topic or admin"),
        Override(
            flag: "sharding.enabled", environment: "LAGWARDEN_SHARDING_ENABLED", path: "sharding.enabled",
            kind: .scalar, valueName: "true|false", summary: "share the groups with other replicas"),
        Override(
            flag: "sharding.group", environment: "LAGWARDEN_SHARDING_GROUP", path: "sharding.group",
            kind: .scalar, valueName: "NAME", summary: "Kafka group of the replicas"),
        Override(
            flag: "sharding.instance-id", environment: "LAGWARDEN_SHARDING_INSTANCE_ID",
            path: "sharding.instance_id", kind: .scalar, valueName: "NAME",
            summary: "name of this replica among them"),
        Override(
            flag: "poll.interval", environment: "LAGWARDEN_POLL_INTERVAL", path: "poll.interval",
            kind: .scalar,
            valueName: "DURATION", summary: "time from round to round, 1s to 1h"),
        Override(
            flag: "groups.include", environment: "LAGWARDEN_GROUPS_INCLUDE", path: "groups.include",
            kind: .patterns, valueName: "PATTERN", summary: "groups to look at; repeatable"),
        Override(
            flag: "groups.exclude", environment: "LAGWARDEN_GROUPS_EXCLUDE", path: "groups.exclude",
            kind: .patterns, valueName: "PATTERN", summary: "groups to leave out; repeatable"),
        Override(
            flag: "topics.include", environment: "LAGWARDEN_TOPICS_INCLUDE", path: "topics.include",
            kind: .patterns, valueName: "PATTERN", summary: "topics to look at; repeatable"),
        Override(
            flag: "topics.exclude", environment: "LAGWARDEN_TOPICS_EXCLUDE", path: "topics.exclude",
            kind: .patterns, valueName: "PATTERN", summary: "topics to leave out; repeatable"),
        Override(
            flag: "granularity", environment: "LAGWARDEN_GRANULARITY", path: "granularity", kind: .scalar,
            valueName: "LEVEL", summary: "finest series: partition, topic or group"),
        Override(
            flag: "web.listen-address", environment: "LAGWARDEN_WEB_LISTEN_ADDRESS",
            path: "web.listen_address",
            kind: .scalar, valueName: "HOST:PORT", summary: "address of the HTTP server",
            servesDemo: true),
        Override(
            flag: "log.level", environment: "LAGWARDEN_LOG_LEVEL", path: "log.level", kind: .scalar,
            valueName: "LEVEL", summary: "error, warn, info or debug", servesDemo: true),
        Override(
            flag: "log.format", environment: "LAGWARDEN_LOG_FORMAT", path: "log.format", kind: .scalar,
            valueName: "FORMAT", summary: "logfmt or json", servesDemo: true),
    ]

    /// The variable that stands for `--config.file`.
    static let fileVariable = "LAGWARDEN_CONFIG_FILE"
}

extension Override {
    private static let clusterPrefix = "clusters[]."

    /// Whether it is about the only cluster rather than about the whole configuration.
    var isAboutCluster: Bool { path.hasPrefix(Self.clusterPrefix) }

    /// The tree that gives `values`, below the cluster or below the root.
    func tree(of values: [String], at origin: Origin) -> YAMLNode {
        let path = isAboutCluster ? path.dropFirst(Self.clusterPrefix.count) : path[...]
        var node = leaf(of: values, at: origin)
        for key in path.split(separator: ".").reversed() {
            let entry = YAMLNode.Entry(key: String(key), keyOrigin: origin, value: node)
            node = YAMLNode(.mapping([entry]), at: origin)
        }
        return node
    }

    private func leaf(of values: [String], at origin: Origin) -> YAMLNode {
        func scalars(_ texts: [String]) -> YAMLNode {
            YAMLNode(.sequence(texts.map { YAMLNode(.scalar($0), at: origin) }), at: origin)
        }
        switch kind {
        case .scalar:
            return YAMLNode(.scalar(values.last ?? ""), at: origin)
        case .commaSeparated:
            return scalars(
                values.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
            )
        case .patterns:
            guard case .environment = origin else { return scalars(values) }
            return scalars(values.flatMap(Self.splitPatterns))
        case .pair:
            let entries = values.map { text in
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let value = parts.count == 2 ? YAMLNode.Content.scalar(String(parts[1])) : .null
                return YAMLNode.Entry(
                    key: String(parts[0]), keyOrigin: origin, value: YAMLNode(value, at: origin))
            }
            return YAMLNode(.mapping(entries), at: origin)
        }
    }

    /// Splits at commas, except inside an expression between slashes.
    static func splitPatterns(_ text: String) -> [String] {
        var parts: [String] = []
        var part = ""
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            part = part.isEmpty ? String(piece) : part + "," + piece
            let isOpen =
                part.hasPrefix("/") && (part.count == 1 || !part.hasSuffix("/") || part.hasSuffix("\\/"))
            if !isOpen {
                parts.append(part)
                part = ""
            }
        }
        if !part.isEmpty { parts.append(part) }
        return parts
    }
}
