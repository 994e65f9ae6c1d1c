import Foundation
import KafkaLauncher
import LagwardenTestKit
import Testing

/// One broker with every kind of listener and the standard authorizer, for what needs no more.
@Suite(
    .enabled(if: KafkaRequirement.isMet), .serialized,
    .ownKafka(Guarded.options, prepare: Guarded.prepare), .timeLimit(.minutes(3)))
struct GuardedKafka {}

extension GuardedKafka {
    /// Who may ask, and what a door wants.
    @Suite struct SecurityTests {
        /// A door with a user who comes through it.
        struct Door: Sendable, CustomTestStringConvertible {
            var listener: KafkaListener
            var user: KafkaClusterOptions.User?
            var mechanism = "PLAIN"

            var testDescription: String { "\(listener.rawValue) \(user == nil ? "" : mechanism)" }

            static let all = [
                Door(listener: .sasl, user: Guarded.reader), Door(listener: .tls),
                Door(listener: .saslOverTLS, user: Guarded.reader),
            ]
        }

        @Test(
            "a user with the rights that README names sees everything through each door", arguments: Door.all)
        func everything(_ door: Door) async throws {
            let kafka = try OwnKafka.shared()
            let properties = try kafka.cluster.librdkafkaProperties(
                door.listener, user: door.user, mechanism: door.mechanism)
            let bootstrap = kafka.cluster.bootstrap(door.listener)
            try await withExporter(bootstrap: bootstrap, settings: Guarded.settings(properties)) { exporter in
                let scrape = try await exporter.wait(for: "the groups") { scrape in
                    [Guarded.working, Guarded.idle, Guarded.hidden].allSatisfy {
                        scrape.group("lag", $0) != nil
                    }
                }
                for group in [Guarded.working, Guarded.idle, Guarded.hidden] {
                    #expect(scrape.group("lag", group) == 18)
                    for row in try await kafka.oracle.offsets(of: group) {
                        let lag = scrape.partition("lag", group, row.topic, row.partition)
                        #expect(lag == row.lag.map(Double.init))
                    }
                }
                #expect(scrape.group("members", Guarded.working) == 1)
                #expect(scrape.unavailable == 0)
                let retention = "kafka_topic_retention_seconds"
                #expect(scrape.value(retention, ["topic": Guarded.visible]) == 604_800)
                let ready = try await exporter.waitForReady(200)
                #expect(ready.split(separator: "\n") == ["ready"])
                let said = exporter.process.error + exporter.process.output
                #expect(!said.contains("open-sesame"))
            }
        }

        @Test("without Describe on one group and one topic the rest works, and the reasons are there")
        func blinkers() async throws {
            let kafka = try OwnKafka.shared()
            let properties = try kafka.cluster.librdkafkaProperties(
                .sasl, user: Guarded.blinkered, mechanism: "PLAIN")
            let bootstrap = kafka.cluster.bootstrap(.sasl)
            try await withExporter(bootstrap: bootstrap, settings: Guarded.settings(properties)) { exporter in
                let scrape = try await exporter.wait(for: "both groups and the reason for the topic") {
                    $0.group("members", Guarded.working) == 1 && $0.state(of: Guarded.idle) == "Empty"
                        && $0.unavailable("topic", "topic_unauthorized") == 1
                }
                #expect(scrape.unavailability(of: Guarded.hidden) == "group_unauthorized")
                #expect(scrape.group("lag", Guarded.hidden) == nil)
                #expect(scrape.unavailable("group", "group_unauthorized") == 1)
                #expect(scrape.document.samples("lagwarden_group_unavailable").count == 1)
                #expect(scrape.samples(ofTopic: Guarded.secret) == [])
                for group in [Guarded.working, Guarded.idle] {
                    #expect(scrape.partition("lag", group, Guarded.visible, 0) == 6)
                    #expect(scrape.partition("lag", group, Guarded.visible, 1) == 3)
                    // The coordinator leaves the other topic out without a word.
                    #expect(scrape.group("lag", group) == 9)
                }
                #expect(scrape.value("lagwarden_up") == 1)
                // It may not see the topic's settings either, nor the brokers'.
                #expect(scrape.unavailable("configuration", "topic_unauthorized") == 1)
                #expect(scrape.unavailable("configuration", "cluster_unauthorized") == 1)
                #expect(scrape.document.samples("kafka_topic_retention_seconds").isEmpty)
                let clusters = try await exporter.get("/api/v1/clusters").text
                #expect(clusters.contains("Grant DescribeConfigs on the topic to this user."))
                #expect(try await exporter.get("/-/ready").status == 200)
            }
        }

        @Test("SCRAM works, or is refused with the reason; an old librdkafka is warned of at the start")
        func scram() async throws {
            let kafka = try OwnKafka.shared()
            let version = try await Program.run(["--version"]).output
            let number = try #require(version.firstMatch(of: #/librdkafka (\d+\.\d+\.\d+)/#)?.1)
            let isOld = number.compare("2.6.1", options: .numeric) == .orderedAscending
            // Until 2.6.1 it sends a wrong nonce, which Kafka 3.9 lets pass and 4.3 refuses.
            let works = !isOld || kafka.cluster.installation.majorVersion < 4
            let properties = try kafka.cluster.librdkafkaProperties(.sasl, user: Guarded.reader)
            let bootstrap = kafka.cluster.bootstrap(.sasl)
            try await withExporter(bootstrap: bootstrap, settings: Guarded.settings(properties)) { exporter in
                if works {
                    try await exporter.wait(for: "a group") { $0.group("lag", Guarded.idle) == 18 }
                } else {
                    try await exporter.waitForReady(503, containing: "authentication_failed")
                }
                let warnings = exporter.process.error.split(separator: "\n").filter {
                    $0.contains("level=warn") && $0.contains("SCRAM") && $0.contains("2.6.1")
                }
                #expect(warnings.count == (isOld ? 1 : 0))
            }
        }

        /// A login that cannot work, and the reason for it that a person has to read.
        enum Mistake: String, CaseIterable, Sendable {
            case wrongPassword, untrustedAuthority

            var reason: String { self == .wrongPassword ? "authentication_failed" : "tls_failed" }
            var listener: KafkaListener { self == .wrongPassword ? .sasl : .saslOverTLS }
            var password: String {
                self == .wrongPassword ? "open-sesame-but-wrong" : Guarded.reader.password
            }
        }

        @Test(
            "a login that fails keeps it running, with the reason in log and /-/ready and no secret anywhere",
            arguments: Mistake.allCases)
        func mistakes(_ mistake: Mistake) async throws {
            let kafka = try OwnKafka.shared()
            let directory = try TemporaryDirectory("security")
            var properties = try kafka.cluster.librdkafkaProperties(
                mistake.listener, user: Guarded.reader, mechanism: "PLAIN")
            properties["sasl.password"] = mistake.password
            if mistake == .untrustedAuthority {
                properties["ssl.ca.location"] = try await Self.otherAuthority(in: directory)
            }
            let bootstrap = kafka.cluster.bootstrap(mistake.listener)
            let settings = Guarded.settings(properties) + "    request_timeout: 3s\n"
            try await withExporter(
                bootstrap: bootstrap, settings: settings, arguments: ["--log.level=debug"]
            ) { exporter in
                let said = try await exporter.waitForReady(503, containing: mistake.reason)
                #expect(!said.contains("open-sesame"))
                let isLogged = await exporter.process.waitForText("error=", within: .seconds(10))
                #expect(isLogged)
                #expect(exporter.process.error.contains(mistake.reason))
                let scrape = try await exporter.scrape()
                #expect(scrape.value("lagwarden_up") == 0)
                #expect(try await exporter.get("/-/healthy").status == 200)
                let all = exporter.process.error + exporter.process.output
                #expect(!all.contains("open-sesame"), "\(all)")
            }
            let file = try directory.write(settings, to: "lagwarden.yaml")
            let printed = try await Program.run(
                ["--kafka.brokers=\(bootstrap)", "--config.file=\(file)", "--config.print"])
            #expect(printed.exit == .code(0), "\(printed.error)")
            let line = printed.output.split(separator: "\n").first { $0.contains("sasl.password") }
            #expect(line?.contains("<redacted>") == true)
            #expect(!(printed.output + printed.error).contains("open-sesame"))
        }

        /// The certificate of an authority that has signed nothing here.
        private static func otherAuthority(in directory: TemporaryDirectory) async throws -> String {
            let file = "\(directory.path)/other.pem"
            let end = try await ProcessRunner.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Another CA",
                    "-keyout", "\(directory.path)/other.key", "-out", file,
                ])
            #expect(end.isSuccess, "\(end.error)")
            return file
        }
    }
}

/// What the broker holds, and who knows of it.
enum Guarded {
    static let reader = KafkaClusterOptions.User(name: "reader", password: "open-sesame-reader")
    static let blinkered = KafkaClusterOptions.User(name: "blinkered", password: "open-sesame-blinkered")

    static let options = KafkaClusterOptions(
        listeners: [.sasl, .tls, .saslOverTLS], users: [reader, blinkered], superUsers: [])

    /// Group of a member, of a tool's commits, and of what one user may not see.
    static let (working, idle, hidden) = ("working", "idle", "hidden-group")
    static let (visible, secret) = ("visible-topic", "secret-topic")

    static let prepare: @Sendable (OwnKafka) async throws -> Void = { kafka in
        for topic in [visible, secret] {
            try await kafka.stage.createTopic(topic, partitions: 2)
            for partition: Int32 in [0, 1] { try await kafka.stage.produce(topic, partition, count: 10) }
        }
        // The rules that README asks for.
        for user in [reader, blinkered] {
            let principal = "User:\(user.name)"
            try await kafka.stage.createACL(.describeCluster(principal))
            for resource in ["TOPIC", "GROUP"] {
                try await kafka.stage.createACL(
                    StageACL(principal: principal, resource: resource, name: "*", operation: "DESCRIBE"))
            }
        }
        for (resource, name) in [("TOPIC", "*"), ("CLUSTER", "kafka-cluster")] {
            try await kafka.stage.createACL(
                StageACL(
                    principal: "User:\(reader.name)", resource: resource, name: name,
                    operation: "DESCRIBE_CONFIGS"))
        }
        let principal = "User:\(blinkered.name)"
        for (resource, name) in [("TOPIC", secret), ("GROUP", hidden)] {
            try await kafka.stage.createACL(
                StageACL(
                    principal: principal, resource: resource, name: name, operation: "DESCRIBE", denies: true)
            )
        }
        let everywhere = [visible, secret].flatMap { topic in
            [PartitionOffset(topic, 0, 4), PartitionOffset(topic, 1, 7)]
        }
        for group in [idle, hidden] { try await kafka.stage.commitOffsets(group, everywhere) }
        try await kafka.stage.startMember(
            StageMember("guarded", group: working, topics: [visible, secret]))
        try await kafka.stage.waitForAssignment(of: ["guarded"], partitions: 4)
        try await kafka.stage.commitMember("guarded", everywhere)
    }

    /// Configuration of a cluster with these properties of librdkafka.
    static func settings(_ properties: [String: String]) -> String {
        let lines = properties.filter { $0.key != "bootstrap.servers" }.sorted { $0.key < $1.key }
            .map { "      \($0.key): \"\($0.value)\"\n" }.joined()
        return ServedExporter.patient + "clusters:\n  - properties:\n" + lines
    }
}
