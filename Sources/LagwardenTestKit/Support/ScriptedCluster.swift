package import ClusterAccess

/// The whole state of an imagined cluster; tests change it between rounds.
package struct ScriptedCluster: Sendable {
    package var clusterID: String? = "scripted"
    package var controller: BrokerID?
    package var brokers: [BrokerID: Broker] = [:]
    package var topics: [TopicName: Topic] = [:]
    package var groups: [GroupID: Group] = [:]
    /// Whether look-ups by time tell the timestamp that they found, as librdkafka from 2.3 on does.
    package var tellsTimestamps = false
    /// What DescribeConfigs answers of any broker.
    package var brokerConfiguration = ["offsets.retention.minutes": "10080"]

    /// A cluster of these brokers, all up.
    package init(brokers: [Int32] = [1]) {
        for id in brokers { self.brokers[BrokerID(id)] = Broker(port: 9092 &+ id) }
        controller = brokers.first.map { BrokerID($0) }
    }

    package struct Broker: Sendable {
        /// Down: missing from metadata, and every request to it fails.
        package var isUp = true
        /// Still named by metadata although it is down, as until its session ends.
        package var isListed = true
        package var host = "127.0.0.1"
        package var port: Int32

        package init(port: Int32) { self.port = port }
    }

    package struct Topic: Sendable {
        package var partitions: [Partition]
        /// Metadata names the topic with this error.
        package var error: ClusterError?
        /// What DescribeConfigs answers.
        package var configuration = [
            "cleanup.policy": "delete", "retention.ms": "604800000", "retention.bytes": "-1",
            "min.insync.replicas": "1",
        ]

        package init(partitions: [Partition], error: ClusterError? = nil) {
            self.partitions = partitions
            self.error = error
        }
    }

    package struct Partition: Sendable {
        package var leader: BrokerID?
        package var logStart: Int64
        package var highWatermark: Int64
        package var lastStable: Int64
        package var replicaCount: Int32 = 1
        package var inSyncReplicaCount: Int32 = 1
        /// Answers every question about this partition's log.
        package var error: ClusterError?
        /// Answers look-ups by time only.
        package var timeError: ClusterError?
        /// Offset and timestamp (milliseconds since 1970, -1 for none) of records and markers, ascending by
        /// offset; what lies outside the log is not found.
        package var records: [(offset: Int64, timestamp: Int64)] = []

        /// `lastStable` is the high watermark unless given.
        package init(
            leader: BrokerID? = BrokerID(1), logStart: Int64 = 0, highWatermark: Int64 = 0,
            lastStable: Int64? = nil
        ) {
            self.leader = leader
            self.logStart = logStart
            self.highWatermark = highWatermark
            self.lastStable = lastStable ?? highWatermark
        }

        func offset(_ kind: LogOffsetKind) -> Int64 {
            switch kind {
            case .logStart: logStart
            case .highWatermark: highWatermark
            case .lastStable: lastStable
            }
        }
    }

    package struct Group: Sendable {
        package var coordinator: BrokerID
        package var state: GroupState
        package var isSimple: Bool
        package var type: GroupType?
        package var assignor: String
        package var members: [GroupMember]
        /// Next offsets to read; each topic's partitions may have gaps.
        package var commits: [TopicName: [PartitionID: Int64]]
        /// Partitions that the coordinator names with an error instead of an offset.
        package var commitFailures: [PartitionFailure]
        /// Describing the group answers this; listing it and its commits still work.
        package var describeError: ClusterError?

        package init(
            coordinator: BrokerID = BrokerID(1), state: GroupState = .stable, isSimple: Bool = false,
            type: GroupType? = nil, assignor: String = "range", members: [GroupMember] = [],
            commits: [TopicName: [PartitionID: Int64]] = [:], commitFailures: [PartitionFailure] = [],
            describeError: ClusterError? = nil
        ) {
            self.coordinator = coordinator
            self.state = state
            self.isSimple = isSimple
            self.type = type
            self.assignor = assignor
            self.members = members
            self.commits = commits
            self.commitFailures = commitFailures
            self.describeError = describeError
        }
    }

    /// Adds a topic whose partitions all have the same offsets, led by the brokers in turn.
    package mutating func addTopic(
        _ name: TopicName, partitions: Int, logStart: Int64 = 0, highWatermark: Int64 = 0
    ) {
        let leaders = brokers.keys.sorted()
        let all = (0..<partitions).map { index in
            Partition(
                leader: leaders.isEmpty ? nil : leaders[index % leaders.count], logStart: logStart,
                highWatermark: highWatermark)
        }
        topics[name] = Topic(partitions: all)
    }

    /// Changes one partition, where it exists.
    package mutating func update(
        _ topic: TopicName, _ partition: Int32, _ change: (inout Partition) -> Void
    ) {
        guard var found = topics[topic], found.partitions.indices.contains(Int(partition)) else { return }
        change(&found.partitions[Int(partition)])
        topics[topic] = found
    }

    /// Records a commit of a group, which is made if there is none.
    package mutating func commit(
        _ group: GroupID, _ topic: TopicName, _ partition: Int32, _ offset: Int64
    ) {
        groups[group, default: Group()].commits[topic, default: [:]][PartitionID(partition)] = offset
    }
}
