import Foundation
import Glibc
package import KafkaLauncher

/// Says whether tests against a real Kafka can run, once and loudly when they cannot.
///
/// Use as `@Suite(.enabled(if: KafkaRequirement.isMet))` and take ``installation()`` inside.
package enum KafkaRequirement {
    /// Whether `KAFKA_HOME` names an Apache Kafka and there is a Java to run it.
    package static let isMet: Bool = check(
        "tests against a real Kafka", isMet: (try? installation()) != nil,
        reason: {
            do throws(LaunchError) {
                _ = try installation()
                return ""
            } catch {
                return "\(error)"
            }
        })

    /// The installation that `KAFKA_HOME` names.
    package static func installation() throws(LaunchError) -> KafkaInstallation {
        try KafkaInstallation.fromEnvironment()
    }

    /// Answers `isMet` and otherwise writes one line with the reason to standard error.
    package static func check(_ what: String, isMet: Bool, reason: () -> String) -> Bool {
        if !isMet { FileHandle.standardError.write(Data("SKIPPED \(what): \(reason())\n".utf8)) }
        return isMet
    }
}
