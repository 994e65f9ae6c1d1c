import Foundation
import Glibc
import KafkaLauncher

/// The stage's Java sources, compiled for one version of Kafka.
///
/// The classes are kept in the system's temporary folder under a name made of the sources' hash, the
/// version and the user, so that a run of many tests, and the next one, compile once.
enum StageProgram {
    /// Folder with the classes; compiles when there is none yet.
    static func classes(for installation: KafkaInstallation) async throws(LaunchError) -> String {
        guard let folder = Bundle.module.path(forResource: "Stage", ofType: nil),
            let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
        else { throw LaunchError("the stage's Java sources are missing beside the test program") }
        let sources = names.filter { $0.hasSuffix(".java") }.sorted().map { "\(folder)/\($0)" }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for source in sources {
            for byte in TextFile.read(source).utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        let parent = FileManager.default.temporaryDirectory.path
        let key = "\(installation.version)-\(String(hash, radix: 16))-\(getuid())"
        let classes = "\(parent)/lagwarden-stage-classes-\(key)"
        if isOurs(classes) { return classes }
        let directory = try TemporaryDirectory("stage-build")
        let output = "\(directory.path)/classes"
        let result = try await ProcessRunner.run(
            installation.java,
            installation.javaOptions(heapMegabytes: 256)
                + ["-m", "jdk.compiler/com.sun.tools.javac.Main", "-proc:none", "-nowarn"]
                + ["-cp", jars(of: installation), "-d", output] + sources, within: .seconds(120))
        guard result.isSuccess else {
            throw LaunchError("cannot compile the stage: \(result.error)\(result.output)")
        }
        // Another run may have been quicker; then its classes are as good.
        guard unsafe rename(output, classes) == 0 || isOurs(classes) else {
            throw LaunchError("cannot make \(classes): \(String(errorNumber: errno))")
        }
        return classes
    }

    /// Every jar by name: the compiler as a module does not know the star that stands for all.
    private static func jars(of installation: KafkaInstallation) -> String {
        let folder = "\(installation.home)/libs"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".jar") }.sorted().map { "\(folder)/\($0)" }.joined(separator: ":")
    }

    /// Whether the folder is there and belongs to this user, so that nobody else can have put classes into
    /// it.
    private static func isOurs(_ path: String) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.type] as? FileAttributeType == .typeDirectory
            && (attributes?[.ownerAccountID] as? NSNumber)?.uint32Value == getuid()
    }
}
