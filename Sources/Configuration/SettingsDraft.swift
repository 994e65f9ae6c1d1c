import ClusterAccess

/// Settings while they are put together: each source is laid over the ones before it.
struct SettingsDraft: Sendable {
    var settings = Settings()
    var findings = Findings()

    /// Lays a file's tree over the defaults.
    mutating func apply(file root: YAMLNode) {
        Settings.shape.read(root, &settings, "", &findings)
    }

    /// Lays one flag or variable over what is there.
    mutating func apply(_ override: Override, _ values: [String], at origin: Origin) {
        guard override.isAboutCluster else {
            let root = findings.origins[""]
            Settings.shape.read(override.tree(of: values, at: origin), &settings, "", &findings)
            findings.origins[""] = root
            return
        }
        guard settings.clusters.count <= 1 else {
            findings.add(
                ConfigurationProblem(
                    at: origin, "there are \(settings.clusters.count) clusters in the file",
                    expected: "one at most, since \(origin) is about the only cluster"))
            return
        }
        var cluster = settings.clusters.first ?? ClusterSettings()
        let before = (cluster.properties, cluster.propertiesFiles)
        let tree = override.tree(of: values, at: origin)
        ClusterSettings.shape.read(tree, &cluster, "clusters[0]", &findings)
        if override.kind == .pair {
            refuseVisibleSecrets(override, values, at: origin)
            cluster.properties.merge(before.0) { new, _ in new }
            cluster.propertiesFiles.merge(before.1) { new, _ in new }
        }
        settings.clusters = [cluster]
    }

    /// A command line is visible to every user of the machine.
    private mutating func refuseVisibleSecrets(_ override: Override, _ values: [String], at origin: Origin) {
        guard override.path.hasSuffix(".properties") else { return }
        for value in values {
            let name = String(value.prefix { $0 != "=" })
            guard ClientProperty.isSecret(name) else { continue }
            findings.add(
                ConfigurationProblem(
                    at: origin, path: name, "is a secret, and flags are visible to every user of the machine",
                    expected: "a file that holds the value",
                    example: "--kafka.property-file=\(name)=/run/secrets/kafka"))
        }
    }
}
