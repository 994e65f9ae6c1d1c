package import ClusterAccess
import LagwardenTestKit
import Locking

/// A large cluster that exists as arithmetic, asked and read as librdkafka's client is.
///
/// Replies are exact and immediate. Requests count as that client sends them (500 partitions in a
/// ListOffsets). What answering costs is on ``meter``. Safe from any task.
package final class LoadSource: ClusterSource, OffsetsFeedProvider {
    private struct State {
        var cluster: LoadCluster
        /// Milliseconds since 1970.
        var time: Int64
        var statistics = RequestStatistics()
        var feeds: [LoadFeed] = []
        var isClosed = false
    }

    package let meter: CallMeter
    private let state: Mutex<State>
    private let desk = Desk()
    private static let partitionsPerRequest = 500

    /// `time` is when the cluster was made, in milliseconds since 1970.
    package init(_ cluster: LoadCluster, at time: Int64, meter: CallMeter = CallMeter()) {
        self.meter = meter
        state = Mutex(State(cluster: cluster, time: time))
    }

    /// Looks at the cluster.
    package func read<Value: Sendable>(_ look: (LoadCluster) -> Value) -> Value {
        state.withLock { look($0.cluster) }
    }

    /// Lets something happen in the cluster at a time and hands what it writes to the feeds.
    package func happen(at time: Int64, _ change: (inout LoadCluster) -> [OffsetsEntry]) {
        let feeds = meter.measure {
            state.withLock { state in
                state.time = time
                let written = change(&state.cluster)
                for feed in state.feeds { feed.push(written) }
                return state.feeds
            }
        }
        for feed in feeds { feed.bell.ring() }
    }

    /// Waits until every feed has delivered what there is.
    package func waitUntilRead() async {
        for feed in state.withLock({ $0.feeds }) { await feed.bell.waitUntilIdle() }
    }

    package func makeFeed(_ options: FeedOptions) throws(ClusterError) -> any OffsetsFeed {
        let feed = LoadFeed(source: self, meter: meter)
        state.withLock { state in
            state.feeds.removeAll(where: \.bell.isClosed)
            state.feeds.append(feed)
        }
        return feed
    }

    /// What a feed that begins with these partitions has to deliver; `body` runs before anything else is
    /// written.
    func begin(
        _ starts: [PartitionID: FeedStart],
        _ body: ([(owner: Int, history: [OffsetsEntry], end: Int64)]) -> Void
    ) {
        meter.measure {
            state.withLock { state in
                body(
                    starts.map { partition, start in
                        let owner = Int(partition.rawValue)
                        guard state.cluster.ends.indices.contains(owner) else { return (owner, [], 0) }
                        let end = state.cluster.ends[owner]
                        if case .offset(let offset) = start, offset >= end { return (owner, [], end) }
                        return (owner, state.cluster.history(of: owner, at: state.time), end)
                    })
            }
        }
    }
}

extension LoadSource {
    /// Answers one request out of the state, and counts it.
    private func answer<Value: Sendable>(
        _ kind: RequestKind, _ broker: BrokerID?, requests: Int = 1,
        _ body: @Sendable @escaping (LoadCluster) -> Value
    ) async throws(ClusterError) -> Value {
        let value = await desk.take { [self] in
            meter.measure {
                let cluster = state.withLock { state -> LoadCluster? in
                    guard !state.isClosed else { return nil }
                    for _ in 0..<requests {
                        state.statistics.record(kind, broker: broker, seconds: 0.001, failure: nil)
                    }
                    return state.cluster
                }
                return cluster.map(body)
            }
        }
        meter.count(requests: requests)
        guard let value else { throw ClusterError(.closed, operation: kind.rawValue, broker: broker) }
        return value
    }

    /// Where replies are made, one after the other as on the client's own thread, so that threads of what is
    /// measured do not wait for each other here.
    private actor Desk {
        func take<Value: Sendable>(_ work: @Sendable () -> Value) -> Value { work() }
    }

    package func metadata() async throws(ClusterError) -> ClusterMetadata {
        try await answer(.metadata, nil) { $0.metadata() }
    }

    package func listGroups(on broker: BrokerID) async throws(ClusterError) -> GroupListingReply {
        try await answer(.listGroups, broker) { $0.listing(of: broker) }
    }

    package func describeGroups(_ groups: [GroupID], on broker: BrokerID) async -> [GroupDescription] {
        let found = try? await answer(.describeGroups, broker, requests: groups.count) { cluster in
            groups.map { cluster.describe($0) }
        }
        return found
            ?? groups.map {
                GroupDescription(
                    group: $0, state: .unknown, error: ClusterError(.closed, operation: "describe groups"))
            }
    }

    package func committedOffsets(
        of group: GroupID, on broker: BrokerID
    ) async throws(ClusterError) -> CommittedOffsets {
        try await answer(.offsetFetch, broker) { $0.commits(of: group) }
    }

    package func logOffsets(
        _ kind: LogOffsetKind, of partitions: [TopicPartitions], leader: BrokerID
    ) async -> LogOffsets {
        let count = partitions.reduce(0) { $0 + $1.partitions.count }
        do throws(ClusterError) {
            return try await answer(.listOffsets, leader, requests: Self.requests(for: count)) {
                $0.logOffsets(kind, of: partitions, leader: leader)
            }
        } catch {
            return LogOffsets(failures: partitions.flatMap { Self.failures(of: $0, error) })
        }
    }

    package func offsets(atTimes queries: [TopicTimes], leader: BrokerID) async -> TimeLookup {
        let requests = Self.requests(for: queries.reduce(0) { $0 + $1.partitions.count })
        do throws(ClusterError) {
            var reply = try await answer(.listOffsets, leader, requests: requests) {
                $0.offsets(atTimes: queries, leader: leader)
            }
            reply.requests = requests
            return reply
        } catch {
            let asked = queries.map { TopicPartitions(topic: $0.topic, partitions: $0.partitions) }
            return TimeLookup(failures: asked.flatMap { Self.failures(of: $0, error) }, requests: 1)
        }
    }

    package func configurations(
        of resources: [ConfigurationResource], settings: [String], on broker: BrokerID
    ) async -> [ConfigurationReply] {
        do throws(ClusterError) {
            return try await answer(.describeConfigs, broker) { cluster in
                resources.map { cluster.configuration(of: $0) }
            }
        } catch {
            return resources.map { ConfigurationReply(resource: $0, answer: .failure(error)) }
        }
    }

    package func requestStatistics() -> RequestStatistics { state.withLock { $0.statistics } }

    package func close() async { state.withLock { $0.isClosed = true } }

    private static func requests(for partitions: Int) -> Int {
        max(1, (partitions + partitionsPerRequest - 1) / partitionsPerRequest)
    }

    private static func failures(of asked: TopicPartitions, _ error: ClusterError) -> [PartitionFailure] {
        asked.partitions.map { PartitionFailure(topic: asked.topic, partition: $0, error: error) }
    }
}
