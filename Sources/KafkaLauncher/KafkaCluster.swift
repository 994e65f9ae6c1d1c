import Foundation
import Glibc
import Locking

/// A throw-away Apache Kafka cluster in KRaft mode on loopback; each broker is a controller too.
///
/// It ends with ``stop()``, when the last reference to it goes, or with this process, however that ends.
package final class KafkaCluster: Sendable {
    package let installation: KafkaInstallation
    package let options: KafkaClusterOptions
    /// The cluster's own folder with logs and data; gone after ``stop()``.
    package let directory: String
    /// Present when a listener uses TLS.
    package let certificates: TestCertificates?
    private let brokers: [Broker]
    private let reservation: PortReservation

    private init(
        installation: KafkaInstallation, options: KafkaClusterOptions, directory: String,
        certificates: TestCertificates?, brokers: [Broker], reservation: PortReservation
    ) {
        self.installation = installation
        self.options = options
        self.directory = directory
        self.certificates = certificates
        self.brokers = brokers
        self.reservation = reservation
    }

    deinit {
        for broker in brokers { broker.child?.send(SIGKILL) }
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Starts a cluster and returns when every broker answers, knows all others and has a controller.
    package static func start(
        _ installation: KafkaInstallation, _ options: KafkaClusterOptions = KafkaClusterOptions()
    ) async throws(LaunchError) -> KafkaCluster {
        let cluster = try await prepare(installation, options)
        do throws(LaunchError) {
            try await cluster.format()
            for broker in cluster.brokers { try broker.launch(heapMegabytes: options.heapMegabytes) }
            let deadline = ContinuousClock.now + options.startLimit
            let expected = cluster.brokerIDs
            for broker in cluster.brokers {
                try await broker.waitUntilReady(deadline: deadline) {
                    $0.brokers == expected && $0.controller >= 0
                }
            }
            return cluster
        } catch {
            await cluster.stop()
            throw error
        }
    }

    /// Numbers of all brokers, running or not, from 1 on.
    package var brokerIDs: [Int] { brokers.map(\.id) }

    /// Bootstrap list of the plaintext listener.
    package var bootstrap: String { bootstrap(.plaintext) }

    /// Bootstrap list of one listener; empty when the cluster was started without it.
    package func bootstrap(_ listener: KafkaListener) -> String {
        brokers.compactMap { $0.ports.listeners[listener] }.map { "127.0.0.1:\($0)" }.joined(separator: ",")
    }

    /// Port of one broker's listener.
    package func port(of id: Int, _ listener: KafkaListener = .plaintext) -> Int? {
        find(id)?.ports.listeners[listener]
    }

    /// Process of a broker; `nil` while it does not run.
    package func processID(of id: Int) -> Int32? {
        guard let child = find(id)?.child, child.isRunning else { return nil }
        return child.pid
    }

    /// Processes of all brokers that run.
    package var processIDs: [Int32] { brokerIDs.compactMap { processID(of: $0) } }

    /// Stops a broker's process where it stands: connections stay open and nothing answers.
    ///
    /// Its threads stop a moment later, see ``waitUntilPaused(_:)``.
    package func pause(_ id: Int) { find(id)?.child?.send(SIGSTOP) }

    /// Waits until all threads of a paused broker stand still, at most two seconds.
    package func waitUntilPaused(_ id: Int) async { await find(id)?.child?.waitUntilSuspended() }

    /// Lets a paused broker go on.
    package func resume(_ id: Int) { find(id)?.child?.send(SIGCONT) }

    /// Ends a broker at once, without a word to the others; returns when the process is gone.
    package func kill(_ id: Int) async { await find(id)?.kill() }

    /// Ends a broker in an orderly way, which hands its leaderships over first.
    package func shutDown(_ id: Int) async { await find(id)?.child?.terminate(patience: .seconds(30)) }

    /// Starts a broker again on its data and port; returns when it answers and counts as alive.
    ///
    /// A running one is killed first.
    package func restart(_ id: Int) async throws(LaunchError) {
        guard let broker = find(id) else { throw LaunchError("there is no broker \(id)") }
        await broker.kill()
        try broker.launch(heapMegabytes: options.heapMegabytes)
        try await broker.waitUntilReady(deadline: .now + options.startLimit) {
            $0.brokers.contains(id) && $0.controller >= 0
        }
    }

    /// Waits until every broker that runs sees exactly `ids` alive.
    package func waitUntilAlive(_ ids: [Int], within limit: Duration = .seconds(60)) async throws(LaunchError)
    {
        let deadline = ContinuousClock.now + limit
        for broker in brokers where broker.child?.isRunning == true {
            try await broker.waitUntilReady(deadline: deadline) { $0.brokers == ids && $0.controller >= 0 }
        }
    }

    /// Log of a broker so far.
    package func log(of id: Int) -> String { find(id).map { TextFile.read($0.log) } ?? "" }

    /// Ends all brokers at once and removes the folder; may be called again.
    package func stop() async {
        for broker in brokers { broker.child?.send(SIGKILL) }
        for broker in brokers { await broker.kill() }
        try? FileManager.default.removeItem(atPath: directory)
    }

    private func find(_ id: Int) -> Broker? { brokers.first { $0.id == id } }

    private func format() async throws(LaunchError) {
        let clusterID = Self.randomClusterID()
        let failure = await withTaskGroup(of: LaunchError?.self) { group in
            for broker in brokers {
                group.addTask { [users = options.users] in
                    do throws(LaunchError) {
                        try await broker.format(clusterID: clusterID, users: users)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(nil) { $0 ?? $1 }
        }
        if let failure { throw failure }
    }

    /// Sixteen random bytes as Kafka writes them: URL-safe base 64 without padding.
    private static func randomClusterID() -> String {
        let bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        let text = Data(bytes).base64EncodedString().replacing("+", with: "A").replacing("/", with: "B")
        return String(text.prefix(22))
    }

    /// Reserves ports and writes every file.
    private static func prepare(
        _ installation: KafkaInstallation, _ options: KafkaClusterOptions
    ) async throws(LaunchError) -> KafkaCluster {
        let listeners = options.listeners.union([.plaintext]).sorted { $0.rawValue < $1.rawValue }
        let reservation = try PortReservation(options.brokers * (listeners.count + 1))
        var free = reservation.ports[...]
        let ports = (0..<options.brokers).map { _ in
            let controller = free.removeFirst()
            let doors = listeners.map { ($0, free.removeFirst()) }
            return BrokerPorts(controller: controller, listeners: Dictionary(uniqueKeysWithValues: doors))
        }
        let parent = options.parentDirectory ?? FileManager.default.temporaryDirectory.path
        let directory = "\(parent)/lagwarden-kafka-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try TextFile.makeDirectory(directory)
        do throws(LaunchError) {
            let certificates =
                listeners.contains(where: \.usesTLS)
                ? try await TestCertificates.make(in: "\(directory)/tls") : nil
            let logging = try LoggingFiles.write(in: directory, level: "INFO")
            let writer = BrokerProperties(
                installation: installation, options: options, ports: ports, certificates: certificates)
            var brokers: [Broker] = []
            for (index, own) in ports.enumerated() {
                let folder = "\(directory)/broker-\(index + 1)"
                try TextFile.makeDirectory(folder)
                try TextFile.write(
                    writer.render(broker: index + 1, directory: folder), to: "\(folder)/server.properties")
                brokers.append(
                    Broker(
                        id: index + 1, ports: own, directory: folder, installation: installation,
                        javaOptions: logging + ["-Dkafka.logs.dir=\(folder)"]))
            }
            return KafkaCluster(
                installation: installation, options: options, directory: directory,
                certificates: certificates, brokers: brokers, reservation: reservation)
        } catch {
            try? FileManager.default.removeItem(atPath: directory)
            throw error
        }
    }
}
