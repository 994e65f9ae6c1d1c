import Foundation
import KafkaLauncher
import LagwardenTestKit

/// The built binary as a process, with any arguments.
enum Program {
    /// Runs it to its end.
    static func run(
        _ arguments: [String], environment: [String: String?] = [:], within limit: Duration = .seconds(30)
    ) async throws -> ProcessOutput {
        try await ProcessRunner.run(
            try ExporterProcess.binary(), arguments, environment: cleared(environment), within: limit)
    }

    /// Starts it and returns at once.
    static func start(
        _ arguments: [String], environment: [String: String?] = [:]
    ) throws -> RunningProcess {
        try ProcessRunner.start(
            try ExporterProcess.binary(), arguments, environment: cleared(environment))
    }

    /// `environment` without the variables of this run that the exporter would take for its own and refuse.
    private static func cleared(_ environment: [String: String?]) -> [String: String?] {
        let names = ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("LAGWARDEN_") }
        return Dictionary(uniqueKeysWithValues: names.map { ($0, String?.none) })
            .merging(environment) { _, given in given }
    }
}
