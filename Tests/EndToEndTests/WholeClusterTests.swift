import LagwardenTestKit
import Testing

extension RealKafka {
    /// Everything together, after the other tests, which stand before these in the order of files.
    @Suite struct WholeClusterTests {
        /// A commit and what follows from it, as two programs see it.
        private struct Row: Hashable, Comparable {
            var group: String
            var topic: String
            var partition: Int32
            var committed: Int64
            var logEnd: Int64
            var lag: Int64

            static func < (left: Row, right: Row) -> Bool {
                (left.group, left.topic, left.partition) < (right.group, right.topic, right.partition)
            }
        }

        @Test("all groups together are what Kafka's own tool prints, partition by partition")
        func wholeOracle() async throws {
            let kafka = try SharedKafka.shared()
            let scrape = try await kafka.exporter.settled()
            let rows = try await kafka.oracle.offsets()
            let theirs = rows.compactMap { row -> Row? in
                guard let committed = row.committed, let logEnd = row.logEnd else { return nil }
                // The tool knows nothing of log starts and lets lag be negative.
                let start = Int64(scrape.log("log_start_offset", row.topic, row.partition) ?? 0)
                return Row(
                    group: row.group, topic: row.topic, partition: row.partition, committed: committed,
                    logEnd: logEnd, lag: max(0, logEnd - max(committed, start)))
            }
            let lags = scrape.document.samples("kafka_consumer_group_partition_lag")
            let ours = lags.compactMap { sample -> Row? in
                guard let group = sample["group"], let topic = sample["topic"],
                    let partition = sample["partition"].flatMap({ Int32($0) }),
                    let committed = scrape.partition("committed_offset", group, topic, partition),
                    let logEnd = scrape.log("high_watermark", topic, partition)
                else { return nil }
                return Row(
                    group: group, topic: topic, partition: partition, committed: Int64(committed),
                    logEnd: Int64(logEnd), lag: Int64(sample.value))
            }
            #expect(ours.count == lags.count)
            #expect(ours.sorted() == theirs.sorted())
            #expect(ours.contains { $0.group == "keepsake" })
            for (group, rows) in Dictionary(grouping: ours, by: \.group) {
                #expect(scrape.group("lag", group) == Double(rows.map(\.lag).reduce(0, +)), "\(group)")
            }
            let states = try await kafka.oracle.states()
            for state in states { #expect(scrape.state(of: state.group) == state.state, "\(state.group)") }
            let groups = Set(scrape.document.samples("kafka_consumer_group_info").compactMap { $0["group"] })
            // The tool leaves out what is no consumer group; the offsets topic does not.
            let others = groups.subtracting(states.map(\.group))
            #expect(groups.isSuperset(of: states.map(\.group)))
            #expect(others.isSubset(of: ["connect-like", "share"]), "\(others)")
        }

        @Test("reading has changed nothing: no topic, no group and no commit but those that the tests made")
        func nothingChanged() async throws {
            let kafka = try SharedKafka.shared()
            let topics = try await kafka.stage.listTopics()
            #expect(Set(topics.filter { !$0.hasPrefix("__") }) == kafka.madeSoFar.topics)
            let groups = try await kafka.stage.listGroups().map(\.group)
            #expect(Set(groups).subtracting(kafka.madeSoFar.groups) == [])
            #expect(!groups.contains("lagwarden"))
            #expect(try await kafka.stage.committed("keepsake") == SharedKafka.keepsake)
            var before: [String: [PartitionOffset]] = [:]
            for group in groups { before[group] = try await kafka.stage.committed(group) }
            try await kafka.exporter.settled(more: 1)
            for group in groups { #expect(try await kafka.stage.committed(group) == before[group]) }
        }
    }
}
