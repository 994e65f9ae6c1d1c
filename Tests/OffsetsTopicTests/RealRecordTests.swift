import ClusterAccess
import OffsetsTopic
import Testing

/// What real brokers wrote, field by field against Kafka's own reading of it.
@Suite struct RealRecordTests {
    @Test func everySampleIsThere() {
        #expect(Sample.all.count == 289)
        #expect(Sample.all(ofType: 1).count == 59)
        #expect(Sample.all(ofType: 2).count == 64)
        #expect(Sample.all(ofType: 3).count == 21)
    }

    @Test(arguments: Sample.all(ofType: 1))
    func commitsHaveTheirFields(_ sample: Sample) throws {
        guard case .offsetCommit(let key, let value) = sample.decoded else {
            Issue.record("decoded as \(sample.decoded)")
            return
        }
        #expect(key.group.rawValue == sample.keyFields["group"] as? String)
        #expect(key.topic.rawValue == sample.keyFields["topic"] as? String)
        #expect(Int(key.partition.rawValue) == sample.keyFields["partition"] as? Int)
        #expect(key.encoded() == sample.key)
        #expect((value == nil) == (sample.value == nil))
        guard let value else { return }
        let fields = sample.valueFields
        #expect(Int(value.offset) == fields["offset"] as? Int)
        #expect(value.metadata == fields["metadata"] as? String)
        #expect(Int(value.commitTimestamp) == fields["commitTimestamp"] as? Int)
        #expect(value.expireTimestamp.map(Int.init) == fields["expireTimestamp"] as? Int)
        let epoch = fields["leaderEpoch"] as? Int ?? -1
        #expect(value.leaderEpoch.map(Int.init) == (epoch < 0 ? nil : epoch))
        let topicID = fields["topicId"] as? String
        #expect((value.topicID == nil) == (topicID == nil))
        if sample.valueVersion == 3 { #expect(value.encoded() == sample.value) }
    }

    @Test(arguments: Sample.all(ofType: 2))
    func generationsHaveTheirFields(_ sample: Sample) throws {
        guard case .groupMetadata(let group, let value) = sample.decoded else {
            Issue.record("decoded as \(sample.decoded)")
            return
        }
        #expect(group.rawValue == sample.keyFields["group"] as? String)
        #expect(GroupMetadataKey(group: group).encoded() == sample.key)
        #expect((value == nil) == (sample.value == nil))
        guard let value else { return }
        let fields = sample.valueFields
        #expect(value.protocolType == fields["protocolType"] as? String)
        #expect(Int(value.generation) == fields["generation"] as? Int)
        #expect(value.protocolName == fields["protocol"] as? String)
        #expect(value.leader == fields["leader"] as? String)
        #expect(value.currentStateTimestamp.map(Int.init) == fields["currentStateTimestamp"] as? Int)
        let members = fields["members"] as? [[String: Any]] ?? []
        try #require(value.members.count == members.count)
        for (member, fields) in zip(value.members, members) {
            check(member, against: fields, isConsumer: value.isConsumerGroup)
        }
        #expect(value.encoded() == sample.value)
    }

    private func check(
        _ member: GroupMetadataValue.Member, against fields: [String: Any], isConsumer: Bool
    ) {
        #expect(member.memberID == fields["memberId"] as? String)
        #expect(member.instanceID == fields["groupInstanceId"] as? String)
        #expect(member.clientID == fields["clientId"] as? String)
        #expect(member.clientHost == fields["clientHost"] as? String)
        #expect(member.rebalanceTimeout.map(Int.init) == fields["rebalanceTimeout"] as? Int)
        #expect(Int(member.sessionTimeout) == fields["sessionTimeout"] as? Int)
        guard isConsumer else { return }
        let subscription = fields["subscriptionFields"] as? [String: Any] ?? [:]
        let wanted = ConsumerSubscription(decoding: member.subscription)
        #expect(wanted?.topics.map(\.rawValue) == subscription["topics"] as? [String])
        #expect(wanted?.rack == subscription["rackId"] as? String)
        let assignment = fields["assignmentFields"] as? [String: Any]
        let given = ConsumerAssignment(decoding: member.assignment)
        guard let assignment else { return }
        let expected = (assignment["assignedPartitions"] as? [[String: Any]] ?? []).map { entry in
            TopicPartitions(
                topic: TopicName(entry["topic"] as? String ?? ""),
                partitions: (entry["partitions"] as? [Int] ?? []).map { PartitionID(Int32($0)) })
        }
        #expect(given?.partitions == expected)
    }

    @Test(arguments: Sample.all(ofType: 3))
    func epochsHaveTheirNumber(_ sample: Sample) {
        guard case .consumerGroupEpoch(let group, let value) = sample.decoded else {
            Issue.record("decoded as \(sample.decoded)")
            return
        }
        #expect(group.rawValue == sample.keyFields["groupId"] as? String)
        #expect(value.map { Int($0.epoch) } == sample.valueFields["epoch"] as? Int)
    }
}
