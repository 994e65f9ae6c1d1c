import Testing

@testable import Configuration

/// What is wrong with a file is said with place, path, expectation and example.
@Suite struct SettingsProblemTests {
    struct Case: Sendable, CustomStringConvertible {
        var text: String
        var line: String

        init(_ text: String, _ line: String) {
            self.text = text
            self.line = line
        }

        var description: String { line }
    }

    @Test(arguments: [
        Case(
            "poll: {intervall: 1s}",
            "c.yaml:2:8: poll.intervall: unknown key, did you mean interval?; "
                + "expected one of interval, jitter, stale_after, idle_interval, "
                + "metadata_interval, members, last_stable_offset, growth_window; "
                + "for example interval: 10s"),
        Case(
            "poll: {interval: 10}",
            "c.yaml:2:18: poll.interval: \"10\" has no unit (ms, s, m, h or d); "
                + "expected a duration from 1s to 1h; for example 10s"),
        Case(
            "poll: {interval: 10ms}",
            "c.yaml:2:18: poll.interval: \"10ms\" is less than 1s; "
                + "expected a duration from 1s to 1h; for example 10s"),
        Case(
            "poll:\n  interval: 1s\n  interval: 2s",
            "c.yaml:4:3: poll.interval: the key is given twice, first at c.yaml:3:3; expected each key once"),
        Case(
            "poll: {interval: 1m, stale_after: 30s}",
            "c.yaml:2:35: poll.stale_after: 30s is less than poll.interval, so that every snapshot would be "
                + "withheld; expected 1m or more; for example 3m"),
        Case(
            "poll: {interval: 1m, idle_interval: 30s}",
            "c.yaml:2:37: poll.idle_interval: 30s is less than poll.interval, and no group is asked more "
                + "than once in a round; expected 1m, which asks all groups in every round, or more; "
                + "for example 6m"),
        Case(
            "evaluation: {window: 30s, minimum: 40s}",
            "c.yaml:2:36: evaluation.minimum: 40s is more than evaluation.window, so that nothing could be "
                + "said of a partition with lag; expected 30s or less; for example 30s"),
        Case(
            "log: {level: warning}",
            "c.yaml:2:14: log.level: \"warning\" is not known; "
                + "expected error, warn, info or debug; for example info"),
        Case(
            "web: {max_connections: many}",
            "c.yaml:2:24: web.max_connections: \"many\" is not a whole number; "
                + "expected a whole number from 1 to 10000; for example 128"),
        Case(
            "source: hybird",
            "c.yaml:2:9: source: \"hybird\" is not known (did you mean hybrid?); "
                + "expected admin, offsets-topic or hybrid; for example hybrid"),
        Case(
            "source: admin\nsharding: {group: a, enabled: true}",
            "c.yaml:3:31: sharding.enabled: replicas share groups by the partitions of the offsets topic, "
                + "which source admin does not read; expected source hybrid or offsets-topic, "
                + "or no sharding; for example source: hybrid"),
        Case(
            "sharding: {session_timeout: 5s999ms}",
            "c.yaml:2:29: sharding.session_timeout: \"5s999ms\" is less than 6s; "
                + "expected a duration from 6s to 30m; for example 10s"),
        Case(
            "groups: {include: 7: 8}",
            "c.yaml:2:20: the YAML is malformed (while parsing a flow mapping that begins in line 2: "
                + "did not find expected ',' or '}')"),
        Case(
            "poll: {members: }",
            "c.yaml:2:17: poll.members: has no value; expected true or false; for example true"),
        Case(
            "groups: {exclude: {a: b}}",
            "c.yaml:2:19: groups.exclude: is a mapping; expected a list; "
                + "for example a line that begins with \"- \""),
    ])
    func saysWhereAndWhat(_ test: Case) {
        #expect(problems(withCluster(test.text)) == [test.line])
    }

    @Test func reportsEverythingAtOnceInTheOrderOfLines() {
        let found = problems(
            """
            poll: {interval: x}
            clusters:
              - name: a b
                brokers: [localhost]
                labels: {topic: x}
                properties: {group.id: x, enable.auto.commit: "true"}
              - brokers: []
                name: b
            sauce: admin
            """)
        let starts = [
            "c.yaml:1:18: poll.interval:", "c.yaml:3:11: clusters[0].name:",
            "c.yaml:4:15: clusters[0].brokers[0]:",
            "c.yaml:5:21: clusters[0].labels.topic:", "c.yaml:6:28: clusters[0].properties.group.id:",
            "c.yaml:6:51: clusters[0].properties.enable.auto.commit:", "c.yaml:7:14: clusters[1].brokers:",
            "c.yaml:9:1: sauce: unknown key, did you mean source?",
        ]
        #expect(found.count == starts.count, "\(found)")
        for (line, start) in zip(found, starts) { #expect(line.hasPrefix(start), "\(line)") }
    }

    @Test(arguments: [
        ("brokers: [a:1]", "did you mean clusters[].brokers?"),
        ("interval: 1s", "did you mean poll.interval?"),
        ("kafka: {}", "did you mean clusters?"), ("web: {listen-address: x}", "did you mean listen_address?"),
    ])
    func findsMisplacedKeys(_ text: String, _ words: String) {
        #expect(problems(withCluster(text)).first?.contains(words) == true)
    }

    @Test(arguments: [
        "[]", "7", "{name: x}", "[7]", "[{brokers: {}}]", "[{brokers: [[a]]}]",
        "[{brokers: [a:1], name: ''}]",
        "[{brokers: [a:1, a:1]}]", "[{brokers: [a:0]}]", "[{brokers: ['SSL://a:1']}]",
        "[{brokers: ['::1:9']}]",
        "[{brokers: [a:1]}, {brokers: [b:1]}]", "[{brokers: [a:1], labels: {__x: y}}]",
        "[{brokers: [a:1], labels: {'': y}}]", "[{brokers: [a:1], labels: {x: ''}}]",
        "[{brokers: [a:1], labels: {cluster: y}}]", "[{brokers: [a:1], request_timeout: 99ms}]",
        "[{brokers: [a:1], offsets_chunk: 0}]", "[{brokers: [a:1], properties: {'a b': c}}]",
        "[{brokers: [a:1], properties: {bootstrap.servers: c}}]",
        "[{brokers: [a:1], properties: {rebalance_cb: c}}]",
        "[{brokers: [a:1], properties: {a: b}, properties_files: {a: b}}]",
        "[{brokers: [a:1], properties_environment: {a: b}, properties_files: {a: b}}]",
    ])
    func refusesClusters(_ clusters: String) {
        let found = problems("clusters: \(clusters)")
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix("c.yaml:1:") == true)
    }

    @Test(arguments: [
        "poll: {jitter: 0.51}", "poll: {jitter: -0.1}", "poll: {jitter: nan}", "poll: {jitter: 1e-5}",
        "poll: {jitter: 0.00001}", "poll: {jitter: .5}", "poll: {members: yes}", "poll: {interval: 2h}",
        "poll: {growth_window: 9s}", "poll: {stale_after: 9999999999999999999s}", "poll: []", "poll: 10s",
        "granularity: [topic]", "granularity: Topic", "granularity_overrides: [{groups: a}]",
        "granularity_overrides: [{granularity: topic}]", "granularity_overrides: a",
        "topics: {include: ['a*']}",
        "topics: {include: ['/[/']}", "groups: {include: ['']}", "web: {listen_address: 9876}",
        "web: {listen_address: ':65536'}", "web: {listen_address: 'http://a:1'}", "log: {format: xml}",
        "offsets_topic: {reconcile_interval: 9s}", "offsets_topic: {reconcile_interval: 25h}",
        "offsets_topic: {reconcile_requests: 0}", "offsets_topic: {reconcile_requests: 1001}",
        "offsets_topic: {retry_interval: 999ms}", "offsets_topic: {retry_interval: 2h}",
        "sharding: {enabled: yes}", "sharding: {group: ''}", "sharding: {group: a b}",
        "sharding: {instance_id: a/b}", "sharding: {session_timeout: 31m}", "sharding: true",
        "source: offsets_topic", "source: ''",
        "diagnosis: {lag: 0}", "diagnosis: {lag_age: 0s}", "diagnosis: {loss_margin: 31d}",
        "limits: {series: -1}", "limits: {series: 1e6}", "limits: {label_length: 127}",
        "limits: {label_length: 65537}", "top_partitions: -1", "top_partitions: all",
        "granularity_overrides: [{groups: a, granularity: topic, top_partitions: 5}]",
        "limits: {concurrent_scrapes: 0}", "limits: {concurrent_scrapes: many}",
        "web: {max_connections: +5}", "web: {max_connections: 99999999999999999999}",
    ])
    func refusesValues(_ text: String) {
        let found = problems(withCluster(text))
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.contains("; expected ") == true, "\(found)")
        #expect(found.first?.contains("; for example ") == true, "\(found)")
    }

    @Test func needsACluster() {
        #expect(problems("log: {level: debug}").first?.contains("--kafka.brokers=localhost:9092") == true)
        #expect(problems("").count == 1)
    }

    @Test func hugeListsOfMistakesEndSoon() {
        let clusters = String(repeating: "- {}\n", count: 900)
        #expect(problems(clusters).count == 1)
        #expect(problems("clusters:\n" + clusters).count == 100)
        #expect(problems("clusters:\n" + clusters + clusters).count == 1)
        let unknown = (0..<60_000).map { "key\($0): x\n" }.joined()
        #expect(problems(unknown).count == 100)
    }

    @Test func theReportIsBounded() throws {
        let unknown = (0..<70).map { "key\($0): x\n" }.joined()
        let failure = try #require(throws: ConfigurationFailure.self) { try parse(withCluster(unknown)) }
        let lines = failure.description.split(separator: "\n")
        #expect(lines.count == 51)
        #expect(lines.last == "and 20 more")
    }

    @Test func messagesNeverQuoteSecrets() {
        let text = """
            clusters:
              - brokers: [a:1]
                sasl.password: hunter2
                properties:
                  sasl.password: [hunter2]
                  ssl.key.password: {hunter2: hunter2}
                  group.id: hunter2
            sasl.password: hunter2
            """
        let found = problems(text)
        #expect(found.count == 5)
        #expect(!found.joined().contains("hunter2"))
    }

    @Test func hostileTextsAreShownOnOneLine() {
        let found = problems(
            withCluster("\"a\\nb\\e\": \"x\"\npoll: {interval: \"\(String(repeating: "9", count: 500))\\n\"}")
        )
        #expect(found.count == 2)
        #expect(found.allSatisfy { !$0.contains("\n") && !$0.contains("\u{1B}") && $0.count < 400 })
    }
}
