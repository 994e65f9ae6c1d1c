import ClusterAccess

/// The newest metadata with the look-ups that a round needs.
struct ClusterTopology: Sendable {
    let metadata: ClusterMetadata
    /// When it was read.
    private(set) var read: MonotonicTime
    private let indexByName: [TopicName: Int]
    private let coordinatorLeaders: [BrokerID?]
    /// Partitions with fewer replicas in sync than they have, of topics that have such.
    private let underReplicated: [TopicName: [Int32]]

    /// Metadata that says what `before` said shares its storage, so that rounds see at once that it is the
    /// same.
    init(_ metadata: ClusterMetadata, read: MonotonicTime, before: ClusterTopology? = nil) {
        if let before, before.metadata == metadata {
            self = before
            self.read = read
            return
        }
        self.metadata = metadata
        self.read = read
        indexByName = Dictionary(metadata.topics.enumerated().map { ($1.name, $0) }) { first, _ in first }
        let offsetsTopic = indexByName[CoordinatorPartition.topic].map { metadata.topics[$0] }
        coordinatorLeaders = offsetsTopic?.partitions.map(\.leader) ?? []
        var underReplicated: [TopicName: [Int32]] = [:]
        for topic in metadata.topics {
            for partition in topic.partitions where partition.inSyncReplicaCount < partition.replicaCount {
                underReplicated[topic.name, default: []].append(partition.id.rawValue)
            }
        }
        self.underReplicated = underReplicated
    }

    /// The topic, if the cluster describes it to us without an error.
    func topic(_ name: TopicName) -> ClusterMetadata.Topic? {
        guard let index = indexByName[name], !metadata.topics[index].partitions.isEmpty else { return nil }
        return metadata.topics[index]
    }

    /// Partitions of a topic with fewer replicas in sync than they have; `nil` where it is not described.
    func underReplicated(of name: TopicName) -> [Int32]? {
        topic(name).map { _ in underReplicated[name] ?? [] }
    }

    /// Why the cluster names the topic but does not describe it.
    func error(of name: TopicName) -> ClusterError? {
        indexByName[name].flatMap { metadata.topics[$0].error }
    }

    func knows(_ name: TopicName) -> Bool { indexByName[name] != nil }

    /// Some partition that can be seen and has a leader; `nil` when there is none.
    var ledPartition: (topic: TopicName, partition: PartitionID, leader: BrokerID)? {
        for topic in metadata.topics {
            for partition in topic.partitions {
                if let leader = partition.leader { return (topic.name, partition.id, leader) }
            }
        }
        return nil
    }

    /// The broker that leads the group's partition of the offsets topic; `nil` where that cannot be seen.
    func coordinator(of group: GroupID) -> BrokerID? {
        guard let partition = CoordinatorPartition.of(group, count: coordinatorLeaders.count) else {
            return nil
        }
        return coordinatorLeaders[Int(partition.rawValue)]
    }
}
