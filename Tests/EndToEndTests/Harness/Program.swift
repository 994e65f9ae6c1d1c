import Foundation
import KafkaLauncher
import LagwardenTestKit

/// The built binary as a process, with any arguments.
enum Program {
    /// The product `lagwarden`, which is built into the folder of the test program.
    static func binary() throws -> String {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var folder = URL(filePath: program).deletingLastPathComponent()
        for _ in 0..<4 {
            let file = folder.appending(path: "lagwarden").path
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue {
                return file
            }
            folder = folder.deletingLastPathComponent()
        }
        throw LaunchError("the program lagwarden is not built beside \(program)")
    }

    /// The product with all optimisations, where `make build` has left one; otherwise ``binary()``.
    static func quickBinary() throws -> String { try optimised() ?? binary() }

    static var isOptimised: Bool { (try? optimised()) != nil }

    private static func optimised() throws -> String? {
        let debug = URL(filePath: try binary()).deletingLastPathComponent()
        let file = debug.deletingLastPathComponent().appending(path: "release/lagwarden").path
        return FileManager.default.isExecutableFile(atPath: file) ? file : nil
    }

    /// Runs it to its end.
    static func run(
        _ arguments: [String], environment: [String: String?] = [:], within limit: Duration = .seconds(30)
    ) async throws -> ProcessOutput {
        try await ProcessRunner.run(
            try binary(), arguments, environment: ExporterEnvironment.cleared(environment), within: limit)
    }

    /// Starts it and returns at once.
    static func start(
        _ arguments: [String], environment: [String: String?] = [:], isQuick: Bool = false
    ) throws -> RunningProcess {
        try ProcessRunner.start(
            isQuick ? try quickBinary() : try binary(), arguments,
            environment: ExporterEnvironment.cleared(environment))
    }
}
