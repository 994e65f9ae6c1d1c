import ClusterAccess
import HTTPService
import LagModel
import Monitor

/// `GET /api/v1/clusters`: every cluster, how its rounds go and what could not be read.
struct ClustersAPI {
    struct Answer: Encodable {
        var clusters: [Cluster]
    }

    struct Cluster: Encodable {
        var name: String
        var up: Bool
        var stale: Bool
        var clusterId: String?
        var controller: Int32?
        var round: Int64?
        /// When the end offsets were read, seconds since 1970.
        var snapshotTimestamp: Double?
        var ageSeconds: Double?
        var lastFailure: String?
        /// Where commits come from now: `admin`, `offsets-topic` or `hybrid`.
        var source: String
        /// Why the offsets topic is not used although it is configured.
        var sourceFallback: Fallback?
        var offsetsTopic: OffsetsTopic?
        var groups: Int?
        var topics: Int?
        var brokers: [Broker]?
        var unavailable: [Unavailable]?
        var series: Series?
    }

    /// What `/metrics` shows of the cluster.
    struct Series: Encodable {
        /// `limits.series`; left out where there is none.
        var limit: Int?
        /// Series left out because of it.
        var folded: Int
        /// Groups that are shown more coarsely because of it.
        var groupsFolded: Int

        init(_ snapshot: ClusterSnapshot) {
            limit = snapshot.series.limit
            folded = snapshot.series.folded.total
            groupsFolded = snapshot.groups.count { $0.foldedSeries.total > 0 }
        }
    }

    struct Broker: Encodable {
        var id: Int32
        var host: String
        var port: Int32
        var rack: String
        var up: Bool
    }

    struct Unavailable: Encodable {
        var scope: String
        var reason: String
        var count: Int
        var remedy: String
    }

    struct Fallback: Encodable {
        var reason: String
        var remedy: String
    }

    /// How far the offsets topic is read; `/api/v1/shards` has its partitions one by one.
    struct OffsetsTopic: Encodable {
        /// Number of partitions in each state; left out while the partitions are unknown.
        var partitions: [String: Int]?
        var unreadRecords: Int64?
        var recordsByKind: [String: Int64]
        var recordsSkipped: [String: Int64]
        var groupsRemoved: Int64
        var groupsReconciled: Int64
        var reconciliationDifferences: Int64
    }

    static func respond(_ clusters: [PublishedCluster]) -> HTTPResponse {
        APIResponse.json(Answer(clusters: clusters.map(describe)))
    }

    private static func describe(_ published: PublishedCluster) -> Cluster {
        let view = published.view
        let snapshot = view.snapshot
        return Cluster(
            name: view.cluster, up: view.isUp, stale: published.isStale, clusterId: snapshot?.clusterID,
            controller: snapshot?.controller?.rawValue, round: snapshot?.round,
            snapshotTimestamp: snapshot?.endOffsetsRead.wall.secondsSince1970,
            ageSeconds: published.age?.seconds, lastFailure: view.lastFailure?.description,
            source: published.source.rawValue, sourceFallback: snapshot?.offsetsTopic.flatMap(fallback),
            offsetsTopic: snapshot?.offsetsTopic.map(offsetsTopic), groups: snapshot?.groups.count,
            topics: snapshot?.topics.count,
            brokers: snapshot?.brokers.map { status in
                Broker(
                    id: status.broker.id.rawValue, host: status.broker.host, port: status.broker.port,
                    rack: status.broker.rack, up: status.isUp)
            },
            unavailable: snapshot.map(unavailable), series: snapshot.map(Series.init))
    }

    private static func fallback(of status: OffsetsTopicStatus) -> Fallback? {
        guard let reason = status.fallback else { return nil }
        return Fallback(reason: reason.rawValue, remedy: status.remedy(for: reason))
    }

    private static func offsetsTopic(_ status: OffsetsTopicStatus) -> OffsetsTopic {
        var counts: [String: Int] = [:]
        for state in OffsetsTopicStatus.State.allCases { counts[state.rawValue] = 0 }
        for partition in status.partitions { counts[partition.state.rawValue, default: 0] += 1 }
        return OffsetsTopic(
            partitions: status.partitions.isEmpty ? nil : counts, unreadRecords: status.unreadRecords,
            recordsByKind: status.recordsByKind, recordsSkipped: status.recordsSkipped,
            groupsRemoved: status.groupsRemoved, groupsReconciled: status.reconciled,
            reconciliationDifferences: status.reconciliationDifferences)
    }

    private static func unavailable(in snapshot: ClusterSnapshot) -> [Unavailable] {
        snapshot.unavailable
            .sorted {
                ($0.key.scope.rawValue, $0.key.reason.rawValue) < (
                    $1.key.scope.rawValue, $1.key.reason.rawValue
                )
            }
            .map { key, count in
                Unavailable(
                    scope: key.scope.rawValue, reason: key.reason.rawValue, count: count,
                    remedy: key.remedy)
            }
    }
}
