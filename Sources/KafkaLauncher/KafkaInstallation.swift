import Foundation

/// An unpacked Apache Kafka: a folder with `libs/*.jar`, and the Java that runs it.
package struct KafkaInstallation: Hashable, Sendable {
    /// The folder, as `KAFKA_HOME` names it.
    package let home: String
    /// Version by the name of the clients' jar, such as "3.9.2".
    package let version: String
    /// Path of `java`.
    package let java: String

    /// Looks at the folder; throws a sentence that says what is missing.
    package init(home: String) throws(LaunchError) {
        let libraries = "\(home)/libs"
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: libraries) else {
            throw LaunchError("KAFKA_HOME is \(home), but there is no folder libs in it")
        }
        let prefix = "kafka-clients-"
        let versions = files.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".jar") }
            .map { String($0.dropFirst(prefix.count).dropLast(4)) }
            .filter { $0.first?.isNumber == true && !$0.hasSuffix("-test") }
        guard let version = versions.first else {
            throw LaunchError("KAFKA_HOME is \(home), but \(libraries) holds no kafka-clients-VERSION.jar")
        }
        let javaHome = ProcessInfo.processInfo.environment["JAVA_HOME"].map { "\($0)/bin/java" }
        guard let java = javaHome.flatMap(ChildProcess.find) ?? ChildProcess.find("java") else {
            throw LaunchError("Kafka needs Java 17, but there is no java in JAVA_HOME or PATH")
        }
        self.home = home
        self.version = version
        self.java = java
    }

    /// The installation that `KAFKA_HOME` names; throws a sentence when it is unset or not one.
    package static func fromEnvironment() throws(LaunchError) -> KafkaInstallation {
        guard let home = ProcessInfo.processInfo.environment["KAFKA_HOME"], !home.isEmpty else {
            throw LaunchError("the environment variable KAFKA_HOME is not set")
        }
        return try KafkaInstallation(home: home)
    }

    /// First number of the version; 0 when it has none.
    package var majorVersion: Int { version.split(separator: ".").first.flatMap { Int($0) } ?? 0 }

    /// Value for java's `-cp`.
    package var classPath: String { "\(home)/libs/*" }

    /// Options that keep a Java program small and quick to start.
    package func javaOptions(heapMegabytes: Int) -> [String] {
        [
            "-Xmx\(heapMegabytes)m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData",
            "-Xshare:auto",
        ]
    }
}
