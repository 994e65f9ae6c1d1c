import ClusterAccess
import LagwardenTestKit
import StructuredLog
import Testing

@testable import Configuration

@Suite struct PrintingTests {
    /// Settings with everything set, drawn at random from what the formats admit, without secrets.
    private static func randomSettings(_ random: inout SeededRandom) throws -> Settings {
        func flip() -> Bool { Bool.random(using: &random) }
        func milliseconds(_ range: ClosedRange<Int>) -> Duration {
            .milliseconds(Int.random(in: range, using: &random))
        }
        func text() -> String {
            let characters = Array("aZ09 .:-_#'\"\\{}[]&*!|>%@`,?=~ü😀\u{85}\u{2028}\u{FEFF}\u{A0}")
            let count = Int.random(in: 1...12, using: &random)
            let text = String((0..<count).map { _ in characters.randomElement(using: &random) ?? "a" })
            return text.unicodeScalars.contains { $0.properties.generalCategory == .control } ? "null" : text
        }
        func patterns(_ sources: [String]) throws -> [NamePattern] {
            try sources.filter { _ in flip() }.map { try NamePattern($0) }
        }
        var settings = Settings()
        for index in 0..<Int.random(in: 1...3, using: &random) {
            var cluster = ClusterSettings()
            cluster.name =
                ["default", "null", "1e3", "-a", "true", "a.b"][(index * 2 + (flip() ? 1 : 0)) % 6]
            cluster.brokers =
                ["b\(index):1", "[::1]:9092", "10.0.0.1:65535"].filter { _ in flip() } + ["z:1"]
            cluster.clientID = flip() ? "0x1f" : "lagwarden"
            cluster.groupID = flip() ? "~" == "~" ? "no" : "" : "lagwarden"
            cluster.requestTimeout = milliseconds(100...300_000)
            cluster.maxInFlight = Int.random(in: 1...1000, using: &random)
            cluster.maxRequestsPerSecond = Int.random(in: 1...100_000, using: &random)
            cluster.offsetsChunk = Int.random(in: 1...10_000, using: &random)
            if flip() {
                cluster.properties = ["a.b": Secret(text()), "ssl.ca.pem": Secret("x\ny\n\tz\r\u{7}")]
            }
            if flip() { cluster.propertiesFiles = ["sasl.password": text()] }
            if flip() { cluster.propertiesEnvironment = ["ssl.key.password": text()] }
            if flip() { cluster.labels = ["region": text(), "_x9": text()] }
            cluster.clientProperties = cluster.properties
            settings.clusters.append(cluster)
        }
        settings.source = CommitSource.allCases.randomElement(using: &random) ?? .hybrid
        settings.offsetsTopic.reconcileInterval = milliseconds(10_000...86_400_000)
        settings.offsetsTopic.reconcileRequestsMax = Int.random(in: 1...1000, using: &random)
        settings.offsetsTopic.retryInterval = milliseconds(1000...3_600_000)
        settings.sharding.isEnabled = settings.source != .admin && flip()
        settings.sharding.group = flip() ? "true" : "shards"
        settings.sharding.instanceID = ["", "null", "0", "replica-1"].randomElement(using: &random) ?? ""
        settings.sharding.sessionTimeout = milliseconds(6000...1_800_000)
        settings.poll.interval = milliseconds(1000...3_600_000)
        settings.poll.jitter = Double(Int.random(in: 0...5000, using: &random)) / 10_000
        settings.poll.staleAfter = settings.poll.interval + milliseconds(0...3_600_000)
        settings.poll.idleInterval = settings.poll.interval + milliseconds(0...3_600_000)
        settings.poll.metadataInterval = milliseconds(1000...3_600_000)
        settings.poll.members = flip()
        settings.poll.lastStableOffset = try patterns(["a", "/p.*/"])
        settings.poll.growthWindow = milliseconds(10_000...86_400_000)
        settings.lagSeconds.isEnabled = flip()
        settings.lagSeconds.tolerance = milliseconds(10...3_600_000)
        settings.lagSeconds.toleranceRatio = Double(Int.random(in: 0...5000, using: &random)) / 10_000
        settings.lagSeconds.requestsMax = Int.random(in: 1...10_000, using: &random)
        settings.diagnosis.lag = Int.random(in: 1...1_000_000_000_000, using: &random)
        settings.diagnosis.lagAge = milliseconds(1000...2_592_000_000)
        settings.diagnosis.lossMargin = milliseconds(1000...2_592_000_000)
        settings.groups = NameFilter(
            include: try patterns(["# x", "/a{1,2}: \"b\"/", "ü"]), exclude: try patterns(["~", "- a", "*"]))
        settings.topics.filter = NameFilter(
            include: try patterns(["t.1", "null"]), exclude: try patterns(["/__.*/"]))
        settings.topics.all = flip()
        settings.granularity.standard = Granularity.allCases.randomElement(using: &random) ?? .group
        settings.granularity.overrides = try patterns(["a: b", "/c/"]).map {
            .init(groups: $0, granularity: .partition, topPartitions: Int.random(in: 0...9, using: &random))
        }
        settings.granularity.topPartitions = Int.random(in: 0...9, using: &random)
        settings.limits.series = Int.random(in: 0...9_000_000, using: &random)
        settings.limits.labelLength = Int.random(in: 128...9_000, using: &random)
        settings.limits.concurrentScrapes = Int.random(in: 1...10_000, using: &random)
        settings.web.listenAddress = ListenAddress(
            host: flip() ? nil : "::1", port: UInt16.random(in: 0...65535, using: &random))
        settings.web.maxConnections = Int.random(in: 1...10_000, using: &random)
        settings.web.requestTimeout = milliseconds(1000...300_000)
        settings.log.level = LogLevel.allCases.randomElement(using: &random) ?? .info
        settings.log.format = flip() ? .json : .logfmt
        return settings
    }

    @Test func whatIsPrintedReadsBackTheSame() throws {
        var random = SeededRandom(seed: 42)
        for _ in 0..<500 {
            let settings = try Self.randomSettings(&random)
            let printed = settings.yaml
            let read = try parse(printed)
            #expect(read == settings, "\(printed)")
            #expect(read.yaml == printed)
        }
    }

    @Test func printsInBlockStyle() throws {
        let settings = try parse(
            "clusters: [{brokers: [a:1], labels: {b: c}, properties: {sasl.password: x}}]")
        #expect(
            settings.yaml == """
                clusters:
                  - name: default
                    brokers:
                      - a:1
                    client_id: lagwarden
                    group_id: lagwarden
                    request_timeout: 10s
                    max_in_flight: 32
                    max_requests_per_second: 1000
                    offsets_chunk: 500
                    properties:
                      sasl.password: "<redacted>"
                    properties_files: {}
                    properties_environment: {}
                    labels:
                      b: c
                source: hybrid
                offsets_topic:
                  reconcile_interval: 5m
                  reconcile_requests: 10
                  retry_interval: 30s
                sharding:
                  enabled: false
                  group: lagwarden-shards
                  instance_id: ""
                  session_timeout: 10s
                poll:
                  interval: 10s
                  jitter: 0.1
                  stale_after: 30s
                  idle_interval: 1m
                  metadata_interval: 1m
                  members: true
                  last_stable_offset: []
                  growth_window: 5m
                lag_seconds:
                  enabled: true
                  tolerance: 1s
                  tolerance_ratio: 0.02
                  max_requests: 30
                  sampling: none
                  max_samples: 1000
                evaluation:
                  window: 10m
                  minimum: 1m
                  allowed_lag: 0
                diagnosis:
                  lag: 10000
                  lag_age: 10m
                  loss_margin: 1h
                groups:
                  include: []
                  exclude: []
                topics:
                  include: []
                  exclude: []
                  all: false
                granularity: partition
                top_partitions: 0
                granularity_overrides: []
                notifications:
                  state_file: ""
                  external_url: ""
                  gone_after: 10m
                  rebalance_window: 10m
                  sinks: []
                  rules: []
                limits:
                  concurrent_scrapes: 100
                  series: 1000000
                  label_length: 512
                web:
                  listen_address: ":9876"
                  max_connections: 128
                  request_timeout: 10s
                log:
                  level: info
                  format: logfmt

                """)
    }

    @Test(arguments: [
        "sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem",
        "sasl.oauthbearer.config",
        "sasl.oauthbearer.client.secret", "SASL.PASSWORD", "my.token", "sasl.jaas.config", "x.password.y",
        "ssl.truststore.passphrase", "sasl.oauthbearer.assertion.private.key.pem",
    ])
    func secretPropertiesAreRedacted(_ name: String) throws {
        let settings = try parse("clusters: [{brokers: [a:1], properties: {\(name): hunter2}}]")
        #expect(!settings.yaml.contains("hunter2"))
        #expect(settings.yaml.contains(Secret.redaction))
        #expect(settings.clusters[0].clientProperties[name]?.reveal() == "hunter2")
    }

    @Test(arguments: ["sasl.username", "ssl.ca.location", "security.protocol", "ssl.certificate.pem"])
    func otherPropertiesAreShown(_ name: String) throws {
        #expect(
            try parse("clusters: [{brokers: [a:1], properties: {\(name): seen}}]").yaml.contains(
                "\(name): seen"))
    }
}

@Suite struct SecretTests {
    @Test func isRedactedHoweverItIsShown() {
        let secret = Secret("hunter2")
        var cluster = ClusterSettings()
        cluster.properties = ["sasl.password": secret]
        cluster.clientProperties = ["sasl.password": secret]
        var dumped = ""
        dump(secret, to: &dumped)
        dump(cluster, to: &dumped)
        dump([secret], to: &dumped)
        let texts = [
            "\(secret)", secret.debugDescription, String(reflecting: secret), String(describing: cluster),
            String(reflecting: cluster), "\(Optional(secret) as Any)",
            "\(Mirror(reflecting: secret).children.count)",
            dumped,
        ]
        for text in texts { #expect(!text.contains("hunter2"), "\(text)") }
        #expect("\(secret)" == "<redacted>")
        #expect(secret.reveal() == "hunter2")
    }
}
