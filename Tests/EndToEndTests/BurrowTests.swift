import KafkaLauncher
import LagwardenTestKit
import Testing

extension RealKafka {
    /// Debian's Burrow beside the exporter: both judge the same groups, and answer in the same shapes.
    ///
    /// Only with Kafka 3: see ``BurrowServer/isUsable``. Where the two differ on purpose, Burrow's ten
    /// commits and our stretch of time are made to see the same here; `EvaluationTableTests` has the
    /// differences.
    @Suite(.enabled(if: BurrowServer.isUsable)) struct BurrowTests {
        /// A window of twenty seconds, about as long as Burrow's ten commits take.
        private static let settings = """
            poll: {jitter: 0, metadata_interval: 1s, stale_after: 1m}
            evaluation: {window: 20s, minimum: 5s}

            """

        /// What each group is to be called.
        private static let expected = [
            "keeps-up": "OK", "falls-behind": "WARN", "stopped": "STOP", "stalled": "STALL",
            "rewound": "REWIND",
        ]

        @Test("the same verdicts on a group that keeps up, falls behind, stopped, stalls and was rewound")
        func verdicts() async throws {
            let kafka = try SharedKafka.shared()
            let scene = try await Scene(kafka)
            let burrow = try await BurrowServer.start(
                bootstrap: kafka.cluster.bootstrap, cluster: Scrape.cluster)
            do {
                try await kafka.withExporter(Self.settings) { exporter in
                    try await scene.play(until: .seconds(70)) { ours, theirs in
                        ours == Self.expected && theirs == Self.expected
                    } asking: {
                        (
                            try await scene.verdicts(by: { try await exporter.burrow($0) }),
                            try await scene.verdicts(by: { try await burrow.get($0).json })
                        )
                    }
                    try await compareShapes(exporter, burrow, scene)
                    try await compareMetrics(exporter, scene)
                }
            } catch {
                await burrow.stop()
                throw error
            }
            await burrow.stop()
        }

        /// Every endpoint: status, message, and the same keys with values of the same types.
        private func compareShapes(
            _ exporter: ServedExporter, _ burrow: BurrowServer, _ scene: Scene
        ) async throws {
            let cluster = "/v3/kafka/\(Scrape.cluster)"
            let group = "\(cluster)/consumer/\(scene.group("stopped"))"
            let topic = scene.topic("stopped")
            let paths = [
                "/v3/kafka", cluster, "/v3/config/cluster/\(Scrape.cluster)", "\(cluster)/topic",
                "\(cluster)/topic/\(topic)", "\(cluster)/topic/\(topic)/consumers", "\(cluster)/consumer",
                group, "\(group)/status", "\(group)/lag", "/v3/kafka/nowhere", "/v3/kafka/nowhere/topic",
                "/v3/kafka/nowhere/consumer", "\(cluster)/topic/nothing", "\(cluster)/consumer/nobody",
                "\(cluster)/consumer/nobody/status", "\(cluster)/consumer/nobody/lag", "/v3/nothing",
                "/burrow/admin",
            ]
            for path in paths {
                let theirs = try await burrow.get(path)
                let ours = try await exporter.get(path)
                let json = JSONValue(decoding: ours.body) ?? .null
                #expect(ours.status == theirs.answer.status, "\(path)")
                #expect(ours["Content-Type"] == theirs.answer["Content-Type"], "\(path)")
                #expect(json["message"] == theirs.json["message"], "\(path)")
                #expect(json["error"] == theirs.json["error"], "\(path)")
                #expect(json["request"] == theirs.json["request"], "\(path)")
                var shape = json.shape
                // Newer versions of Burrow than Debian's say when they saw a commit, and so do we.
                shape = shape.filter { !$0.key.hasSuffix(".observedAt") }
                for (place, type) in theirs.json.shape where type != "null" {
                    #expect(shape[place] == type, "\(path) lacks \(place)")
                }
                let more = shape.keys.filter { theirs.json.shape[$0] == nil }
                #expect(more.isEmpty, "\(path) has more: \(more)")
            }
            #expect(try await exporter.get("/burrow/admin").text == "GOOD")
            // Newer than Debian's Burrow.
            #expect(try await exporter.get("/burrow/admin/ready").text == "READY")
            let (ours, theirs) = (
                try await exporter.burrow("\(group)/lag")["status"],
                try await burrow.get("\(group)/lag").json["status"]
            )
            for key in ["cluster", "group", "partition_count"] { #expect(ours[key] == theirs[key]) }
            #expect(ours["maxlag"]["topic"] == theirs["maxlag"]["topic"])
            // What it committed last, and when, is the same to the millisecond.
            let (end, theirEnd) = (ours["partitions"][0]["end"], theirs["partitions"][0]["end"])
            #expect(end["offset"] == theirEnd["offset"])
            #expect(end["timestamp"] == theirEnd["timestamp"])
        }

        /// The same verdicts as metrics and in our own JSON.
        private func compareMetrics(_ exporter: ServedExporter, _ scene: Scene) async throws {
            let scrape = try await exporter.scrape()
            let (group, topic) = (scene.group("stopped"), scene.topic("stopped"))
            #expect(scrape.group("status", group, ["status": "ERR"]) == 1)
            #expect(scrape.group("status", group, ["status": "OK"]) == 0)
            #expect(scrape.group("status_partitions", group, ["status": "STOP"]) == 1)
            #expect(scrape.partition("status", group, topic, 0) == 4)
            let detail = try await exporter.group(group)
            #expect(detail["summary"]["evaluation"]["status"] == "ERR")
            #expect(detail["summary"]["evaluation"]["worst"]["status"] == "STOP")
            #expect(detail["partitions"][0]["status"] == "STOP")
        }
    }
}

/// Five groups that commit about once a second, each on a topic of its own.
private final class Scene: Sendable {
    private let kafka: SharedKafka
    private static let names = ["keeps-up", "falls-behind", "stopped", "stalled", "rewound"]

    init(_ kafka: SharedKafka) async throws {
        self.kafka = kafka
        for name in Self.names {
            _ = kafka.group(group(name))
            _ = try await kafka.topic(topic(name))
            try await kafka.stage.produce(topic(name), count: 1000)
        }
    }

    func group(_ name: String) -> String { "judged-\(name)" }
    func topic(_ name: String) -> String { "judged-\(name)" }

    /// Status of each group's only partition, or the group's own where that is not shown.
    func verdicts(by ask: (String) async throws -> JSONValue) async throws -> [String: String] {
        var verdicts: [String: String] = [:]
        for name in Self.names {
            let path = "/v3/kafka/\(Scrape.cluster)/consumer/\(group(name))/lag"
            let status = try await ask(path)["status"]
            let partition = status["partitions"][0]["status"].string ?? "none"
            verdicts[name] = partition
            let isBad = !["OK", "WARN", "NOTFOUND", "none"].contains(partition)
            if status["status"].string != (isBad ? "ERR" : partition) {
                verdicts[name] = "\(partition) in \(status["status"].encoded)"
            }
        }
        return verdicts
    }

    /// Lets groups read and commit until both verdicts satisfy `isDone`; one rewinds when the other has
    /// stopped in the eyes of both.
    func play(
        until limit: Duration, _ isDone: ([String: String], [String: String]) -> Bool,
        asking ask: () async throws -> ([String: String], [String: String])
    ) async throws {
        let deadline = ContinuousClock.now + limit
        var hasRewound = false
        var round: Int64 = 0
        while true {
            round += 1
            for name in Self.names { try await kafka.stage.produce(topic(name), count: 20) }
            // Burrow compares a commit with the end that it asked for within the last second.
            try await Task.sleep(for: .milliseconds(1200))
            try await commit("keeps-up", 1000 + 20 * round)
            try await commit("falls-behind", 500 + 10 * round)
            if round <= 11 { try await commit("stopped", 900 + 10 * round) }
            try await commit("stalled", 700)
            try await commit("rewound", hasRewound ? 100 + 10 * round : 900 + round)
            let (ours, theirs) = try await ask()
            if isDone(ours, theirs) { return }
            if ours["stopped"] == "STOP", theirs["stopped"] == "STOP" { hasRewound = true }
            guard ContinuousClock.now < deadline else {
                throw LaunchError("after \(round) commits we say \(ours), and Burrow \(theirs)")
            }
        }
    }

    private func commit(_ name: String, _ offset: Int64) async throws {
        try await kafka.stage.commitOffsets(group(name), [PartitionOffset(topic(name), 0, offset)])
    }
}

extension ServedExporter {
    /// An answer in Burrow's shape.
    fileprivate func burrow(_ path: String) async throws -> JSONValue {
        try #require(JSONValue(decoding: try await get(path).body))
    }
}

extension JSONValue {
    /// Type of the value at each place, the elements of an array being one place; `null` gives way.
    fileprivate var shape: [String: String] {
        var shape: [String: String] = [:]
        collect(into: &shape, at: "")
        return shape
    }

    private func collect(into shape: inout [String: String], at place: String) {
        let type =
            switch self {
            case .null: "null"
            case .bool: "bool"
            case .integer, .number: "number"
            case .string: "string"
            case .array: "array"
            case .object: "object"
            }
        if type != "null" || shape[place] == nil { shape[place] = type }
        for element in elements { element.collect(into: &shape, at: place + "[]") }
        // Names of topics are keys in one place.
        let isByTopic = place == ".topics"
        for (key, value) in members {
            value.collect(into: &shape, at: place + (isByTopic ? ".*" : ".\(key)"))
        }
    }
}
