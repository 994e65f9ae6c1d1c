/// What one Metadata request says about brokers, topics and partition leaders.
package struct ClusterMetadata: Hashable, Sendable {
    package var clusterID: String?
    /// The broker that acts as controller, where it could be known.
    package var controller: BrokerID?
    /// Live brokers, ascending; a dead broker is missing once its session has ended.
    package var brokers: [Broker]
    /// Topics we may describe, ascending by name; those we may not are absent without an error.
    package var topics: [Topic]

    package init(clusterID: String? = nil, controller: BrokerID? = nil, brokers: [Broker], topics: [Topic]) {
        self.clusterID = clusterID
        self.controller = controller
        self.brokers = brokers
        self.topics = topics
    }

    /// One live broker.
    package struct Broker: Hashable, Sendable {
        package var id: BrokerID
        package var host: String
        package var port: Int32
        /// Empty where the broker has no rack, or the client library cannot tell.
        package var rack: String

        package init(id: BrokerID, host: String, port: Int32, rack: String = "") {
            self.id = id
            self.host = host
            self.port = port
            self.rack = rack
        }
    }

    /// One topic; `error` is set where the cluster names it but cannot describe it.
    package struct Topic: Hashable, Sendable {
        package var name: TopicName
        /// Ascending by partition id, without gaps for a healthy topic.
        package var partitions: [Partition]
        package var error: ClusterError?

        package init(name: TopicName, partitions: [Partition], error: ClusterError? = nil) {
            self.name = name
            self.partitions = partitions
            self.error = error
        }
    }

    /// One partition; no leader means that nobody can read or write it now.
    package struct Partition: Hashable, Sendable {
        package var id: PartitionID
        package var leader: BrokerID?
        package var replicaCount: Int32
        package var inSyncReplicaCount: Int32

        package init(
            id: PartitionID, leader: BrokerID?, replicaCount: Int32 = 1, inSyncReplicaCount: Int32 = 1
        ) {
            self.id = id
            self.leader = leader
            self.replicaCount = replicaCount
            self.inSyncReplicaCount = inSyncReplicaCount
        }
    }
}
