/// The text of `--help`.
package enum HelpText {
    private static let summaryColumn = 36

    /// The whole text, at most 100 columns wide, with a newline at its end.
    package static var text: String {
        """
        Lagwarden shows Prometheus how far behind Kafka consumer groups are.

        Usage:
          lagwarden [serve] --kafka.brokers=HOST:PORT [flags]   serve metrics over HTTP
          lagwarden [serve] --config.file=FILE [flags]          the same with a file
          lagwarden demo [flags]                                a first look, without any Kafka
          lagwarden notify test SINK [flags]                    send one test notification
          lagwarden healthcheck [flags]                         ask a running exporter, for containers

        A flag is written --flag=value or --flag value. A flag wins over its environment variable, which
        wins over the file, which wins over the default. [demo]: for the command demo as well.

        Settings:
        \(rows(Flag.settings))

        Configuration:
        \(rows(Flag.configuration))

        Demo:
        \(rows(Flag.demo))

        Health check:
        \(rows(Flag.healthCheck))

        General:
        \(rows(Flag.general))

        A PATTERN is a name, or a regular expression between slashes that must match the whole name.
        Environment variables that take patterns separate them by commas. An empty variable counts as
        absent; one that begins with LAGWARDEN_ and is not listed here is an error, except those that
        Kubernetes sets for services and those that properties_environment names.
        All other settings, several clusters, and secrets from files: deploy/lagwarden.reference.yaml.

        Exit codes:
          0  ended as asked
          1  failed while running
          2  the command line is wrong
          3  the configuration file or the environment is wrong

        Examples:
          lagwarden --kafka.brokers=localhost:9092
          lagwarden --kafka.brokers=broker1:9092,broker2:9092 --cluster.name=production --granularity=topic
          lagwarden --kafka.brokers=localhost:9092 --groups.include='/orders-.*/' --log.format=json
          lagwarden --config.file=/etc/lagwarden.yaml --config.check

        """
    }

    private static func rows(_ flags: [Flag]) -> String {
        flags.map(row).joined(separator: "\n")
    }

    /// The flag, what it does, and below it its default and variable.
    private static func row(_ flag: Flag) -> String {
        let margin = String(repeating: " ", count: summaryColumn)
        let name = "  \(flag.usage)"
        let padding = String(repeating: " ", count: max(2, summaryColumn - name.count))
        var summary = flag.summary
        if let standard = flag.standard { summary += " (default \(standard))" }
        if flag.servesDemo && flag.servesServe && flag.valueName != nil { summary += " [demo]" }
        let isLong = name.count + 2 > summaryColumn
        let first = isLong ? "\(name)\n\(margin)\(summary)" : "\(name)\(padding)\(summary)"
        return flag.environment.map { "\(first)\n\(margin)\($0)" } ?? first
    }
}
