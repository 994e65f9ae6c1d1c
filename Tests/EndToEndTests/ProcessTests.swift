import Foundation
import KafkaLauncher
import LagwardenTestKit
import Testing

/// The binary as a process: what it says and how it ends, with no Kafka anywhere.
@Suite(.timeLimit(.minutes(2)))
struct ProcessTests {
    /// A port of loopback where nobody listens.
    private static let nowhere = "127.0.0.1:1"

    @Test("a bare start says that there are no brokers and how to give some, and ends with 3")
    func bareStart() async throws {
        let end = try await Program.run([])
        #expect(end.exit == .code(3))
        #expect(end.error.contains("there is no cluster to watch"))
        #expect(end.error.contains("--kafka.brokers=localhost:9092"))
        #expect(end.error.split(separator: "\n").count == 1)
        #expect(end.output.isEmpty)
    }

    /// Arguments with an exit code and what has to be said on standard error.
    struct Refusal: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var code: Int32
        var said: [String]

        var testDescription: String { arguments.joined(separator: " ") }

        static let all = [
            Refusal(arguments: ["--kafka.broker=a:1"], code: 2, said: ["--kafka.broker", "--kafka.brokers"]),
            Refusal(arguments: ["--poll-interval=5s"], code: 2, said: ["did you mean --poll.interval"]),
            Refusal(arguments: ["serv"], code: 2, said: ["not a command", "did you mean serve"]),
            Refusal(arguments: ["--kafka.brokers"], code: 2, said: ["needs a value"]),
            Refusal(arguments: ["--kafka.brokers=a:1", "--poll.interval=never"], code: 2, said: ["never"]),
            Refusal(arguments: ["--config.file=/nowhere.yaml"], code: 3, said: ["/nowhere.yaml"]),
            Refusal(arguments: ["--kafka.brokers=no port"], code: 2, said: ["--kafka.brokers", "HOST:PORT"]),
        ]
    }

    @Test("what is wrong with the command line is said in a sentence", arguments: Refusal.all)
    func refusal(_ refusal: Refusal) async throws {
        let end = try await Program.run(refusal.arguments)
        #expect(end.exit == .code(refusal.code))
        for text in refusal.said { #expect(end.error.contains(text), "\(end.error)") }
        #expect(end.output.isEmpty)
    }

    @Test("a bad file is refused with 3, and each problem has its line and column")
    func badFile() async throws {
        let directory = try TemporaryDirectory("process-tests")
        let file = try directory.write(
            """
            clusters:
              - brokers: [localhost:9092]
                colour: red
            poll:
              interval: soon
            web:
              max_connections: 0

            """, to: "bad.yaml")
        let end = try await Program.run(["--config.file=\(file)"])
        #expect(end.exit == .code(3))
        let lines = end.error.split(separator: "\n")
        #expect(lines.count == 3, "\(end.error)")
        for (line, place) in zip(lines, ["3:5: ", "5:13: ", "7:20: "]) {
            #expect(line.hasPrefix("\(file):\(place)"), "\(line)")
        }
        #expect(lines.dropFirst().allSatisfy { $0.contains("expected") })
        let broken = try directory.write("clusters: [\n", to: "broken.yaml")
        let unreadable = try await Program.run(["--config.file=\(broken)", "--config.check"])
        #expect(unreadable.exit == .code(3))
        #expect(unreadable.error.contains("\(broken):"))
    }

    @Test("--config.check says that a file is good, and starts nothing")
    func check() async throws {
        let end = try await Program.run(["--kafka.brokers=\(Self.nowhere)", "--config.check"])
        #expect(end.exit == .code(0))
        #expect(end.output == "configuration is valid: 1 cluster\n")
        #expect(end.error.isEmpty)
    }

    @Test("--config.print shows what is in force in a form that reads back, without secrets")
    func printed() async throws {
        let directory = try TemporaryDirectory("process-tests")
        let secret = try directory.write("hunter-in-a-file\n", to: "secret")
        let file = try directory.write(
            """
            clusters:
              - name: north
                brokers: ["\(Self.nowhere)"]
                properties: {sasl.password: hunter-in-the-text, sasl.username: reader}
                properties_files: {ssl.key.password: "\(secret)"}
                properties_environment: {ssl.keystore.password: HUNTER}

            """, to: "lagwarden.yaml")
        let environment = ["HUNTER": "hunter-in-a-variable", "LAGWARDEN_POLL_INTERVAL": "7s"]
        let end = try await Program.run(
            ["--config.file=\(file)", "--config.print"], environment: environment)
        #expect(end.exit == .code(0), "\(end.error)")
        #expect(!(end.output + end.error).contains("hunter"))
        #expect(end.output.contains("<redacted>"))
        #expect(end.output.contains("interval: 7s"))
        #expect(end.output.contains("reader"))
        let again = try directory.write(end.output, to: "again.yaml")
        let second = try await Program.run(
            ["--config.file=\(again)", "--config.print"], environment: environment)
        #expect(second.output == end.output)
    }

    @Test("--help and --version answer on standard output")
    func answers() async throws {
        let help = try await Program.run(["--help"])
        #expect(help.exit == .code(0))
        #expect(help.output.contains("--kafka.brokers"))
        #expect(help.output.contains("--config.check"))
        #expect(help.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
        let version = try await Program.run(["--version"])
        #expect(version.exit == .code(0))
        #expect(
            version.output.contains(#/^lagwarden \d+\.\d+\.\d+ \(revision .+, librdkafka \d+\.\d+\.\d+\)\n$/#)
        )
        #expect((help.error + version.error).isEmpty)
    }

    @Test("a port that somebody else has ends the start with 1 and a remedy")
    func portInUse() async throws {
        try await withExporter(bootstrap: Self.nowhere) { exporter in
            let end = try await Program.run(
                ["--kafka.brokers=\(Self.nowhere)", "--web.listen-address=127.0.0.1:\(exporter.port)"])
            #expect(end.exit == .code(1))
            #expect(end.error.contains("another process listens there"))
            #expect(end.error.contains("--web.listen-address"))
            #expect(try await exporter.get("/-/healthy").status == 200)
        }
    }

    @Test("without a broker it keeps running: healthy, not ready with the reason, and metrics of its own")
    func noBroker() async throws {
        let settings = ServedExporter.patient + "clusters:\n  - request_timeout: 1s\n"
        try await withExporter(bootstrap: Self.nowhere, settings: settings) { exporter in
            let reason = try await exporter.waitForReady(503, containing: "broker_unavailable")
            #expect(reason.contains("cluster \(Scrape.cluster): cannot "), "\(reason)")
            let scrape = try await exporter.wait(for: "two failed rounds") {
                $0.value("lagwarden_rounds_total", ["outcome": "failed"]) ?? 0 >= 2
            }
            #expect(scrape.value("lagwarden_up") == 0)
            #expect(scrape.value("lagwarden_snapshot_timestamp_seconds") == nil)
            #expect(scrape.document.families.allSatisfy { !$0.name.hasPrefix("kafka_") })
            #expect(try await exporter.get("/-/healthy").status == 200)
            let log = exporter.process.error.split(separator: "\n")
            #expect(log.filter { $0.contains("round failed") }.count == 1, "once, not every round")
        }
    }

    @Test("three hundred scrapes leave no descriptor open and no thread behind")
    func descriptors() async throws {
        try await withExporter(bootstrap: Self.nowhere) { exporter in
            func ask(_ count: Int) async throws {
                for number in 0..<count {
                    let accepts =
                        number % 2 == 0 ? "text/plain" : "application/openmetrics-text;version=1.0.0"
                    let encoding = number % 3 == 0 ? "gzip" : "identity"
                    let answer = try await exporter.get(
                        "/metrics", headers: ["Accept": accepts, "Accept-Encoding": encoding])
                    #expect(answer.status == 200)
                }
            }
            let folder = "/proc/\(exporter.process.child.pid)"
            @Sendable func count(_ what: String) throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(what)").count
            }
            try await ask(20)
            let (descriptors, threads) = (try count("fd"), try count("task"))
            try await ask(300)
            // A connection attempt to the broker comes and goes; a leak of one a scrape would be hundreds.
            let isBack = try await Eventually.holds(within: .seconds(20)) {
                try count("fd") <= descriptors + 4
            }
            let after = (try count("fd"), try count("task"))
            #expect(isBack, "\(descriptors) descriptors became \(after.0)")
            #expect(after.1 <= threads + 4)
            let scrape = try await exporter.scrape()
            let counted = try #require(scrape.document.value("process_open_fds"))
            #expect(counted > 0 && counted <= Double(descriptors + 8))
        }
    }

    @Test("it listens on IPv6, and on all addresses of both families")
    func addressFamilies() async throws {
        guard FileManager.default.fileExists(atPath: "/proc/net/if_inet6") else { return }
        // Nobody else answers at this port of 127.0.0.1 meanwhile.
        let reservation = try PortReservation(1)
        try await withExporter(bootstrap: Self.nowhere, host: "::1", port: reservation.ports[0]) { exporter in
            let six = try await exporter.get("/metrics")
            #expect(six.status == 200)
            let four = try? await HTTPProbe.get("/metrics", host: "127.0.0.1", port: exporter.port)
            #expect(four?.status == nil, "it listens on more than it was told")
            #expect(exporter.port == reservation.ports[0])
        }
        try await withExporter(bootstrap: Self.nowhere, host: "::") { exporter in
            for host in ["127.0.0.1", "::1"] {
                let answer = try await HTTPProbe.get("/metrics", host: host, port: exporter.port)
                #expect(answer.status == 200)
            }
        }
    }

    @Test(
        "TERM and INT before the first round end it within five seconds with 0", arguments: [SIGTERM, SIGINT])
    func signals(_ signal: Int32) async throws {
        let exporter = try await ServedExporter.start(bootstrap: Self.nowhere)
        let start = ContinuousClock.now
        exporter.process.child.send(signal)
        let exit = await exporter.process.child.waitForExit(within: .seconds(20))
        #expect(exit == .code(0), "\(exporter.process.error)")
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(exporter.process.error.contains("msg=stopped"))
    }
}
