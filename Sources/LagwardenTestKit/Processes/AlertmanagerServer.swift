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

    private let server: LoopbackServer

    package var port: Int { server.port }

    private init(server: LoopbackServer) { self.server = server }

    /// Starts it on a free port of loopback, alone and without a receiver.
    package static func start() async throws(LaunchError) -> AlertmanagerServer {
        guard let program else { throw LaunchError("there is no Alertmanager") }
        let server = try await LoopbackServer.start(
            program,
            files: ["alertmanager.yml": "{route: {receiver: nobody}, receivers: [{name: nobody}]}\n"]
        ) { folder, port in
            [
                "--config.file=\(folder)/alertmanager.yml", "--storage.path=\(folder)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=", "--log.level=warn",
            ]
        }
        return AlertmanagerServer(server: server)
    }

    /// The alerts that it has and that have not ended.
    package func alerts() async throws(LaunchError) -> Set<Alert> {
        let value = try await server.json("/api/v2/alerts?active=true")
        return Set(
            value.elements.map { element in
                Alert(
                    labels: element["labels"].members.compactMapValues(\.string),
                    annotations: element["annotations"].members.compactMapValues(\.string))
            })
    }

    package func stop() async { await server.stop() }
}
