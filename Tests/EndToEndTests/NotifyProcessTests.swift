import KafkaLauncher
import LagwardenTestKit
import Testing

/// `lagwarden notify test` and `lagwarden healthcheck` as processes.
@Suite(.timeLimit(.minutes(2)))
struct NotifyProcessTests {
    private func configuration(_ server: LocalServer, in directory: TemporaryDirectory) throws -> String {
        try directory.write(
            """
            notifications:
              sinks:
                - {name: hook, kind: webhook, url: "\(server.url)/secret-path"}

            """, to: "lagwarden.yaml")
    }

    @Test("a test notification is sent and what became of it is said")
    func notifyTest() async throws {
        let directory = try TemporaryDirectory("notify")
        let server = try LocalServer { _, number in
            number == 0 ? .answer(200) : .answer(404, body: "no such hook\n")
        }
        defer { server.stop() }
        let file = try configuration(server, in: directory)
        let good = try await Program.run(["notify", "test", "hook", "--config.file=\(file)"])
        #expect(good.exit == .code(0))
        #expect(good.output == "delivered to webhook hook: the server answered 200\n")
        let body = try #require(server.requests.first.flatMap { JSONValue(decoding: Array($0.body.utf8)) })
        #expect(body["event"].string == "test")
        let bad = try await Program.run(["notify", "test", "hook", "--config.file=\(file)"])
        #expect(bad.exit == .code(1))
        #expect(
            bad.error
                == "lagwarden notify: not delivered to webhook hook: the server answered 404: no such hook \n"
        )
        server.stop()
        let unknown = try await Program.run(["notify", "test", "hok", "--config.file=\(file)"])
        #expect(unknown.exit == .code(3))
        #expect(unknown.error.contains("there is no sink \"hok\""))
    }

    @Test("a proxy of the environment is used only where the sink says so")
    func proxies() async throws {
        let directory = try TemporaryDirectory("notify")
        let server = try LocalServer(status: 200)
        let proxy = try LocalServer(status: 202)
        defer {
            server.stop()
            proxy.stop()
        }
        let environment: [String: String?] = ["http_proxy": proxy.url, "no_proxy": nil, "NO_PROXY": nil]
        let plain = try configuration(server, in: directory)
        let arguments = ["notify", "test", "hook", "--config.file=\(plain)"]
        let direct = try await Program.run(arguments, environment: environment)
        #expect(direct.output == "delivered to webhook hook: the server answered 200\n")
        #expect(proxy.requests.isEmpty)
        try directory.write(
            """
            notifications:
              sinks:
                - {name: hook, kind: webhook, url: "\(server.url)/x", proxy_from_environment: true}

            """, to: "lagwarden.yaml")
        let through = try await Program.run(arguments, environment: environment)
        #expect(through.output == "delivered to webhook hook: the server answered 202\n")
        #expect(proxy.requests.map(\.path) == ["\(server.url)/x"])
        #expect(server.requests.count == 1)
    }

    @Test("a health check tells an exporter that is well from one that is not there")
    func healthCheck() async throws {
        try await withExporter(bootstrap: "127.0.0.1:1") { exporter in
            let address = "--web.listen-address=127.0.0.1:\(exporter.port)"
            let healthy = try await Program.run(["healthcheck", address])
            #expect(healthy.exit == .code(0))
            #expect(healthy.output == "http://127.0.0.1:\(exporter.port)/-/healthy answered 200\n")
            let ready = try await Program.run(["healthcheck", "--ready", address])
            #expect(ready.exit == .code(1))
            #expect(ready.error.contains("/-/ready answered 503: cluster e2e"))
            #expect(ready.error.split(separator: "\n").count == 1)
            let url = "http://127.0.0.1:\(exporter.port)/metrics"
            #expect(try await Program.run(["healthcheck", "--url", url]).exit == .code(0))
        }
    }

    @Test("a health check ends in time whatever answers")
    func healthCheckOfSomethingElse() async throws {
        let reservation = try PortReservation(1)
        let gone = try await Program.run([
            "healthcheck", "--web.listen-address=:\(reservation.ports[0])",
        ])
        #expect(gone.exit == .code(1))
        #expect(gone.error.contains("does not answer"))
        let server = try LocalServer { _, _ in .hang }
        defer { server.stop() }
        let begin = ContinuousClock.now
        let hangs = try await Program.run(["healthcheck", "--url=\(server.url)", "--timeout=500ms"])
        #expect(hangs.exit == .code(1))
        #expect(ContinuousClock.now - begin < .seconds(10))
    }
}
