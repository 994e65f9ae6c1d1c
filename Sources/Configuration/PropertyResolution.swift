/// Reads a small file as a whole; the one way in which this target touches the file system.
package typealias FileReading = (_ path: String) throws(FileFailure) -> [UInt8]

/// Why a file cannot be read, in the system's words.
package struct FileFailure: Error, Hashable, Sendable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}

/// Fetches the values of properties that stand in files and environment variables.
struct PropertyResolution {
    private(set) var problems: [ConfigurationProblem] = []

    /// Fills in `clientProperties` of every cluster.
    mutating func resolve(
        _ settings: inout Settings, _ findings: Findings, environment: [String: String], readFile: FileReading
    ) {
        for index in settings.clusters.indices {
            let path = "clusters[\(index)]"
            var properties = settings.clusters[index].properties
            let files = settings.clusters[index].propertiesFiles
            for (name, file) in files.sorted(by: { $0.key < $1.key }) {
                let place = "\(path).properties_files.\(name)"
                if let value = content(of: file, place, findings, readFile) { properties[name] = value }
            }
            let variables = settings.clusters[index].propertiesEnvironment
            for (name, variable) in variables.sorted(by: { $0.key < $1.key }) {
                if let value = environment[variable], !value.isEmpty {
                    properties[name] = Secret(value)
                } else {
                    let place = "\(path).properties_environment.\(name)"
                    problems.append(
                        ConfigurationProblem(
                            at: findings.origin(of: place), path: place,
                            "the environment variable \(variable) is not set",
                            expected: "it to hold the value"))
                }
            }
            settings.clusters[index].clientProperties = properties
        }
        checkFilesOfSinks(settings.notifications, findings, readFile)
    }

    /// Files of sinks are read for each request; whether they can be is said at the start.
    private mutating func checkFilesOfSinks(
        _ notifications: NotificationSettings, _ findings: Findings, _ readFile: FileReading
    ) {
        for (index, sink) in notifications.sinks.enumerated() {
            for (key, file) in sink.files {
                _ = content(of: file, "notifications.sinks[\(index)].\(key)", findings, readFile)
            }
        }
    }

    /// The text of a file without the newline that editors leave at its end.
    private mutating func content(
        of file: String, _ path: String, _ findings: Findings, _ readFile: FileReading
    ) -> Secret? {
        let reason: String
        do throws(FileFailure) {
            let bytes = try readFile(file)
            if var text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) {
                if text.last?.isNewline == true { text.removeLast() }
                if !text.isEmpty { return Secret(text) }
                reason = "is empty"
            } else {
                reason = "is not a text in UTF-8"
            }
        } catch {
            reason = "cannot be read: \(error.reason)"
        }
        problems.append(
            ConfigurationProblem(
                at: findings.origin(of: path), path: path, "the file \(Quotation.quote(file)) \(reason)",
                expected: "a readable file that holds the value and nothing else"))
        return nil
    }
}
