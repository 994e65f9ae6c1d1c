import CRdKafka
import ClusterAccess

/// Turns answers about groups into values while their event lives.
enum GroupReader {
    /// Groups of a ListGroups answer, each once; fails when the broker could list nothing.
    static func listing(
        _ event: borrowing ClientEvent, _ context: RequestContext
    ) -> Result<GroupListingReply, ClusterError> {
        guard event.errorCode == RD_KAFKA_RESP_ERR_NO_ERROR,
            let result = unsafe rd_kafka_event_ListConsumerGroups_result(event.raw)
        else { return .failure(context.error(event.errorCode, event.errorText)) }
        var failure: ClusterError?
        var count = 0
        let errors = unsafe rd_kafka_ListConsumerGroups_result_errors(result, &count)
        for index in 0..<(unsafe errors == nil ? 0 : count) {
            let error = unsafe errors?[index]
            guard let (code, text) = unsafe NativeText.failure(error), failure == nil else { continue }
            failure = context.error(code, text)
        }
        count = 0
        let valid = unsafe rd_kafka_ListConsumerGroups_result_valid(result, &count)
        var groups: [GroupListing] = []
        var seen: Set<GroupID> = []
        for index in 0..<(unsafe valid == nil ? 0 : count) {
            let listing = unsafe valid?[index]
            guard let listing = unsafe listing else { continue }
            let group = unsafe GroupID(NativeText.string(rd_kafka_ConsumerGroupListing_group_id(listing)))
            guard seen.insert(group).inserted else { continue }
            let type = unsafe RuntimeFunctions.loaded.listingType.flatMap {
                unsafe GroupType(native: $0(listing))
            }
            unsafe groups.append(
                GroupListing(
                    group: group, state: GroupState(native: rd_kafka_ConsumerGroupListing_state(listing)),
                    isSimple: rd_kafka_ConsumerGroupListing_is_simple_consumer_group(listing) != 0,
                    type: type))
        }
        if groups.isEmpty, let failure { return .failure(failure) }
        return .success(GroupListingReply(groups: groups, partialError: failure))
    }

    /// Groups of a DescribeGroups answer in the order asked.
    static func descriptions(
        _ event: borrowing ClientEvent, _ context: RequestContext
    ) -> Result<[GroupDescription], ClusterError> {
        guard event.errorCode == RD_KAFKA_RESP_ERR_NO_ERROR,
            let result = unsafe rd_kafka_event_DescribeConsumerGroups_result(event.raw)
        else { return .failure(context.error(event.errorCode, event.errorText)) }
        var count = 0
        let groups = unsafe rd_kafka_DescribeConsumerGroups_result_groups(result, &count)
        return unsafe .success(
            UnsafeBufferPointer(start: groups, count: groups == nil ? 0 : count).compactMap {
                guard let description = unsafe $0 else { return nil }
                return unsafe self.description(description, context)
            })
    }

    private static func description(
        _ native: OpaquePointer, _ context: RequestContext
    ) -> GroupDescription {
        let name = unsafe NativeText.string(rd_kafka_ConsumerGroupDescription_group_id(native))
        if let (code, text) = unsafe NativeText.failure(rd_kafka_ConsumerGroupDescription_error(native)) {
            var about = context
            about.subject = "group \(name)"
            // librdkafka has no code of its own for a group of another protocol type.
            let isForeign = code == RD_KAFKA_RESP_ERR__INVALID_ARG && text.contains("not a consumer group")
            let error = isForeign ? about.error(.notAConsumerGroup, text) : about.error(code, text)
            return GroupDescription(group: GroupID(name), state: .unknown, error: error)
        }
        let members = unsafe (0..<rd_kafka_ConsumerGroupDescription_member_count(native)).compactMap {
            index in
            unsafe rd_kafka_ConsumerGroupDescription_member(native, index).map { unsafe member($0) }
        }
        return unsafe GroupDescription(
            group: GroupID(name),
            state: GroupState(native: rd_kafka_ConsumerGroupDescription_state(native)),
            assignor: NativeText.string(rd_kafka_ConsumerGroupDescription_partition_assignor(native)),
            members: members,
            type: RuntimeFunctions.loaded.descriptionType.flatMap { unsafe GroupType(native: $0(native)) })
    }

    private static func member(_ native: OpaquePointer) -> GroupMember {
        let instance = unsafe rd_kafka_MemberDescription_group_instance_id(native)
        let target = unsafe RuntimeFunctions.loaded.targetAssignment.flatMap { unsafe $0(native) }
        return unsafe GroupMember(
            memberID: NativeText.string(rd_kafka_MemberDescription_consumer_id(native)),
            clientID: NativeText.string(rd_kafka_MemberDescription_client_id(native)),
            host: NativeText.string(rd_kafka_MemberDescription_host(native)),
            instanceID: instance == nil ? nil : NativeText.string(instance),
            assignment: partitions(rd_kafka_MemberDescription_assignment(native)),
            targetAssignment: target.map { unsafe partitions($0) })
    }

    private static func partitions(_ assignment: OpaquePointer?) -> [TopicPartitions] {
        guard let assignment = unsafe assignment else { return [] }
        return unsafe PartitionLists.topics(rd_kafka_MemberAssignment_partitions(assignment))
    }
}

extension GroupState {
    /// librdkafka's state; it calls those of newer protocols that it does not know "unknown".
    init(native: rd_kafka_consumer_group_state_t) {
        self =
            switch native {
            case RD_KAFKA_CONSUMER_GROUP_STATE_PREPARING_REBALANCE: .preparingRebalance
            case RD_KAFKA_CONSUMER_GROUP_STATE_COMPLETING_REBALANCE: .completingRebalance
            case RD_KAFKA_CONSUMER_GROUP_STATE_STABLE: .stable
            case RD_KAFKA_CONSUMER_GROUP_STATE_DEAD: .dead
            case RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY: .empty
            default: .unknown
            }
    }
}

extension GroupType {
    /// `rd_kafka_consumer_group_type_t` of librdkafka 2.6: 1 consumer, 2 classic; `nil` for what it does
    /// not know.
    init?(native: UInt32) {
        switch native {
        case 1: self = .consumer
        case 2: self = .classic
        default: return nil
        }
    }
}
