/// What a record of `__consumer_offsets` is about; the raw value is its name in metrics and stays as it is.
package enum RecordKind: String, CaseIterable, Sendable {
    case offsetCommit = "offset_commit"
    /// Generation and members of a classic group.
    case groupMetadata = "group_metadata"
    case consumerGroupEpoch = "consumer_group_epoch"
    case consumerGroupPartitions = "consumer_group_partitions"
    case consumerGroupMember = "consumer_group_member"
    case consumerGroupTargetEpoch = "consumer_group_target_epoch"
    case consumerGroupTargetAssignment = "consumer_group_target_assignment"
    case consumerGroupCurrentAssignment = "consumer_group_current_assignment"
    case consumerGroupRegularExpression = "consumer_group_regular_expression"
    case shareGroupMember = "share_group_member"
    case shareGroupEpoch = "share_group_epoch"
    case shareGroupTargetEpoch = "share_group_target_epoch"
    case shareGroupTargetAssignment = "share_group_target_assignment"
    case shareGroupCurrentAssignment = "share_group_current_assignment"
    case shareGroupStatePartitions = "share_group_state_partitions"
    case streamsGroupEpoch = "streams_group_epoch"
    case streamsGroupMember = "streams_group_member"
    case streamsGroupTargetEpoch = "streams_group_target_epoch"
    case streamsGroupTargetAssignment = "streams_group_target_assignment"
    case streamsGroupCurrentAssignment = "streams_group_current_assignment"
    case streamsGroupTopology = "streams_group_topology"

    /// The kind behind the number at the head of a key; `nil` where this decoder does not know it.
    ///
    /// 0 and 1 are both commits and laid out alike; nothing since Kafka 0.8.3 writes 0.
    package init?(type: Int16) {
        switch type {
        case 0, 1: self = .offsetCommit
        case 2: self = .groupMetadata
        case 3: self = .consumerGroupEpoch
        case 4: self = .consumerGroupPartitions
        case 5: self = .consumerGroupMember
        case 6: self = .consumerGroupTargetEpoch
        case 7: self = .consumerGroupTargetAssignment
        case 8: self = .consumerGroupCurrentAssignment
        case 10: self = .shareGroupMember
        case 11: self = .shareGroupEpoch
        case 12: self = .shareGroupTargetEpoch
        case 13: self = .shareGroupTargetAssignment
        case 14: self = .shareGroupCurrentAssignment
        case 15: self = .shareGroupStatePartitions
        case 16: self = .consumerGroupRegularExpression
        case 17: self = .streamsGroupEpoch
        case 19: self = .streamsGroupMember
        case 20: self = .streamsGroupTargetEpoch
        case 21: self = .streamsGroupTargetAssignment
        case 22: self = .streamsGroupCurrentAssignment
        case 23: self = .streamsGroupTopology
        default: return nil
        }
    }
}
