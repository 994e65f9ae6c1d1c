package import KafkaLauncher

/// A real Alertmanager that keeps what it is sent and tells nobody, for the length of a test.
package final class AlertmanagerServer: Sendable {
    /// One alert that has not ended, as the v2 API tells of it.
    package struct Alert: Hashable, Sendable {
        /// With `alertname`.
        package var labels: [String: String]
        package var annotations: [String: String]

        package var name: String { labels["alertname"] ?? "" }
    }

    /// Debian's name first, then the project's own.
    private static let program = ["prometheus-alertmanager", "alertmanager"]
        .first { ChildProcess.find($0) != nil }

    /// Whether Alertmanager is installed; says loudly when it is not.
    package static let isInstalled: Bool = KafkaRequirement.check(
        "tests with a real Alertmanager", isMet: program != nil,
        reason: { "there is no Alertmanager (Debian: apt-get install prometheus-alertmanager)" })

    package let port: Int
    private let process: RunningProcess
    private let directory: TemporaryDirectory
    private let reservation: PortReservation

    private init(
        process: RunningProcess, directory: TemporaryDirectory, reservation: PortReservation
    ) {
        self.process = process
        self.directory = directory
        self.reservation = reservation
        port = reservation.ports[0]
    }

    /// Starts it on a free port of loopback, alone and without a receiver.
    package static func start() async throws(LaunchError) -> AlertmanagerServer {
        guard let program else { throw LaunchError("there is no Alertmanager") }
        let directory = try TemporaryDirectory("alertmanager")
        let file = try directory.write(
            "{route: {receiver: nobody}, receivers: [{name: nobody}]}\n", to: "alertmanager.yml")
        let reservation = try PortReservation(1)
        let process = try ProcessRunner.start(
            program,
            [
                "--config.file=\(file)", "--storage.path=\(directory.path)/data",
                "--web.listen-address=127.0.0.1:\(reservation.ports[0])", "--cluster.listen-address=",
                "--log.level=warn",
            ])
        let server = AlertmanagerServer(process: process, directory: directory, reservation: reservation)
        let isReady = await Eventually.holds(within: .seconds(30)) {
            guard process.child.isRunning else { return nil }
            return (try? await HTTPProbe.get("/-/ready", port: server.port))?.status == 200
        }
        if !isReady {
            let log = process.error
            await server.stop()
            throw LaunchError("Alertmanager does not get ready: \(log)")
        }
        return server
    }

    /// The alerts that it has and that have not ended.
    package func alerts() async throws(LaunchError) -> Set<Alert> {
        let answer = try await HTTPProbe.get("/api/v2/alerts?active=true", port: port)
        guard answer.status == 200, let value = JSONValue(decoding: answer.body) else {
            throw LaunchError("Alertmanager answers \(answer.status): \(answer.text.prefix(200))")
        }
        return Set(
            value.elements.map { element in
                Alert(
                    labels: element["labels"].members.compactMapValues(\.string),
                    annotations: element["annotations"].members.compactMapValues(\.string))
            })
    }

    package func stop() async {
        await process.terminate()
        directory.remove()
    }
}
