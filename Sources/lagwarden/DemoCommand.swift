import Configuration

/// `lagwarden demo`: the exporter on a cluster with a cast of groups.
enum DemoCommand {
    static func run(_ settings: Settings, options: DemoOptions) async -> ExitCode { .runtime }
}
