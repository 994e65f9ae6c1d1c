import ClusterAccess

/// The rules that hold between settings; what a single value must be is its format's business.
struct SettingsValidation {
    private(set) var settings: Settings
    private(set) var findings: Findings

    /// Whether at least one cluster must be given; the demo brings its own.
    let needsCluster: Bool

    /// Checks `draft` and fills in what follows from other settings.
    static func validate(
        _ draft: SettingsDraft, needsCluster: Bool
    ) throws(ConfigurationFailure) -> Settings {
        var validation = SettingsValidation(
            settings: draft.settings, findings: draft.findings, needsCluster: needsCluster)
        validation.checkSharding()
        validation.checkPoll()
        validation.checkEvaluation()
        validation.checkGranularity()
        validation.checkClusters()
        validation.checkNotifications()
        guard validation.findings.problems.isEmpty else {
            throw ConfigurationFailure(validation.findings.problems)
        }
        return validation.settings
    }

    /// Adds a problem at the place of `path`, unless something was found wrong there already.
    mutating func report(
        _ path: String, _ problem: String, expected: String = "", example: String = ""
    ) {
        // WHY: a value that could not be read is reported already, and has left an empty one behind.
        guard !findings.isReported(path) else { return }
        findings.add(
            ConfigurationProblem(
                at: findings.origin(of: path), path: path, problem, expected: expected, example: example))
    }

    /// Replicas divide the partitions of the offsets topic, so each must read it.
    private mutating func checkSharding() {
        guard settings.sharding.isEnabled, settings.source == .admin else { return }
        report(
            "sharding.enabled",
            "replicas share groups by the partitions of the offsets topic, which source admin does not read",
            expected: "source hybrid or offsets-topic, or no sharding", example: "source: hybrid")
    }

    private mutating func checkPoll() {
        checkIdleInterval()
        if findings.origins["poll.stale_after"] == nil {
            settings.poll.staleAfter = settings.poll.interval * 3
        } else if settings.poll.staleAfter < settings.poll.interval {
            report(
                "poll.stale_after",
                "\(DurationText.print(settings.poll.staleAfter)) is less than poll.interval, "
                    + "so that every snapshot would be withheld",
                expected: "\(DurationText.print(settings.poll.interval)) or more",
                example: DurationText.print(settings.poll.interval * 3))
        }
    }

    private mutating func checkIdleInterval() {
        if findings.origins["poll.idle_interval"] == nil {
            settings.poll.idleInterval = min(settings.poll.interval * 6, .seconds(86_400))
        } else if settings.poll.idleInterval < settings.poll.interval {
            report(
                "poll.idle_interval",
                "\(DurationText.print(settings.poll.idleInterval)) is less than poll.interval, "
                    + "and no group is asked more than once in a round",
                expected: "\(DurationText.print(settings.poll.interval)), which asks all groups in every "
                    + "round, or more",
                example: DurationText.print(settings.poll.interval * 6))
        }
    }

    private mutating func checkEvaluation() {
        let evaluation = settings.evaluation
        guard evaluation.minimum > evaluation.window else { return }
        report(
            "evaluation.minimum",
            "\(DurationText.print(evaluation.minimum)) is more than evaluation.window, "
                + "so that nothing could be said of a partition with lag",
            expected: "\(DurationText.print(evaluation.window)) or less",
            example: DurationText.print(min(.seconds(60), evaluation.window)))
    }

    /// Where no partitions are exported there are no worst ones.
    private mutating func checkGranularity() {
        for (index, rule) in settings.granularity.overrides.enumerated() where !findings.isFull {
            guard rule.topPartitions > 0, rule.granularity != .partition else { continue }
            report(
                "granularity_overrides[\(index)].top_partitions",
                "has no meaning at granularity \(rule.granularity.rawValue)",
                expected: "granularity partition beside it, or no top_partitions",
                example: "granularity: partition")
        }
    }

    private mutating func checkClusters() {
        if settings.clusters.isEmpty, needsCluster {
            report(
                "clusters", "there is no cluster to watch",
                expected: "brokers, by --kafka.brokers, LAGWARDEN_KAFKA_BROKERS or clusters in --config.file",
                example: "--kafka.brokers=localhost:9092")
        }
        var names: [String: Int] = [:]
        for (index, cluster) in settings.clusters.enumerated() where !findings.isFull {
            let path = "clusters[\(index)]"
            if let first = names.updateValue(index, forKey: cluster.name) {
                report(
                    "\(path).name",
                    "\(Quotation.quote(cluster.name)) is the name of clusters[\(first)] already",
                    expected: "a name of its own for each cluster", example: "name: staging")
            }
            if cluster.brokers.isEmpty {
                report(
                    "\(path).brokers", "there are no brokers", expected: "a list of HOST:PORT",
                    example: "[broker1:9092, broker2:9092]")
            }
            checkDuplicateBrokers(of: cluster, path)
            checkProperties(of: cluster, path)
            checkLabels(of: cluster, path)
        }
    }

    private mutating func checkDuplicateBrokers(of cluster: ClusterSettings, _ path: String) {
        var seen: Set<String> = []
        for (index, broker) in cluster.brokers.enumerated() where !seen.insert(broker).inserted {
            guard !broker.isEmpty else { continue }
            report(
                "\(path).brokers[\(index)]", "\(Quotation.quote(broker)) is given twice",
                expected: "each broker once")
        }
    }

    private mutating func checkProperties(of cluster: ClusterSettings, _ path: String) {
        var givenAt: [String: String] = [:]
        let maps = [
            ("properties", Array(cluster.properties.keys)),
            ("properties_files", Array(cluster.propertiesFiles.keys)),
            ("properties_environment", Array(cluster.propertiesEnvironment.keys)),
        ]
        for (key, names) in maps {
            for name in names.sorted() {
                let namePath = "\(path).\(key).\(name)"
                if let refusal = ClientProperty.refusal(of: name) {
                    report(namePath, refusal, example: "security.protocol: SASL_SSL")
                }
                if let other = givenAt.updateValue(key, forKey: name) {
                    report(namePath, "is given under \(other) as well", expected: "one of the two")
                }
            }
        }
    }

    private mutating func checkLabels(of cluster: ClusterSettings, _ path: String) {
        for name in cluster.labels.keys.sorted() {
            if let refusal = ConstantLabel.refusal(of: name) {
                report(
                    "\(path).labels.\(name)", refusal,
                    expected: "a name of letters, digits and underscores that no metric uses",
                    example: "region: eu-west")
            }
        }
    }
}

/// Names that the labels of a cluster may have.
enum ConstantLabel {
    /// Labels of the metric catalogue and of the exposition format itself.
    static let reserved: Set<String> = [
        "api", "assignment", "assignor", "broker", "cause", "client", "client_id", "cluster", "cluster_id",
        "code", "controller", "coordinator", "direction", "encoding", "error", "family", "group", "host",
        "instance_id", "kind", "le", "level", "librdkafka", "member", "outcome", "partition", "path", "port",
        "protocol_type", "quantile", "rack", "reason", "revision", "scope", "shard_group", "sink", "source",
        "state", "status", "swift", "temperature", "topic", "type", "version",
    ]

    /// Why a label may not be called `name`, or `nil`; the rule is that of Prometheus' data model.
    static func refusal(of name: String) -> String? {
        if reserved.contains(name) { return "is a label of the metrics already" }
        return spellingProblem(of: name)
    }

    /// Why no label at all may be called `name`, or `nil`.
    static func spellingProblem(of name: String) -> String? {
        if name.hasPrefix("__") { return "begins with __, which Prometheus keeps for itself" }
        let isName = name.unicodeScalars.enumerated().allSatisfy { index, scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "_": true
            case "0"..."9": index > 0
            default: false
            }
        }
        return isName && !name.isEmpty && name.utf8.count <= 100 ? nil : "is not the name of a label"
    }
}
