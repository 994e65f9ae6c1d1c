package import ClusterAccess

/// Partitions of one topic, which KIP-848 records know by its identifier.
package struct AssignedPartitions: Hashable, Sendable {
    package var topicID: TopicUUID
    package var partitions: [PartitionID]
    /// For each partition the member epoch at which it was given (KIP-1251); `nil` before Kafka 4.3.
    ///
    /// As long as `partitions` where a coordinator wrote it; nobody checks that.
    package var epochs: [Int32]?

    package init(topicID: TopicUUID, partitions: [PartitionID], epochs: [Int32]? = nil) {
        self.topicID = topicID
        self.partitions = partitions
        self.epochs = epochs
    }
}

/// What a member is to hold (Kafka's ConsumerGroupTargetAssignmentMemberValue, version 0).
package struct TargetAssignmentValue: Hashable, Sendable {
    package var partitions: [AssignedPartitions]

    package init(partitions: [AssignedPartitions]) { self.partitions = partitions }
}

extension TargetAssignmentValue: RecordValue {
    static let knownVersions: ClosedRange<Int16> = 0...0

    init(_ reader: inout WireReader, version: Int16) throws(WireError) {
        partitions = try reader.assignedPartitions()
        try reader.taggedFields()
    }
}

/// What a member holds (Kafka's ConsumerGroupCurrentMemberAssignmentValue, version 0).
package struct CurrentAssignmentValue: Hashable, Sendable {
    package var memberEpoch: Int32
    package var previousMemberEpoch: Int32
    package var state: State
    package var assigned: [AssignedPartitions]
    /// Asked back from the member and still in its hands.
    package var pendingRevocation: [AssignedPartitions]

    package init(
        memberEpoch: Int32, previousMemberEpoch: Int32, state: State = .stable,
        assigned: [AssignedPartitions] = [], pendingRevocation: [AssignedPartitions] = []
    ) {
        self.memberEpoch = memberEpoch
        self.previousMemberEpoch = previousMemberEpoch
        self.state = state
        self.assigned = assigned
        self.pendingRevocation = pendingRevocation
    }

    /// How far the member is on its way to its target.
    package enum State: Hashable, Sendable {
        /// At the epoch, with all that could be given.
        case stable
        /// Partitions were asked back and the member has not given them up yet.
        case unrevokedPartitions
        /// Partitions of the target are still held by others.
        case unreleasedPartitions
        case unknown(Int8)

        package init(_ number: Int8) {
            switch number {
            case 0: self = .stable
            case 1: self = .unrevokedPartitions
            case 2: self = .unreleasedPartitions
            default: self = .unknown(number)
            }
        }
    }
}

extension CurrentAssignmentValue: RecordValue {
    static let knownVersions: ClosedRange<Int16> = 0...0

    init(_ reader: inout WireReader, version: Int16) throws(WireError) {
        memberEpoch = try reader.int32()
        previousMemberEpoch = try reader.int32()
        state = State(try reader.int8())
        assigned = try reader.assignedPartitions()
        pendingRevocation = try reader.assignedPartitions()
        try reader.taggedFields()
    }
}

extension WireReader {
    fileprivate mutating func assignedPartitions() throws(WireError) -> [AssignedPartitions] {
        // An identifier, a list and tags.
        try array(.compact, elementBytesMin: 18) { reader throws(WireError) in
            var partitions = AssignedPartitions(
                topicID: try reader.uuid(),
                partitions: try reader.array(.compact, elementBytesMin: 4) { reader throws(WireError) in
                    PartitionID(try reader.int32())
                })
            var epochs: [Int32]?
            try reader.taggedFields { tag, content throws(WireError) in
                guard tag == 0 else { return }
                epochs = try content.nullableArray(.compact, elementBytesMin: 4) {
                    reader throws(WireError) in try reader.int32()
                }
            }
            partitions.epochs = epochs
            return partitions
        }
    }
}
