import Glibc
package import KafkaLauncher

/// Producers, consumers and administrators for tests, played by Kafka's own Java client in one child process.
///
/// Every method sends one command and waits for its answer without holding a thread; commands may overlap.
/// The program ends with ``close()``, when the last reference goes, or with this process.
package final class Stage: Sendable {
    /// What the program says on standard error, in a file that ``close()`` removes.
    package let directory: TemporaryDirectory
    private let child: ChildProcess
    private let connection: StageConnection

    private init(directory: TemporaryDirectory, child: ChildProcess, connection: StageConnection) {
        self.directory = directory
        self.child = child
        self.connection = connection
    }

    deinit {
        connection.close()
        child.send(SIGKILL)
    }

    /// Starts the program against a cluster's listener; `properties` are properties of Kafka's Java client.
    package static func start(
        _ cluster: KafkaCluster, listener: KafkaListener = .plaintext, properties: [String: String] = [:]
    ) async throws -> Stage {
        try await start(
            cluster.installation, bootstrap: cluster.bootstrap(listener), properties: properties)
    }

    /// Starts the program of this installation's version against any cluster.
    package static func start(
        _ installation: KafkaInstallation, bootstrap: String, properties: [String: String] = [:]
    ) async throws -> Stage {
        let classes = try await StageProgram.classes(for: installation)
        let directory = try TemporaryDirectory("stage")
        let logging = try LoggingFiles.write(in: directory.path, level: "ERROR")
        let toChild = try Pipe.make()
        let fromChild = try Pipe.make()
        let arguments =
            installation.javaOptions(heapMegabytes: 256) + logging
            + ["-cp", "\(classes):\(installation.classPath)", "Stage", bootstrap]
            + properties.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let child: ChildProcess
        do {
            child = try ChildProcess.start(
                installation.java, arguments, input: .descriptor(toChild.reading),
                output: .descriptor(fromChild.writing), error: .file("\(directory.path)/stage.log"))
        } catch {
            for descriptor in [toChild.reading, toChild.writing, fromChild.reading, fromChild.writing] {
                Glibc.close(descriptor)
            }
            throw error
        }
        Glibc.close(toChild.reading)
        Glibc.close(fromChild.writing)
        let connection = StageConnection(input: toChild.writing, output: fromChild.reading)
        let stage = Stage(directory: directory, child: child, connection: connection)
        do {
            try await connection.greeting(within: .seconds(60))
        } catch {
            let log = stage.log
            await stage.close()
            throw StageError(command: "start", detail: "\(error.detail)\n\(log)")
        }
        return stage
    }

    /// What the program has said on standard error.
    package var log: String { TextFile.read("\(directory.path)/stage.log") }

    package var processID: Int32 { child.pid }

    package var isRunning: Bool { child.isRunning }

    /// Ends the program; its consumers vanish without leaving their groups.
    package func close() async {
        connection.close()
        if await child.waitForExit(within: .seconds(3)) == nil {
            child.send(SIGKILL)
            _ = await child.waitForExit(within: .seconds(10))
        }
        directory.remove()
    }

    /// Sends any command; the typed methods are made of this.
    @discardableResult
    package func call(
        _ command: String, _ arguments: [String: JSONValue] = [:], within limit: Duration = .seconds(45)
    ) async throws(StageError) -> JSONValue {
        try await connection.call(command, arguments, within: limit)
    }
}

/// An anonymous pipe whose ends do not leak into other children.
private struct Pipe {
    var reading: Int32
    var writing: Int32

    static func make() throws(LaunchError) -> Pipe {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw LaunchError("no pipe: \(String(errorNumber: errno))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return Pipe(reading: ends[0], writing: ends[1])
    }
}
