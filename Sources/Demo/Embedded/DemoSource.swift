package import ClusterAccess
import KafkaClient
package import StructuredLog

/// The embedded cluster as the exporter sees it: through the ordinary client, but for groups.
///
/// Mock brokers know nothing of groups, so the exporter reads them from `__consumer_offsets` alone, and what
/// coordinators would be asked has empty answers. ``close()`` must be called.
package final class DemoSource: ClusterSource, OffsetsFeedProvider {
    private let client: KafkaCluster

    /// Connects to the mock brokers.
    package init(brokers: String, logger: Logger) throws(ClusterError) {
        client = try KafkaCluster(
            settings: KafkaClientSettings(brokers: brokers, requestTimeout: .seconds(5)), logger: logger)
    }

    package func metadata() async throws(ClusterError) -> ClusterMetadata { try await client.metadata() }

    package func listGroups(on broker: BrokerID) async throws(ClusterError) -> GroupListingReply {
        GroupListingReply(groups: [])
    }

    package func describeGroups(_ groups: [GroupID], on broker: BrokerID) async -> [GroupDescription] { [] }

    package func committedOffsets(
        of group: GroupID, on broker: BrokerID
    ) async throws(ClusterError) -> CommittedOffsets {
        CommittedOffsets()
    }

    package func logOffsets(
        _ kind: LogOffsetKind, of partitions: [TopicPartitions], leader: BrokerID
    ) async -> LogOffsets {
        await client.logOffsets(kind, of: partitions, leader: leader)
    }

    package func offsets(atTimes queries: [TopicTimes], leader: BrokerID) async -> TimeLookup {
        await client.offsets(atTimes: queries, leader: leader)
    }

    /// Mock brokers cannot be asked; the embedded cluster keeps its records, and its commits for a week.
    package func configurations(
        of resources: [ConfigurationResource], settings: [String], on broker: BrokerID
    ) async -> [ConfigurationReply] {
        let values = [
            "cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1",
            "min.insync.replicas": "1", "offsets.retention.minutes": "10080",
        ]
        return resources.map { resource in
            ConfigurationReply(
                resource: resource, answer: .success(values.filter { settings.contains($0.key) }))
        }
    }

    package func makeFeed(_ options: FeedOptions) throws(ClusterError) -> any OffsetsFeed {
        try client.makeFeed(options)
    }

    package func requestStatistics() -> RequestStatistics { client.requestStatistics() }

    package func close() async { await client.close() }
}
