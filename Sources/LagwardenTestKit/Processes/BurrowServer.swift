import Foundation
package import KafkaLauncher

/// LinkedIn's Burrow as Debian ships it, with the ZooKeeper that it does not start without.
package final class BurrowServer: Sendable {
    /// Whether there is a Burrow and a Kafka that it can talk to; says loudly when there is not.
    ///
    /// Kafka 4 has removed the version of ListOffsets that Debian's Burrow sends, and ships no ZooKeeper.
    package static let isUsable: Bool = KafkaRequirement.check(
        "comparisons with Burrow", isMet: obstacle == nil, reason: { obstacle ?? "" })

    private static var obstacle: String? {
        guard ChildProcess.find("Burrow") != nil else {
            return "there is no program Burrow (Debian: apt-get install burrow)"
        }
        guard let kafka = try? KafkaRequirement.installation() else { return "there is no Kafka" }
        return kafka.majorVersion < 4
            ? nil : "Burrow's client cannot talk to Kafka \(kafka.version), which needs to be a 3"
    }

    package let port: Int
    private let burrow: RunningProcess
    private let zooKeeper: RunningProcess
    private let directory: TemporaryDirectory
    private let reservation: PortReservation

    private init(
        burrow: RunningProcess, zooKeeper: RunningProcess, directory: TemporaryDirectory,
        reservation: PortReservation
    ) {
        self.burrow = burrow
        self.zooKeeper = zooKeeper
        self.directory = directory
        self.reservation = reservation
        port = reservation.ports[0]
    }

    /// Starts both and returns when Burrow has read the cluster's topics; its windows are ten commits long.
    package static func start(
        bootstrap: String, cluster: String
    ) async throws(LaunchError) -> BurrowServer {
        let directory = try TemporaryDirectory("burrow")
        let reservation = try PortReservation(2)
        let settings = try directory.write(
            """
            dataDir=\(directory.path)/zookeeper
            clientPort=\(reservation.ports[1])
            clientPortAddress=127.0.0.1
            admin.enableServer=false

            """, to: "zookeeper.properties")
        let kafka = try KafkaRequirement.installation()
        let zooKeeper = try ProcessRunner.start(
            kafka.java,
            kafka.javaOptions(heapMegabytes: 64) + [
                "-Dzookeeper.jmx.log4j.disable=true", "-cp", kafka.classPath,
                "org.apache.zookeeper.server.ZooKeeperServerMain", settings,
            ])
        try directory.write(
            configuration(bootstrap: bootstrap, cluster: cluster, directory, reservation), to: "burrow.toml")
        let deadline = ContinuousClock.now + .seconds(60)
        var complaint = ""
        // Burrow ends when ZooKeeper or a broker does not answer at once.
        while ContinuousClock.now < deadline {
            let burrow = try ProcessRunner.start("Burrow", ["-config-dir", directory.path])
            let server = BurrowServer(
                burrow: burrow, zooKeeper: zooKeeper, directory: directory, reservation: reservation)
            let isReady = await Eventually.holds(within: .seconds(20)) {
                guard burrow.child.isRunning else { return nil }
                let answer = try? await server.get("/v3/kafka/\(cluster)/topic")
                return answer?.json["topics"].elements.isEmpty == false
            }
            if isReady { return server }
            complaint = await burrow.terminate().output + TextFile.tail("\(directory.path)/burrow.log")
        }
        await zooKeeper.terminate()
        throw LaunchError("Burrow does not get ready: \(complaint.suffix(2000))")
    }

    /// An answer of its HTTP API, and the body as JSON where it is that.
    package func get(_ path: String) async throws(LaunchError) -> (answer: HTTPAnswer, json: JSONValue) {
        let answer = try await HTTPProbe.get(path, port: port)
        return (answer, JSONValue(decoding: answer.body) ?? .null)
    }

    package func stop() async {
        await burrow.terminate()
        await zooKeeper.terminate()
        directory.remove()
    }

    private static func configuration(
        bootstrap: String, cluster: String, _ directory: TemporaryDirectory, _ reservation: PortReservation
    ) -> String {
        let servers = bootstrap.split(separator: ",").map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            [general]
            pidfile="\(directory.path)/burrow.pid"
            [logging]
            filename="\(directory.path)/burrow.log"
            level="info"
            [zookeeper]
            servers=["127.0.0.1:\(reservation.ports[1])"]
            timeout=6
            root-path="/burrow"
            [client-profile.test]
            client-id="burrow-test"
            kafka-version="2.0.0"
            [cluster.\(cluster)]
            class-name="kafka"
            servers=[\(servers)]
            client-profile="test"
            topic-refresh=2
            offset-refresh=1
            [consumer.\(cluster)]
            class-name="kafka"
            cluster="\(cluster)"
            servers=[\(servers)]
            client-profile="test"
            [httpserver.default]
            address="127.0.0.1:\(reservation.ports[0])"
            [storage.default]
            class-name="inmemory"
            intervals=10
            expire-group=604800
            [evaluator.default]
            class-name="caching"
            expire-cache=1

            """
    }
}
