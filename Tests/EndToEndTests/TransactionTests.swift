import LagwardenTestKit
import Testing

extension RealKafka {
    /// Transactions under a group whose stable lag is asked for.
    @Suite struct TransactionTests {
        @Test("a caught-up reader of committed records has stable lag 0 through commit, hang and abort")
        func stableLag() async throws {
            let kafka = try SharedKafka.shared()
            let (stage, exporter) = (kafka.stage, kafka.exporter)
            let topic = try await kafka.topic("transactions-log")
            let group = kafka.group("transactions-reader")
            let (committing, hanging, aborting) = ("committing", "hanging", "aborting")
            // Kafka's own commits follow the position, which passes the markers of finished transactions.
            let member = StageMember(
                "transactions", group: group, topics: [topic], autoCommit: true, readsCommittedOnly: true,
                follows: true)
            try await kafka.withMember(member, partitions: 1) {
                try await stage.beginTransaction(committing)
                try await stage.produce(inTransaction: committing, topic, count: 10)
                try await stage.commitTransaction(committing)
                let drained = try await exporter.wait(for: "the end of the transaction") {
                    $0.partition("committed_offset", group, topic, 0) == 11
                }
                #expect(drained.partition("stable_lag", group, topic, 0) == 0)
                #expect(drained.partition("lag", group, topic, 0) == 0)
                #expect(drained.log("last_stable_offset", topic) == 11)

                try await stage.beginTransaction(hanging)
                try await stage.produce(inTransaction: hanging, topic, count: 5)
                try await stage.produce(topic, count: 3)
                let stuck = try await exporter.wait(for: "records behind the open transaction") {
                    $0.log("high_watermark", topic) == 19
                }
                #expect(stuck.log("last_stable_offset", topic) == 11)
                #expect(stuck.partition("stable_lag", group, topic, 0) == 0)
                #expect(stuck.partition("lag", group, topic, 0) == 8)
                #expect(stuck.group("stable_lag", group) == 0)
                #expect(stuck.group("lag", group) == 8)
                try await stage.produce(topic, count: 2)
                let growing = try await exporter.wait(for: "a growing end") {
                    $0.log("high_watermark", topic) == 21
                }
                #expect(growing.log("last_stable_offset", topic) == 11)
                #expect(try await stage.stableOffsets(topic) == [11])

                try await stage.commitTransaction(hanging)
                let released = try await exporter.wait(for: "the release") {
                    $0.partition("committed_offset", group, topic, 0) == 22
                }
                #expect(released.log("last_stable_offset", topic) == 22)
                #expect(released.partition("stable_lag", group, topic, 0) == 0)

                try await stage.beginTransaction(aborting)
                try await stage.produce(inTransaction: aborting, topic, count: 4)
                try await stage.abortTransaction(aborting)
                let aborted = try await exporter.wait(for: "the aborted records passed by") {
                    $0.partition("committed_offset", group, topic, 0) == 27
                }
                #expect(aborted.partition("stable_lag", group, topic, 0) == 0)
                #expect(aborted.partition("lag", group, topic, 0) == 0)
                #expect(try await stage.memberState("transactions").consumed == 20)
            }
        }

        @Test("stable lag is exported for the groups that ask for it, and only for them")
        func onlyWhereAskedFor() async throws {
            let kafka = try SharedKafka.shared()
            let topic = try await kafka.topic("plain")
            let (asking, other) = (kafka.group("transactions-plain"), kafka.group("plain"))
            try await kafka.stage.produce(topic, count: 9)
            for group in [asking, other] {
                try await kafka.stage.commitOffsets(group, [PartitionOffset(topic, 0, 2)])
            }
            let scrape = try await kafka.exporter.wait(for: "both groups") { scrape in
                [asking, other].allSatisfy { scrape.group("lag", $0) == 7 }
            }
            #expect(scrape.group("stable_lag", asking) == 7)
            #expect(scrape.group("stable_lag", other) == nil)
        }
    }
}
