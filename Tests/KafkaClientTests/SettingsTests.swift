import ClusterAccess
import Locking
import StructuredLog
import Testing

@testable import KafkaClient

@Suite("Error codes")
struct ErrorCodeTests {
    /// Names that tell the class by themselves; everything else is in the table or `other`.
    private static let rules: [(part: String, reason: ClusterError.Reason)] = [
        ("GROUP_AUTHORIZATION_FAILED", .groupUnauthorized),
        ("TOPIC_AUTHORIZATION_FAILED", .topicUnauthorized),
        ("CLUSTER_AUTHORIZATION_FAILED", .clusterUnauthorized),
        ("SASL_AUTHENTICATION_FAILED", .authenticationFailed),
        ("_AUTHENTICATION", .authenticationFailed), ("_TIMED_OUT", .timedOut),
        ("_TRANSPORT", .brokerUnavailable),
        ("_ALL_BROKERS_DOWN", .brokerUnavailable), ("_SSL", .tlsFailed), ("_RESOLVE", .nameNotResolved),
        ("NOT_COORDINATOR", .notCoordinator), ("COORDINATOR_LOAD_IN_PROGRESS", .coordinatorLoading),
        ("COORDINATOR_NOT_AVAILABLE", .coordinatorUnavailable), ("LEADER_NOT_AVAILABLE", .leaderUnavailable),
        ("NOT_LEADER_FOR_PARTITION", .notLeader), ("UNKNOWN_TOPIC_OR_PART", .unknownTopicOrPartition),
        ("_UNKNOWN_PARTITION", .unknownTopicOrPartition), ("UNSTABLE_OFFSET_COMMIT", .unstableOffset),
        ("UNSUPPORTED_VERSION", .unsupported), ("_UNSUPPORTED_FEATURE", .unsupported), ("_DESTROY", .closed),
        ("_INVALID_ARG", .invalidRequest), ("REQUEST_TIMED_OUT", .timedOut),
    ]

    @Test("well-known codes have their class")
    func wellKnown() throws {
        let codes = Dictionary(KnownErrorCode.all().map { ($0.name, $0.value) }) { first, _ in first }
        for rule in Self.rules {
            let value = try #require(codes[rule.part], "librdkafka does not know \(rule.part)")
            #expect(ClusterError.Reason.byCode[value] == rule.reason, "\(rule.part)")
        }
    }

    @Test("every code that librdkafka knows has a class that its name does not contradict")
    func everyCode() {
        let codes = KnownErrorCode.all()
        #expect(codes.count > 100)
        for code in codes {
            let reason = ClusterError.Reason.byCode[code.value] ?? .other
            if code.name.contains("AUTHORIZATION") {
                #expect(
                    [.clusterUnauthorized, .groupUnauthorized, .topicUnauthorized].contains(reason),
                    "\(code.name)")
            }
            if code.name.contains("TIMED_OUT") { #expect(reason == .timedOut, "\(code.name)") }
            if code.name.contains("COORDINATOR_") || code.name.hasSuffix("_COORDINATOR") {
                #expect(reason != .other || code.name.contains("TRANSACTION"), "\(code.name)")
            }
            if code.name.contains("UNSUPPORTED_VERSION") { #expect(reason == .unsupported) }
        }
        // A number beyond the table must not trap.
        #expect(ClusterError.Reason.byCode[32_000] == nil)
    }
}

@Suite("Client settings")
struct SettingsTests {
    private func open(_ properties: [(String, String)]) -> ClusterError? {
        do throws(ClusterError) {
            _ = try KafkaCluster(
                settings: KafkaClientSettings(brokers: "127.0.0.1:9", properties: properties), logger: .silent
            )
            return nil
        } catch { return error }
    }

    @Test(
        "owned properties are refused by name, with what to do instead",
        arguments: ClientProperty.owned.keys.sorted())
    func owned(property: String) throws {
        let error = try #require(open([(property, "1")]))
        #expect(error.reason == .invalidRequest)
        #expect(error.subject == "property \(property)")
        #expect(error.detail.contains(ClientProperty.owned[property] ?? "-"))
    }

    @Test("unknown properties and bad values are refused in librdkafka's words")
    func refused() throws {
        let unknown = try #require(open([("no.such.thing", "1")]))
        #expect(unknown.subject == "property no.such.thing")
        #expect(unknown.detail.contains("No such configuration property"))
        let bad = try #require(open([("security.protocol", "carrier pigeon")]))
        #expect(bad.subject == "property security.protocol")
        #expect(bad.detail.contains("Invalid value"))
        // Refused only when everything is put together.
        let missing = try #require(open([("ssl.ca.location", "/nonexistent"), ("security.protocol", "ssl")]))
        #expect(missing.reason == .invalidRequest)
        #expect(!missing.detail.isEmpty)
    }

    @Test(
        "secret values are in no error",
        arguments: [
            "ssl.key.password", "ssl.keystore.password", "sasl.password", "ssl.key.pem",
            "sasl.oauthbearer.config", "sasl.oauthbearer.client.secret",
        ])
    func secrets(property: String) {
        #expect(ClientProperty.isSecret(property))
        let secret = "tr0ub4dor-and-3"
        let sets: [[(String, String)]] = [
            [(property, secret), ("security.protocol", "sasl_ssl"), ("sasl.mechanisms", "SCRAM-SHA-256")],
            [
                (property, secret), ("ssl.key.location", "/nonexistent/\(secret)"),
                ("security.protocol", "ssl"),
            ],
        ]
        for properties in sets {
            if let error = open(properties) { #expect(!error.description.contains(secret), "\(error)") }
        }
    }

    @Test("texts lose their secrets")
    func redaction() {
        let redactor = Redactor(properties: [
            ("sasl.password", "hunter22"), ("sasl.username", "bob"), ("ssl.key.password", "x"),
        ])
        #expect(redactor.clean("bob: hunter22, hunter22") == "bob: [hidden], [hidden]")
        #expect(redactor.clean("hunter22") == "[hidden]")
        #expect(redactor.clean("nothing of it, xylophone") == "nothing of it, xylophone")
    }

    @Test(
        "durations are bounded for C",
        arguments: [
            (Duration.zero, Int32(1)), (.milliseconds(1_500), 1_500), (.seconds(-5), 1),
            (.seconds(1_000_000), 3_600_000),
        ])
    func milliseconds(duration: Duration, expected: Int32) {
        #expect(duration.boundedMilliseconds == expected)
    }

    @Test("partitions are cut into chunks without duplicates")
    func chunks() {
        let asked = [
            TopicPartitions(topic: "b", partitions: [3, 1, 3, 2].map { PartitionID($0) }),
            TopicPartitions(topic: "a", partitions: (0..<5).map { PartitionID($0) }),
            TopicPartitions(topic: "b", partitions: [PartitionID(1)]),
            TopicPartitions(topic: "c", partitions: []),
        ]
        let chunks = PartitionChunks.split(asked, size: 3)
        let flat = chunks.map { chunk in
            chunk.flatMap { topic in topic.partitions.map { "\(topic.topic)\($0)" } }
        }
        #expect(flat == [["a0", "a1", "a2"], ["a3", "a4", "b1"], ["b2", "b3"]])
        #expect(PartitionChunks.split([], size: 3).isEmpty)
    }

    @Test("log lines that repeat are held back")
    func repetition() {
        let lines = Lines()
        let log = ClientLog(
            logger: Logger(level: .info) { record in lines.add(record.message) },
            redactor: Redactor(properties: [("sasl.password", "hunter22")]))
        for attempt in 0..<50 {
            log.clientError(reason: .brokerUnavailable, text: "connection \(attempt) refused, hunter22")
            log.clientLine(facility: "FAIL", text: "said already", level: 3)
            log.clientLine(facility: "CONF", text: "odd \(attempt)", level: 4)
        }
        let written = lines.all
        #expect(written.count == 2)
        #expect(!written.contains { $0.contains("hunter22") })
    }
}

/// Log lines that a test looks at.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) { lines.withLock { $0.append(line) } }
}
