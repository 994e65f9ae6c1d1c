import ClusterAccess
import HTTPService
import LagModel
import Monitor

/// `GET /api/v1/shards`: every partition of each cluster's offsets topic, how far it is read and who has it.
struct ShardsAPI {
    struct Answer: Encodable {
        var clusters: [Cluster]
    }

    /// One cluster; before its first snapshot with its name and source only.
    struct Cluster: Encodable {
        var name: String
        var source: String
        var stale: Bool
        /// When the end offsets of the snapshot were read, seconds since 1970.
        var snapshotTimestamp: Double?
        /// Whether other replicas share the groups of the cluster.
        var sharded: Bool?
        /// The consumer group of the replicas.
        var group: String?
        var instanceId: String?
        /// Whether this replica is a member with a valid session.
        var member: Bool?
        /// Times that partitions were assigned, revoked or lost.
        var changes: Int64?
        /// Left out where the offsets topic is not asked for.
        var partitions: [Partition]?
    }

    struct Partition: Encodable {
        var partition: Int32
        /// `current`, `loading`, `blocked`, `unavailable` or `elsewhere`.
        var state: String
        /// Whether this replica watches the groups of the partition.
        var held: Bool
        /// Next offset to be read.
        var position: Int64?
        var highWatermark: Int64?
        var lastStableOffset: Int64?
        /// Groups that this replica watches in it.
        var groups: Int
        var reason: String?
        var remedy: String?
    }

    static func respond(_ request: HTTPRequest, _ clusters: [PublishedCluster]) -> HTTPResponse {
        do throws(ParameterProblem) {
            return APIResponse.json(Answer(clusters: try clusters.chosen(by: request).map(describe)))
        } catch {
            return error.response
        }
    }

    private static func describe(_ published: PublishedCluster) -> Cluster {
        let snapshot = published.view.snapshot
        let status = snapshot?.offsetsTopic
        let shard = status?.shard
        return Cluster(
            name: published.view.cluster, source: published.source.rawValue, stale: published.isStale,
            snapshotTimestamp: snapshot?.endOffsetsRead.wall.secondsSince1970,
            sharded: snapshot == nil ? nil : shard != nil, group: shard?.group.rawValue,
            instanceId: shard?.instanceID, member: shard?.isMember, changes: shard?.changes,
            partitions: status.map { status in
                status.partitions.map { describe($0, of: status) }
            })
    }

    private static func describe(
        _ partition: OffsetsTopicStatus.Partition, of status: OffsetsTopicStatus
    ) -> Partition {
        Partition(
            partition: partition.id.rawValue, state: partition.state.rawValue, held: partition.isHeld,
            position: partition.position, highWatermark: partition.highWatermark,
            lastStableOffset: partition.lastStable, groups: partition.groups,
            reason: partition.reason?.rawValue, remedy: partition.reason.map(status.remedy))
    }
}
