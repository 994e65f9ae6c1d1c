import Testing

@testable import Configuration

/// The settings of a file whose text is given.
func parse(_ text: String) throws(ConfigurationFailure) -> Settings {
    try Settings.parse(Array(text.utf8), name: "c.yaml")
}

/// The problems of a file, one line each; empty for a valid file.
func problems(_ text: String) -> [String] {
    do throws(ConfigurationFailure) {
        _ = try parse(text)
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

/// A file with one cluster and `text` after it.
func withCluster(_ text: String) -> String { "clusters: [{brokers: [a:9092]}]\n" + text }

/// What loading gives for a command line, an environment and files by their paths.
func load(
    _ arguments: [String], environment: [String: String] = [:], files: [String: String] = [:]
) throws -> Settings {
    let invocation = try Invocation.parse(arguments)
    return try Settings.load(invocation, environment: environment) { path throws(FileFailure) in
        guard let text = files[path] else { throw FileFailure("No such file or directory") }
        return Array(text.utf8)
    }
}

/// The failure of loading, where it must fail.
func loadFailure(
    _ arguments: [String], environment: [String: String] = [:], files: [String: String] = [:]
) throws -> ConfigurationFailure {
    try #require(throws: ConfigurationFailure.self) {
        try load(arguments, environment: environment, files: files)
    }
}
