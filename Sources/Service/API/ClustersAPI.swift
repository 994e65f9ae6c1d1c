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
        var groups: Int?
        var topics: Int?
        var brokers: [Broker]?
        var unavailable: [Unavailable]?
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
            groups: snapshot?.groups.count, topics: snapshot?.topics.count,
            brokers: snapshot?.brokers.map { status in
                Broker(
                    id: status.broker.id.rawValue, host: status.broker.host, port: status.broker.port,
                    rack: status.broker.rack, up: status.isUp)
            },
            unavailable: snapshot.map(unavailable))
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
                    remedy: key.reason.remedy)
            }
    }
}
