import Foundation
import KafkaLauncher
import LagwardenTestKit
import Testing

extension GuardedKafka {
    /// The same binary on the newest librdkafka, which `scripts/newest-librdkafka.sh` fetches.
    @Suite(.enabled(if: NewestLibrdkafka.isAvailable))
    struct NewestLibrdkafkaTests {
        @Test("classic and KIP-848 groups have the lag that Kafka's own tool prints, and members and types")
        func newest() async throws {
            let kafka = try OwnKafka.shared()
            let group = "newest-consumer"
            let member = StageMember(
                "newest", group: group, topics: [Guarded.visible], groupProtocol: .consumer)
            try await kafka.stage.startMember(member)
            try await kafka.stage.waitForAssignment(of: ["newest"], partitions: 2)
            try await kafka.stage.commitMember(
                "newest", [PartitionOffset(Guarded.visible, 0, 1), PartitionOffset(Guarded.visible, 1, 10)])
            try await withExporter(
                bootstrap: kafka.cluster.bootstrap, environment: ["LD_LIBRARY_PATH": NewestLibrdkafka.folders]
            ) { exporter in
                let scrape = try await exporter.wait(for: "all groups") { scrape in
                    scrape.group("lag", group) == 9 && scrape.group("lag", Guarded.idle) == 18
                        && scrape.group("members", Guarded.working) == 1
                        && scrape.group("members", group) == 1
                }
                let build = try #require(scrape.document.samples("lagwarden_build_info").first)
                let version = try #require(build["librdkafka"])
                print("NewestLibrdkafkaTests: librdkafka \(version)")
                #expect(version.compare("2.10.0", options: .numeric) != .orderedAscending)
                for name in [group, Guarded.working, Guarded.idle, Guarded.hidden] {
                    for row in try await kafka.oracle.offsets(of: name) {
                        let lag = scrape.partition("lag", name, row.topic, row.partition)
                        #expect(lag == row.lag.map(Double.init), "\(row)")
                    }
                }
                #expect(scrape.info(of: group)["type"] == "consumer")
                #expect(scrape.info(of: Guarded.working)["type"] == "classic")
                #expect(scrape.state(of: group) == "Stable")
                #expect(scrape.state(of: Guarded.working) == "Stable")
                #expect(scrape.state(of: Guarded.idle) == "Empty")
                #expect(scrape.group("members", group) == 1)
                #expect(scrape.group("member_partitions_max", group) == 2)
                #expect(scrape.unavailable == 0)
                let answer = try await exporter.get("/api/v1/groups/\(group)")
                let described = try #require(JSONValue(decoding: answer.body))
                #expect(described["members"].elements.count == 1)
            }
            try await kafka.stage.closeMember("newest")
            try await kafka.stage.deleteGroup(group)
        }

        /// A door that wants SCRAM.
        @Test("SASL/SCRAM gets through, with and without TLS", arguments: [KafkaListener.sasl, .saslOverTLS])
        func scram(_ listener: KafkaListener) async throws {
            let kafka = try OwnKafka.shared()
            let mechanism = listener == .sasl ? "SCRAM-SHA-256" : "SCRAM-SHA-512"
            let properties = try kafka.cluster.librdkafkaProperties(
                listener, user: Guarded.reader, mechanism: mechanism)
            try await withExporter(
                bootstrap: kafka.cluster.bootstrap(listener), settings: Guarded.settings(properties),
                environment: ["LD_LIBRARY_PATH": NewestLibrdkafka.folders]
            ) { exporter in
                let scrape = try await exporter.wait(for: "all groups") { scrape in
                    [Guarded.working, Guarded.idle, Guarded.hidden].allSatisfy {
                        scrape.group("lag", $0) == 18
                    }
                }
                #expect(scrape.unavailable == 0)
            }
        }
    }
}

/// Where the newest librdkafka is.
enum NewestLibrdkafka {
    /// Folders with the library and what it needs, as the script prints them.
    static let folders = ProcessInfo.processInfo.environment["LAGWARDEN_NEWEST_LIBRDKAFKA"] ?? ""

    static let isAvailable: Bool = KafkaRequirement.check(
        "the binary with the newest librdkafka", isMet: !folders.isEmpty,
        reason: {
            "LAGWARDEN_NEWEST_LIBRDKAFKA is not set (scripts/newest-librdkafka.sh prints it)"
        })
}
