/// One flag of the command line, as it is parsed and as the help text shows it.
struct Flag: Sendable {
    let name: String
    /// What stands for the value; `nil` for a flag without one.
    let valueName: String?
    let summary: String
    /// Shown as `(default ...)`.
    var standard: String?
    var environment: String?
    var isRepeatable = false
    var servesServe = true
    var servesDemo = false
    var servesNotify = false
    var servesHealthCheck = false

    /// How it is written, such as `--log.level=LEVEL`.
    var usage: String { "--\(name)" + (valueName.map { "=\($0)" } ?? "") }

    static func named(_ name: String) -> Flag? { all.first { $0.name == name } }

    static let all: [Flag] = settings + configuration + demo + healthCheck + general

    func serves(_ verb: Verb) -> Bool {
        switch verb {
        case .serve: servesServe
        case .demo: servesDemo
        case .notify: servesNotify
        case .healthCheck: servesHealthCheck
        }
    }

    /// The first word of the command line; raw values are how it is written.
    enum Verb: String, CaseIterable, Sendable {
        case serve, demo, notify
        case healthCheck = "healthcheck"
    }

    /// Flags that stand for a key of the file.
    static let settings = Override.all.map { override in
        Flag(
            name: override.flag, valueName: override.valueName, summary: override.summary,
            standard: standard(of: override), environment: override.environment,
            isRepeatable: override.isRepeatable, servesDemo: override.servesDemo, servesNotify: true,
            servesHealthCheck: override.path == "web.listen_address")
    }

    static let configuration = [
        Flag(
            name: "config.file", valueName: "FILE", summary: "YAML file with settings",
            environment: Override.fileVariable, servesNotify: true, servesHealthCheck: true),
        Flag(
            name: "config.check", valueName: nil,
            summary: "say whether the configuration is valid, and end"),
        Flag(
            name: "config.print", valueName: nil,
            summary: "print the effective settings without secrets, and end"),
    ]

    static let demo = [
        Flag(
            name: "demo.duration", valueName: "DURATION", summary: "end by itself; 0 is until Ctrl-C",
            standard: "0", servesServe: false, servesDemo: true),
        Flag(
            name: "demo.prometheus", valueName: "auto|off|PATH", summary: "Prometheus to start beside it",
            standard: "auto", servesServe: false, servesDemo: true),
    ]

    static let healthCheck = [
        Flag(
            name: "url", valueName: "URL", summary: "what to ask instead of web.listen_address",
            servesServe: false, servesHealthCheck: true),
        Flag(
            name: "ready", valueName: nil, summary: "ask /-/ready instead of /-/healthy",
            servesServe: false, servesHealthCheck: true),
        Flag(
            name: "timeout", valueName: "DURATION", summary: "how long to wait for the answer",
            standard: "3s", servesServe: false, servesHealthCheck: true),
    ]

    static let general = [
        Flag(name: "help", valueName: nil, summary: "this text", servesDemo: true),
        Flag(
            name: "version", valueName: nil, summary: "version of the program and its libraries",
            servesDemo: true),
    ]

    /// The default of the key behind `override`, as the file would have it.
    private static func standard(of override: Override) -> String? {
        var defaults = Settings()
        defaults.clusters = [ClusterSettings()]
        var node = Settings.shape.write(defaults)
        for key in override.path.replacing("[]", with: "").split(separator: ".") {
            if case .sequence(let elements) = node.content, let first = elements.first { node = first }
            guard case .mapping(let entries) = node.content,
                let entry = entries.first(where: { $0.key == key })
            else { return nil }
            node = entry.value
        }
        guard case .scalar(let text) = node.content, !text.isEmpty else { return nil }
        return text
    }
}
