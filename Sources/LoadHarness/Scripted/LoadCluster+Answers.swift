import ClusterAccess

/// What brokers answer; every reply is made anew, names included, as a client makes it from what it receives.
extension LoadCluster {
    func metadata() -> ClusterMetadata {
        var described = topics.map { Self.describe($0.name, partitions: $0.partitions) }
        described.append(Self.describe(CoordinatorPartition.topic, partitions: Self.owners))
        return ClusterMetadata(
            clusterID: "scripted-load", controller: Self.brokers.first,
            brokers: Self.brokers.map { .init(id: $0, host: "127.0.0.1", port: 9092 + $0.rawValue) },
            topics: described.sorted { $0.name < $1.name })
    }

    private static func describe(_ name: TopicName, partitions: Int) -> ClusterMetadata.Topic {
        ClusterMetadata.Topic(
            name: name.fresh,
            partitions: (0..<partitions).map { partition in
                ClusterMetadata.Partition(
                    id: PartitionID(Int32(clamping: partition)), leader: leader(of: partition),
                    replicaCount: 3, inSyncReplicaCount: 3)
            })
    }

    func listing(of broker: BrokerID) -> GroupListingReply {
        var found: [GroupListing] = []
        for group in groups where Self.broker(ofOwner: group.owner) == broker {
            found.append(GroupListing(group: group.id.fresh, state: group.members > 0 ? .stable : .empty))
        }
        return GroupListingReply(groups: found)
    }

    func describe(_ id: GroupID) -> GroupDescription {
        guard let place = groupPlaces[id] else { return GroupDescription(group: id, state: .dead) }
        let group = groups[place]
        let members = group.memberIDs.enumerated().map { index, name in
            GroupMember(
                memberID: name, clientID: "billing-\(index)", host: "/10.0.0.\(index % 250)",
                assignment: group.topics.map { group.share(of: index, in: topics[$0]) })
        }
        return GroupDescription(
            group: id, state: members.isEmpty ? .empty : .stable, assignor: "range", members: members)
    }

    func commits(of id: GroupID) -> CommittedOffsets {
        guard let place = groupPlaces[id] else { return CommittedOffsets() }
        let group = groups[place]
        return CommittedOffsets(
            topics: group.topics.map { number in
                let topic = topics[number]
                return TopicOffsets(
                    name: topic.name.fresh,
                    partitions: (0..<topic.partitions).map { PartitionID(Int32(clamping: $0)) },
                    offsets: (0..<topic.partitions).map { partition in
                        topic.end + LoadTopic.skew(partition) - group.lag(topic: number, partition: partition)
                    })
            })
    }

    func logOffsets(
        _ kind: LogOffsetKind, of asked: [TopicPartitions], leader: BrokerID
    ) -> LogOffsets {
        var reply = LogOffsets()
        reply.topics.reserveCapacity(asked.count)
        for part in asked {
            var offsets = TopicOffsets(name: part.topic.fresh)
            offsets.partitions.reserveCapacity(part.partitions.count)
            offsets.offsets.reserveCapacity(part.partitions.count)
            let topic = topicPlaces[part.topic].map { topics[$0] }
            let isOffsetsTopic = part.topic == CoordinatorPartition.topic
            let count = isOffsetsTopic ? ends.count : topic?.partitions ?? 0
            for id in part.partitions {
                let partition = Int(id.rawValue)
                guard (0..<count).contains(partition), Self.leader(of: partition) == leader else {
                    reply.failures.append(
                        Self.failure(part.topic, id, isKnown: partition < count, leader))
                    continue
                }
                offsets.partitions.append(id)
                offsets.offsets.append(
                    topic?.offset(kind, of: partition) ?? (kind == .logStart ? 0 : ends[partition]))
            }
            if !offsets.partitions.isEmpty { reply.topics.append(offsets) }
        }
        return reply
    }

    func offsets(atTimes asked: [TopicTimes], leader: BrokerID) -> TimeLookup {
        var reply = TimeLookup()
        for part in asked {
            var found = TimeLookup.Topic(name: part.topic.fresh)
            found.answers.reserveCapacity(part.partitions.count)
            let topic = topicPlaces[part.topic].map { topics[$0] }
            for (id, time) in zip(part.partitions, part.times) {
                let partition = Int(id.rawValue)
                guard let topic, partition < topic.partitions, Self.leader(of: partition) == leader else {
                    reply.failures.append(Self.failure(part.topic, id, isKnown: topic != nil, leader))
                    continue
                }
                found.answers.append(
                    .init(partition: id, offset: topic.firstRecord(of: partition, atLeast: time)))
            }
            if !found.answers.isEmpty { reply.topics.append(found) }
        }
        return reply
    }

    private static func failure(
        _ topic: TopicName, _ partition: PartitionID, isKnown: Bool, _ leader: BrokerID
    ) -> PartitionFailure {
        PartitionFailure(
            topic: topic, partition: partition,
            error: ClusterError(
                isKnown ? .notLeader : .unknownTopicOrPartition, operation: "list offsets", broker: leader,
                subject: "topic \(topic)"))
    }

    func configuration(of resource: ConfigurationResource) -> ConfigurationReply {
        switch resource {
        case .broker:
            return ConfigurationReply(
                resource: resource, answer: .success(["offsets.retention.minutes": "10080"]))
        case .topic(let name):
            guard topicPlaces[name] != nil else {
                return ConfigurationReply(
                    resource: resource,
                    answer: .failure(
                        ClusterError(.unknownTopicOrPartition, operation: "describe configurations")))
            }
            return ConfigurationReply(
                resource: resource,
                answer: .success([
                    "cleanup.policy": "delete", "retention.ms": "604800000", "retention.bytes": "-1",
                    "min.insync.replicas": "2",
                ]))
        }
    }
}

extension TopicName {
    /// The same name in storage of its own.
    var fresh: TopicName { TopicName(String(decoding: Array(rawValue.utf8), as: UTF8.self)) }
}

extension GroupID {
    /// The same name in storage of its own.
    var fresh: GroupID { GroupID(String(decoding: Array(rawValue.utf8), as: UTF8.self)) }
}
