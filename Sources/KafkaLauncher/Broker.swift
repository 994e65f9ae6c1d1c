import Glibc
import Locking

/// One broker of a cluster: its files and, while it runs, its process.
final class Broker: Sendable {
    let id: Int
    let ports: BrokerPorts
    let directory: String
    private let installation: KafkaInstallation
    private let javaOptions: [String]
    private let process = Mutex<ChildProcess?>(nil)

    init(
        id: Int, ports: BrokerPorts, directory: String, installation: KafkaInstallation, javaOptions: [String]
    ) {
        self.id = id
        self.ports = ports
        self.directory = directory
        self.installation = installation
        self.javaOptions = javaOptions
    }

    deinit { child?.send(SIGKILL) }

    var child: ChildProcess? { process.withLock { $0 } }

    var log: String { "\(directory)/server.log" }

    /// Formats the broker's storage, once.
    func format(clusterID: String, users: [KafkaClusterOptions.User]) async throws(LaunchError) {
        let scram = users.flatMap { user in
            ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap {
                ["--add-scram", "\($0)=[name=\(user.name),password=\(user.password)]"]
            }
        }
        let output = "\(directory)/format.log"
        let child = try ChildProcess.start(
            installation.java,
            installation.javaOptions(heapMegabytes: 128) + javaOptions
                + [
                    "-cp", installation.classPath, "kafka.tools.StorageTool", "format", "-t", clusterID,
                    "-c", "\(directory)/server.properties",
                ] + scram,
            output: .file(output, appending: true), error: .file(output, appending: true))
        guard await child.waitForExit(within: .seconds(60)) == .code(0) else {
            child.send(SIGKILL)
            throw LaunchError("cannot format the storage of broker \(id): \(TextFile.tail(output))")
        }
    }

    /// Starts the process; returns before it answers.
    func launch(heapMegabytes: Int) throws(LaunchError) {
        let started = try ChildProcess.start(
            installation.java,
            ["-Xms\(heapMegabytes)m"] + installation.javaOptions(heapMegabytes: heapMegabytes) + javaOptions
                + ["-cp", installation.classPath, "kafka.Kafka", "\(directory)/server.properties"],
            output: .file(log, appending: true), error: .file(log, appending: true))
        process.withLock { $0 = started }
    }

    /// Waits until the broker answers and satisfies `condition`.
    func waitUntilReady(
        deadline: ContinuousClock.Instant, _ condition: @Sendable (BrokerProbe) -> Bool
    ) async throws(LaunchError) {
        let port = ports.listeners[.plaintext] ?? 0
        while true {
            let answer = await BlockingCall.run {
                do throws(LaunchError) {
                    return Result<BrokerProbe, LaunchError>.success(
                        try BrokerProbe.ask(port: port, timeout: .seconds(2)))
                } catch {
                    return .failure(error)
                }
            }
            if case .success(let probe) = answer, condition(probe) { return }
            if let exit = child?.exit {
                throw LaunchError("broker \(id) ended with \(exit):\n\(TextFile.tail(log))")
            }
            if ContinuousClock.now >= deadline {
                throw LaunchError("broker \(id) is not ready in time (\(answer)):\n\(TextFile.tail(log))")
            }
            if Task.isCancelled { throw LaunchError("the start of broker \(id) was cancelled") }
            await BlockingCall.pause(.milliseconds(50))
        }
    }

    /// Ends the process at once, paused or not, and waits until it is gone.
    func kill() async {
        child?.send(SIGKILL)
        _ = await child?.waitForExit(within: .seconds(20))
    }
}
