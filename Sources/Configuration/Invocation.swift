/// What the command line asks for, before anything is read.
package struct Invocation: Hashable, Sendable {
    package var command: Command
    package var demo = DemoOptions()
    package var healthCheck = HealthCheckOptions()
    /// Settings given by flags, in the order of ``Override/all``.
    var overrides: [GivenFlag] = []
    /// `--config.file`.
    var file: String?

    package init(_ command: Command) { self.command = command }

    package enum Command: Hashable, Sendable {
        case serve(Action)
        case demo
        /// Sends one test notification to a sink.
        case notifyTest(sink: String)
        /// Asks a running exporter whether it is well.
        case healthCheck
        case help
        case version

        /// Whether there must be a cluster among the settings.
        var needsCluster: Bool {
            if case .serve = self { true } else { false }
        }
    }

    /// What `serve` does once the settings are known.
    package enum Action: Hashable, Sendable {
        case run
        /// Say whether the configuration is valid, and end.
        case checkConfiguration
        /// Print the effective settings, and end.
        case printConfiguration
    }

    /// A flag with its values.
    struct GivenFlag: Hashable, Sendable {
        var override: Override
        var values: [String]
    }

    /// The file to read and what named it: the flag, or else the variable.
    func configurationFile(environment: [String: String]) -> (path: String, origin: Origin)? {
        if command == .demo { return nil }
        if let file { return (file, .flag("--config.file")) }
        guard let path = environment[Override.fileVariable], !path.isEmpty else { return nil }
        return (path, .environment(Override.fileVariable))
    }
}

/// What only `lagwarden demo` takes.
package struct DemoOptions: Hashable, Sendable {
    /// Ends the demo by itself; `nil` until Ctrl-C.
    package var duration: Duration?
    package var prometheus = PrometheusChoice.auto

    package init() {}

    /// Which Prometheus is started beside the exporter.
    package enum PrometheusChoice: Hashable, Sendable {
        /// One found in `PATH`, if there is one.
        case auto
        case off
        case path(String)
    }
}

/// What only `lagwarden healthcheck` takes.
package struct HealthCheckOptions: Hashable, Sendable {
    /// The address to ask; `nil` for the one that the settings say is listened on.
    package var url: String?
    /// Whether `/-/ready` is asked instead of `/-/healthy`.
    package var asksReadiness = false
    package var timeout = Duration.seconds(3)

    package init() {}
}

/// Why the command line cannot be understood; exit code 2.
package struct UsageFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence.
    package let description: String

    package init(_ description: String) { self.description = description }
}
