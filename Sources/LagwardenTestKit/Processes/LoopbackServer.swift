import KafkaLauncher

/// A program with an HTTP port on loopback and a folder of its own, for the length of a test.
final class LoopbackServer: Sendable {
    let port: Int
    let process: RunningProcess
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

    /// Starts `program` and waits until `/-/ready` answers 200.
    ///
    /// `files` are written into its folder first, texts by names; `arguments` get that folder and the port.
    static func start(
        _ program: String, files: [String: String], arguments: (_ folder: String, _ port: Int) -> [String]
    ) async throws(LaunchError) -> LoopbackServer {
        let directory = try TemporaryDirectory(program)
        for (name, text) in files { try directory.write(text, to: name) }
        let reservation = try PortReservation(1)
        let process = try ProcessRunner.start(program, arguments(directory.path, reservation.ports[0]))
        let server = LoopbackServer(process: process, directory: directory, reservation: reservation)
        let isReady = await Eventually.holds(within: .seconds(90)) {
            guard process.child.isRunning else { return nil }
            return (try? await HTTPProbe.get("/-/ready", port: server.port))?.status == 200
        }
        if !isReady {
            let log = process.error
            await server.stop()
            throw LaunchError("\(program) does not get ready: \(log)")
        }
        return server
    }

    /// The answer to a GET, which has to be 200 and JSON.
    func json(_ path: String) async throws(LaunchError) -> JSONValue {
        let answer = try await HTTPProbe.get(path, port: port)
        guard answer.status == 200, let value = JSONValue(decoding: answer.body) else {
            throw LaunchError("port \(port) answers \(answer.status) to \(path): \(answer.text.prefix(200))")
        }
        return value
    }

    func stop() async {
        await process.terminate()
        directory.remove()
    }
}
