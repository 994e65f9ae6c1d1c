package import ClusterAccess
import KafkaClient
import Locking
import OffsetsTopic
package import StructuredLog

/// The embedded cluster as the exporter sees it.
///
/// Metadata and log offsets come from the brokers through the ordinary client. Mock brokers know nothing of
/// groups, so those answers come from `__consumer_offsets`, read from its beginning and followed by a task of
/// this object. ``close()`` must be called.
package final class DemoSource: ClusterSource {
    private let client: KafkaCluster
    private let feed: any OffsetsFeed
    private let partitions: Int
    private let state: Mutex<State>
    private let logger: Logger

    private struct State {
        var groups = GroupTable()
        /// Partitions read up to the end that they had then.
        var caughtUp: Set<PartitionID> = []
        var coordinators: [PartitionID: BrokerID] = [:]
        /// Next offset to be read, by partition.
        var positions: [PartitionID: Int64] = [:]
        var reading: Task<Void, Never>?
    }

    /// Connects to the mock brokers and starts to read the `partitions` of their offsets topic.
    package init(brokers: String, partitions: Int, logger: Logger) throws(ClusterError) {
        self.partitions = partitions
        self.logger = logger
        client = try KafkaCluster(
            settings: KafkaClientSettings(brokers: brokers, requestTimeout: .seconds(5)), logger: logger)
        feed = try client.makeFeed(FeedOptions())
        state = Mutex(State())
        let task = Task { await self.follow() }
        state.withLock { $0.reading = task }
    }

    /// Reads until the feed is closed.
    private func follow() async {
        let all = (0..<partitions).map { (PartitionID(Int32(clamping: $0)), FeedStart.beginning) }
        do throws(ClusterError) {
            try await feed.follow(Dictionary(uniqueKeysWithValues: all))
        } catch {
            return logger.error("the offsets topic cannot be read", ["error": error.description])
        }
        while !Task.isCancelled {
            do throws(ClusterError) {
                absorb(try await feed.nextBatch(limit: 2_000, within: .milliseconds(250)).records)
            } catch {
                if error.reason != .closed, error.reason != .cancelled {
                    logger.error("the offsets topic cannot be read", ["error": error.description])
                }
                return
            }
        }
    }

    private func absorb(_ batch: RecordBatch) {
        for failure in batch.failures {
            logger.debug("a partition of the offsets topic", ["error": failure.error.description])
        }
        guard !batch.isEmpty || !batch.endsReached.isEmpty else { return }
        state.withLock { state in
            for index in 0..<batch.count {
                state.groups.apply(OffsetsRecord(key: batch.key(index), value: batch.value(index)))
                state.positions[batch.partitions[index]] = batch.offsets[index] + 1
            }
            for end in batch.endsReached { state.caughtUp.insert(end.partition) }
        }
    }

    /// Records of the offsets topic taken in so far, over all partitions; it grows with the commits.
    package var recordsRead: Int64 { state.withLock { $0.positions.values.reduce(0, +) } }

    package func metadata() async throws(ClusterError) -> ClusterMetadata {
        let metadata = try await client.metadata()
        let topic = metadata.topics.first { $0.name == CoordinatorPartition.topic }
        let leaders = (topic?.partitions ?? []).compactMap { partition in
            partition.leader.map { (partition.id, $0) }
        }
        state.withLock { state in
            state.coordinators = Dictionary(leaders) { first, _ in first }
        }
        return metadata
    }

    package func listGroups(on broker: BrokerID) async throws(ClusterError) -> GroupListingReply {
        state.withLock { state in
            let groups = state.groups.listing { group in
                let partition = CoordinatorPartition.of(group, count: partitions)
                return partition.flatMap { state.coordinators[$0] } == broker
            }
            let isLoading = state.coordinators.contains { partition, leader in
                leader == broker && !state.caughtUp.contains(partition)
            }
            let error = ClusterError(.coordinatorLoading, operation: "list groups", broker: broker)
            return GroupListingReply(groups: groups, partialError: isLoading ? error : nil)
        }
    }

    package func describeGroups(_ groups: [GroupID], on broker: BrokerID) async -> [GroupDescription] {
        state.withLock { state in groups.map { state.groups.description(of: $0) } }
    }

    package func committedOffsets(
        of group: GroupID, on broker: BrokerID
    ) async throws(ClusterError) -> CommittedOffsets {
        state.withLock { $0.groups.commits(of: group) }
    }

    package func logOffsets(
        _ kind: LogOffsetKind, of partitions: [TopicPartitions], leader: BrokerID
    ) async -> LogOffsets {
        await client.logOffsets(kind, of: partitions, leader: leader)
    }

    package func requestStatistics() -> RequestStatistics { client.requestStatistics() }

    package func close() async {
        let reading = state.withLock { $0.reading }
        reading?.cancel()
        await feed.close()
        await reading?.value
        await client.close()
    }
}
