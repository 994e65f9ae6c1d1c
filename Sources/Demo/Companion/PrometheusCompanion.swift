import Foundation
package import KafkaLauncher

/// A Prometheus that scrapes the demo: a child with a folder of its own, both gone after ``stop()``.
package final class PrometheusCompanion: Sendable {
    /// Where it listens, on loopback.
    package let port: Int
    private let child: ChildProcess
    private let directory: String

    private init(port: Int, child: ChildProcess, directory: String) {
        self.port = port
        self.child = child
        self.directory = directory
    }

    /// Starts `program` and returns when it answers on its port.
    package static func start(
        _ program: String, scraping target: String
    ) async throws(LaunchError) -> PrometheusCompanion {
        let reservation = try PortReservation(1)
        guard let port = reservation.ports.first else { throw LaunchError("no free port for Prometheus") }
        let directory =
            FileManager.default.temporaryDirectory.path
            + "/lagwarden-demo-prometheus-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            try configuration(scraping: target).write(
                toFile: "\(directory)/prometheus.yml", atomically: false, encoding: .utf8)
        } catch {
            throw LaunchError("cannot write \(directory): \(error.localizedDescription)")
        }
        do throws(LaunchError) {
            let log = "\(directory)/prometheus.log"
            let child = try ChildProcess.start(
                program, arguments(directory: directory, port: port), output: .file(log),
                error: .file(log, appending: true))
            let companion = PrometheusCompanion(port: port, child: child, directory: directory)
            do throws(LaunchError) {
                try await companion.waitUntilItListens(log: log)
            } catch {
                await companion.stop()
                throw error
            }
            withExtendedLifetime(reservation) {}
            return companion
        } catch {
            try? FileManager.default.removeItem(atPath: directory)
            throw error
        }
    }

    /// Configuration for one target, scraped every 2 s.
    package static func configuration(scraping target: String) -> String {
        """
        global:
          scrape_interval: 2s
          evaluation_interval: 2s
        scrape_configs:
          - job_name: lagwarden
            static_configs:
              - targets: ["\(target)"]

        """
    }

    private static func arguments(directory: String, port: Int) -> [String] {
        [
            "--config.file=\(directory)/prometheus.yml", "--storage.tsdb.path=\(directory)/data",
            "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn",
        ]
    }

    /// A page of Prometheus that draws `query` over the last minutes.
    package func graph(of query: String) -> String {
        let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "_-.~"))
        let text = query.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
        return "http://127.0.0.1:\(port)/graph?g0.expr=\(text)&g0.tab=0&g0.range_input=5m"
    }

    private func waitUntilItListens(log: String) async throws(LaunchError) {
        let deadline = ContinuousClock.now + .seconds(15)
        let port = port
        while true {
            if let exit = child.exit {
                let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                throw LaunchError("Prometheus ended with \(exit): \(said.suffix(300))")
            }
            let answers = await BlockingCall.run { Self.accepts(port) }
            if answers { return }
            guard ContinuousClock.now < deadline, !Task.isCancelled else {
                throw LaunchError("Prometheus does not listen on port \(port)")
            }
            await BlockingCall.pause(.milliseconds(50))
        }
    }

    private static func accepts(_ port: Int) -> Bool {
        do throws(LaunchError) {
            _ = try ClientSocket(port: port, timeout: .seconds(1))
            return true
        } catch {
            return false
        }
    }

    /// Ends it and removes its folder.
    package func stop() async {
        await child.terminate(patience: .seconds(3))
        try? FileManager.default.removeItem(atPath: directory)
    }
}
