package import ClusterAccess
import Foundation
import KafkaClient
package import StructuredLog

/// librdkafka's mock brokers in this process, with real records and an offsets topic in Kafka's own format.
///
/// ``close()`` must be called.
package actor EmbeddedVenue: Venue {
    package static let brokerCount = 3
    package static let offsetsPartitions = 8

    private let cluster: MockCluster
    private let producer: RecordProducer
    /// The cast's own look at the logs, apart from the exporter's.
    private let client: KafkaCluster
    private let logger: Logger
    /// The play as it stands.
    package private(set) var script: CastScript
    /// Records written to the offsets topic so far.
    package private(set) var offsetsRecordsWritten: Int64 = 0
    private var leaders: [BrokerID: [TopicPartitions]] = [:]
    private var nextLook: Duration = .zero

    package init(cast: Cast, seed: UInt64, logger: Logger) throws(ClusterError) {
        script = CastScript(cast: cast, seed: seed)
        // Mock brokers are so old that the client warns of them at every connection.
        let logger = logger.limited(to: .error)
        self.logger = logger
        let cluster = try MockCluster(brokers: Self.brokerCount)
        self.cluster = cluster
        do throws(ClusterError) {
            let brokers = cluster.bootstrapServers
            client = try KafkaCluster(
                settings: KafkaClientSettings(brokers: brokers, clientID: "lagwarden-demo-cast"),
                logger: logger)
            producer = try RecordProducer(settings: TrafficSettings(brokers: brokers))
        } catch {
            cluster.close()
            throw error
        }
    }

    package nonisolated var bootstrapServers: String { cluster.bootstrapServers }

    package nonisolated var hasCoordinators: Bool { false }

    package func makeSource() async throws(ClusterError) -> any ClusterSource & OffsetsFeedProvider {
        try DemoSource(brokers: bootstrapServers, logger: logger)
    }

    package func open() async throws(ClusterError) {
        try cluster.createTopic(CoordinatorPartition.topic, partitions: Self.offsetsPartitions)
        for topic in script.cast.topics {
            try cluster.createTopic(topic.name, partitions: topic.partitions)
        }
        let names = Set(script.cast.topics.map(\.name))
        for topic in try await client.metadata().topics where names.contains(topic.name) {
            for partition in topic.partitions {
                guard let leader = partition.leader else { continue }
                let index = leaders[leader]?.firstIndex { $0.topic == topic.name }
                if let index {
                    leaders[leader]?[index].partitions.append(partition.id)
                } else {
                    leaders[leader, default: []].append(
                        TopicPartitions(topic: topic.name, partitions: [partition.id]))
                }
            }
        }
    }

    package func play(to time: Duration) async throws(ClusterError) {
        if time >= nextLook {
            nextLook = time + .seconds(2)
            await lookForLogStarts()
        }
        let step = script.advance(to: time)
        for batch in step.batches {
            let bytes = script.cast.topic(batch.topic)?.recordBytes ?? 0
            for number in 0..<batch.count {
                let value = RecordText.value(topic: batch.topic, number: Int64(number), bytes: bytes)
                try await producer.produce(
                    batch.topic, partition: batch.partition, key: nil, value: value)
            }
        }
        // Commits must not overtake the records that they are about.
        try await producer.flush(within: .seconds(20))
        let now = Int64(exactly: (Date().timeIntervalSince1970 * 1_000).rounded()) ?? 0
        for entry in step.groups.flatMap({ $0.entries(atMilliseconds: now) }) {
            try await producer.produce(
                CoordinatorPartition.topic,
                partition: CoordinatorPartition.of(entry.group, count: Self.offsetsPartitions),
                key: entry.key, value: entry.value)
            offsetsRecordsWritten += 1
        }
    }

    /// Waits until everything of the steps so far is in the brokers' logs.
    package func settle() async throws(ClusterError) {
        try await producer.flush(within: .seconds(20))
        guard producer.counts.failed == 0 else {
            throw ClusterError(
                producer.counts.lastFailure ?? .other, operation: "write records",
                detail: "\(producer.counts.failed) records were refused")
        }
    }

    /// The mock brokers keep 5 MB of each partition: readers that are too slow go on at the new log start.
    private func lookForLogStarts() async {
        for (leader, partitions) in leaders {
            let answer = await client.logOffsets(.logStart, of: partitions, leader: leader)
            for topic in answer.topics {
                for (partition, offset) in zip(topic.partitions, topic.offsets) {
                    script.noteLogStart(topic.name, partition, offset)
                }
            }
        }
    }

    package func close() async {
        await producer.close()
        await client.close()
        cluster.close()
    }
}
