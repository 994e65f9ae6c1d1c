import ClusterAccess
package import OffsetsTopic

/// How much a decoder has made of some bytes: what bounds the memory that it took.
package struct DecodedSize: Hashable, Sendable {
    /// Elements of all arrays, those inside elements too; bytes of blobs not among them.
    package private(set) var elements = 0
    /// Bytes of all texts and blobs.
    package private(set) var contentBytes = 0

    /// What is wrong for an input of so many bytes; `nil` when nothing is.
    ///
    /// Every element takes at least a byte of its own, and repairing makes three bytes of one at most.
    package func fault(forInputBytes count: Int) -> String? {
        if elements > count { return "\(elements) elements out of \(count) bytes" }
        if contentBytes > 3 * count { return "\(contentBytes) bytes of content out of \(count) bytes" }
        return nil
    }

    package init(_ record: OffsetsRecord) {
        switch record {
        case .offsetCommit(let key, let value):
            add(key.group.rawValue, key.topic.rawValue, value?.metadata)
        case .groupMetadata(let group, let value):
            add(group.rawValue)
            if let value { add(value) }
        case .consumerGroupEpoch(let group, _), .consumerGroupTargetEpoch(let group, _):
            add(group.rawValue)
        case .consumerGroupPartitions(let group, let value):
            add(group.rawValue)
            for topic in add(value?.topics) {
                add(topic.name.rawValue)
                for racks in add(topic.racks) { for rack in add(racks.racks) { add(rack) } }
            }
        case .consumerGroupMember(let key, let value):
            add(key)
            if let value { add(value) }
        case .consumerGroupTargetAssignment(let key, let value):
            add(key)
            add(value?.partitions)
        case .consumerGroupCurrentAssignment(let key, let value):
            add(key)
            add(value?.assigned)
            add(value?.pendingRevocation)
        case .consumerGroupRegularExpression(let key, let value):
            add(key.group.rawValue, key.expression)
            for topic in add(value?.topics) { add(topic.rawValue) }
        case .shareGroup(let group, let other), .streamsGroup(let group, let other):
            add(group.rawValue, other.memberID)
        case .skipped: break
        }
    }

    package init(_ subscription: ConsumerSubscription) {
        for topic in add(subscription.topics) { add(topic.rawValue) }
        for topic in add(subscription.owned) {
            add(topic.topic.rawValue)
            elements += topic.partitions.count
        }
        add(subscription.rack)
        contentBytes += subscription.userData?.count ?? 0
    }

    package init(_ assignment: ConsumerAssignment) {
        for topic in add(assignment.partitions) {
            add(topic.topic.rawValue)
            elements += topic.partitions.count
        }
        contentBytes += assignment.userData?.count ?? 0
    }

    private mutating func add(_ value: GroupMetadataValue) {
        add(value.protocolType, value.protocolName, value.leader)
        for member in add(value.members) {
            add(member.memberID, member.instanceID, member.clientID, member.clientHost)
            contentBytes += member.subscription.count + member.assignment.count
        }
    }

    private mutating func add(_ value: ConsumerGroupMemberValue) {
        add(value.instanceID, value.rack, value.clientID, value.clientHost)
        add(value.topicExpression, value.assignor)
        for topic in add(value.topics) { add(topic.rawValue) }
        for entry in add(value.classic?.protocols) {
            add(entry.name)
            contentBytes += entry.subscription.count
        }
    }

    private mutating func add(_ key: MemberKey) { add(key.group.rawValue, key.memberID) }

    private mutating func add(_ partitions: [AssignedPartitions]?) {
        for topic in partitions ?? [] {
            elements += 1 + topic.partitions.count + (topic.epochs?.count ?? 0)
        }
    }

    private mutating func add(_ texts: String?...) {
        for text in texts { contentBytes += text?.utf8.count ?? 0 }
    }

    /// Counts elements and hands them back.
    private mutating func add<Element>(_ list: [Element]?) -> [Element] {
        elements += list?.count ?? 0
        return list ?? []
    }
}
