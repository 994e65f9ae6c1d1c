import ClusterAccess

extension Settings {
    /// Reads the content of a file; flags, environment and files of secrets play no part.
    ///
    /// `clientProperties` of the clusters holds what stands under `properties`.
    package static func parse(_ bytes: [UInt8], name: String) throws(ConfigurationFailure) -> Settings {
        var draft = try draft(of: bytes, name: name)
        draft.inlineProperties()
        return try SettingsValidation.validate(draft, needsCluster: true)
    }

    /// Puts the settings together: defaults, then the file, then the environment, then flags.
    ///
    /// - Parameters:
    ///   - invocation: the parsed command line, which may name the file.
    ///   - environment: all variables of the process.
    ///   - readFile: called for the configuration file and for every file of `properties_files`.
    /// - Throws: every problem that was found, each with its place.
    package static func load(
        _ invocation: Invocation, environment: [String: String], readFile: FileReading
    ) throws(ConfigurationFailure) -> Settings {
        var draft = SettingsDraft()
        if let file = invocation.configurationFile(environment: environment) {
            let bytes: [UInt8]
            do throws(FileFailure) {
                bytes = try readFile(file.path)
            } catch {
                throw ConfigurationFailure([
                    ConfigurationProblem(
                        at: .absent,
                        "the file \(Quotation.quote(file.path)) given by \(file.origin) cannot be read: "
                            + error.reason,
                        expected: "a readable configuration file", example: "/etc/lagwarden.yaml")
                ])
            }
            draft = try Self.draft(of: bytes, name: file.path)
        }
        for (override, value) in EnvironmentVariables.overrides(in: environment)
        where invocation.command != .demo || override.environmentServesDemo {
            draft.apply(override, [value], at: .environment(override.environment ?? ""))
        }
        for given in invocation.overrides {
            draft.apply(given.override, given.values, at: .flag("--\(given.override.flag)"))
        }
        return try finish(&draft, invocation, environment, readFile)
    }

    private static func draft(of bytes: [UInt8], name: String) throws(ConfigurationFailure) -> SettingsDraft {
        var draft = SettingsDraft()
        do throws(ConfigurationProblem) {
            draft.apply(file: try YAMLReader.read(bytes, name: name))
        } catch {
            throw ConfigurationFailure([error])
        }
        return draft
    }

    private static func finish(
        _ draft: inout SettingsDraft, _ invocation: Invocation, _ environment: [String: String],
        _ readFile: FileReading
    ) throws(ConfigurationFailure) -> Settings {
        var resolution = PropertyResolution()
        // A health check needs an address, and must not fail since a secret is being replaced.
        if invocation.command != .healthCheck {
            resolution.resolve(&draft.settings, draft.findings, environment: environment, readFile: readFile)
        }
        let referenced = draft.settings.clusters.flatMap { $0.propertiesEnvironment.values }
        draft.findings.problems +=
            EnvironmentVariables.problems(in: environment, referenced: Set(referenced)) + resolution.problems
        if invocation.command == .serve(.run) { draft.refuseRedactions() }
        return try SettingsValidation.validate(draft, needsCluster: invocation.command.needsCluster)
    }
}

extension SettingsDraft {
    fileprivate mutating func inlineProperties() {
        for index in settings.clusters.indices {
            settings.clusters[index].clientProperties = settings.clusters[index].properties
        }
    }

    /// What `--config.print` wrote can be checked and printed again, but not run with.
    fileprivate mutating func refuseRedactions() {
        for (index, cluster) in settings.clusters.enumerated() {
            for name in cluster.properties.keys.sorted()
            where ClientProperty.isSecret(name) && cluster.properties[name]?.reveal() == Secret.redaction {
                let path = "clusters[\(index)].properties.\(name)"
                findings.add(
                    ConfigurationProblem(
                        at: findings.origin(of: path), path: path,
                        "\(Secret.redaction) is what --config.print writes instead of the value",
                        expected: "the value, or the key under properties_files"))
            }
        }
    }
}
