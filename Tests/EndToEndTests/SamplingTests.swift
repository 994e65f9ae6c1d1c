import Foundation
import KafkaLauncher
import LagwardenTestKit
import Testing

/// Settings of an exporter that reads records.
private enum Sampling {
    static let settings = """
        poll:
          jitter: 0
          metadata_interval: 1s
          last_stable_offset: ["/transactions-.*/"]
        lag_seconds:
          sampling: records

        """
}

extension RealKafka {
    /// Records that are read where Read is granted (`lag_seconds.sampling: records`).
    @Suite struct SamplingTests {
        @Test("a reader that commits its last record + 1 has no stable lag, until there is a record for it")
        func markers() async throws {
            let kafka = try SharedKafka.shared()
            let stage = kafka.stage
            let topic = try await kafka.topic("sampled-transactions")
            let group = kafka.group("transactions-sampled")
            try await stage.beginTransaction("sampled")
            try await stage.produce(inTransaction: "sampled", topic, count: 10)
            try await stage.commitTransaction("sampled")
            try await stage.commitOffsets(group, [PartitionOffset(topic, 0, 10)])
            try await kafka.withExporter(Sampling.settings) { exporter in
                let behind = try await exporter.wait(for: "the marker", groups: [group]) {
                    $0.partition("lag", group, topic, 0) == 1
                        && $0.partition("lag_seconds", group, topic, 0) == 0
                }
                #expect(behind.partition("stable_lag", group, topic, 0) == 0)
                #expect(behind.topic("topic_lag_seconds", group, topic) == 0)
                #expect(behind.group("stable_lag", group) == 0)
                #expect(behind.group("lag_seconds", group) == 0)

                try await stage.beginTransaction("sampled")
                try await stage.produce(inTransaction: "sampled", topic, count: 4)
                try await stage.abortTransaction("sampled")
                let aborted = try await exporter.wait(for: "the aborted records", groups: [group]) {
                    $0.partition("lag", group, topic, 0) == 6
                        && $0.partition("stable_lag", group, topic, 0) == 0
                }
                #expect(aborted.partition("lag_seconds", group, topic, 0) == 0)

                // What is known is not read again, once the last stable offset has come after the marker.
                let samples = try await exporter.settled(more: 2).samples(outcome: "markers")
                let later = try await exporter.settled(more: 2)
                #expect(later.samples(outcome: "markers") == samples)

                let written = Int64(Date().timeIntervalSince1970 * 1000) - 60_000
                try await stage.produce(topic, count: 1, timestamp: written)
                let unread = try await exporter.wait(for: "a record", groups: [group]) {
                    $0.partition("stable_lag", group, topic, 0) == 7
                }
                try Self.expectAge(unread, group, topic, since: written)
                try await stage.commitOffsets(group, [PartitionOffset(topic, 0, 17)])
                try await exporter.wait(for: "the end", groups: [group]) {
                    $0.partition("lag", group, topic, 0) == 0
                        && $0.partition("lag_seconds", group, topic, 0) == 0
                }
            }
        }

        /// An age that is exact.
        static func expectAge(
            _ scrape: Scrape, _ group: String, _ topic: String, since written: Int64,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let moment = try #require(scrape.value("lagwarden_snapshot_timestamp_seconds"))
            let age = try #require(scrape.partition("lag_seconds", group, topic, 0))
            #expect(abs(age - (moment - Double(written) / 1000)) < 0.002, sourceLocation: sourceLocation)
            #expect(
                scrape.partition("lag_seconds_error", group, topic, 0) == 0, sourceLocation: sourceLocation)
            #expect(scrape.group("lag_seconds", group) == age, sourceLocation: sourceLocation)
        }
    }
}

extension GuardedKafka {
    /// The same where the right to Read is missing.
    @Suite struct SamplingRightsTests {
        @Test("without Read ages come from look-ups, with one line in the log; with it they are exact")
        func rights() async throws {
            let kafka = try OwnKafka.shared()
            let topic = "sampled-guarded"
            let written = Int64(Date().timeIntervalSince1970 * 1000) - 100_000
            try await kafka.stage.createTopic(topic)
            try await kafka.stage.produce(topic, count: 5, timestamp: written, step: 10)
            try await kafka.stage.commitOffsets("sampled", [PartitionOffset(topic, 0, 2)])
            let properties = try kafka.cluster.librdkafkaProperties(
                .sasl, user: Guarded.reader, mechanism: "PLAIN")
            let settings = Guarded.settings(properties) + "lag_seconds:\n  sampling: records\n"
            let bootstrap = kafka.cluster.bootstrap(.sasl)
            try await withExporter(bootstrap: bootstrap, settings: settings) { exporter in
                let refused = try await exporter.wait(for: "an age", groups: ["sampled"]) {
                    $0.partition("lag_seconds", "sampled", topic, 0) != nil
                        && ($0.samples(outcome: "topic_unauthorized") ?? 0) > 0
                }
                let moment = try #require(refused.value("lagwarden_snapshot_timestamp_seconds"))
                let age = try #require(refused.partition("lag_seconds", "sampled", topic, 0))
                let bound = try #require(refused.partition("lag_seconds_error", "sampled", topic, 0))
                let truth = moment - Double(written + 20) / 1000
                #expect(abs(age - truth) <= bound + AgeTruth.rounding)
                try await exporter.settled(more: 1)
                let lines = exporter.process.error.split(separator: "\n").filter {
                    $0.contains("may not be read") && $0.contains(topic)
                }
                #expect(lines.count == 1)
            }
            try await kafka.stage.createACL(
                StageACL(
                    principal: "User:\(Guarded.reader.name)", resource: "TOPIC", name: topic,
                    operation: "READ"))
            try await withExporter(bootstrap: bootstrap, settings: settings) { exporter in
                let granted = try await exporter.wait(for: "an exact age", groups: ["sampled"]) {
                    $0.partition("lag_seconds_error", "sampled", topic, 0) == 0
                }
                try RealKafka.SamplingTests.expectAge(granted, "sampled", topic, since: written + 20)
            }
            try await kafka.stage.deleteGroup("sampled")
        }
    }
}

extension Scrape {
    /// Records that were asked for with this outcome.
    fileprivate func samples(outcome: String) -> Double? {
        value("lagwarden_lag_samples_total", ["outcome": outcome])
    }
}
