import Foundation
import KafkaLauncher

/// The programs that are measured, as they were built beside this one.
enum Builds {
    static func exporter() throws(LaunchError) -> String { try find("lagwarden") }

    static func bareLoop() throws(LaunchError) -> String { try find("BareLoop") }

    private static func find(_ name: String) throws(LaunchError) -> String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let file = URL(filePath: own).deletingLastPathComponent().appending(path: name).path
        guard FileManager.default.isExecutableFile(atPath: file) else {
            throw LaunchError("there is no \(file): build it with the same options as LiveBenchmarks")
        }
        return file
    }
}
