import ClusterAccess
import OffsetsTopic

extension PartitionJournal {
    /// Takes in a record that is no commit.
    mutating func apply(_ record: OffsetsRecord, at place: RecordPlace, _ common: inout CommonKnowledge) {
        switch record {
        case .offsetCommit, .skipped: break
        case .groupMetadata(let group, let value):
            apply(group, isTombstone: value == nil, at: place, &common) { entry in
                if let value { entry.apply(value, at: place) } else { _ = entry.endClassic(at: place) }
            }
        case .consumerGroupEpoch(let group, let value):
            apply(group, isTombstone: value == nil, at: place, &common) { entry in
                if let value { entry.apply(value, at: place) } else { _ = entry.endConsumer(at: place) }
            }
        case .consumerGroupPartitions(let group, let value):
            for topic in value?.topics ?? [] { common.topicNames.learn(topic.id, topic.name) }
            change(group, isTombstone: value == nil, at: place, &common) { $0.setPartitions(value, &$1) }
        case .consumerGroupMember(let key, let value):
            apply(key.group, isTombstone: value == nil, at: place, &common) { entry in
                entry.apply(value, of: key.memberID, at: place)
            }
        case .consumerGroupTargetEpoch(let group, let value):
            change(group, isTombstone: value == nil, at: place, &common) { consumer, _ in
                consumer.setTargetEpoch(value?.epoch)
            }
        case .consumerGroupTargetAssignment(let key, let value):
            change(key.group, isTombstone: value == nil, at: place, &common) { consumer, _ in
                consumer.setTarget(value, of: key.memberID)
            }
        case .consumerGroupCurrentAssignment(let key, let value):
            change(key.group, isTombstone: value == nil, at: place, &common) { consumer, _ in
                consumer.setCurrent(value, of: key.memberID)
            }
        case .consumerGroupRegularExpression(let key, let value):
            change(key.group, isTombstone: value == nil, at: place, &common) { consumer, changes in
                consumer.setExpression(key.expression, value, &changes)
            }
        case .shareGroup(let group, let record): apply(record, of: group, .share, at: place, &common)
        case .streamsGroup(let group, let record): apply(record, of: group, .streams, at: place, &common)
        }
    }

    /// Changes one group, which is made where there is none unless the record is a tombstone.
    private mutating func apply(
        _ group: GroupID, isTombstone: Bool, at place: RecordPlace, _ common: inout CommonKnowledge,
        _ change: (inout GroupEntry) -> Void
    ) {
        guard let slot = isTombstone ? slots[group] : slot(making: group, &common) else { return }
        let wasNumbered = groups[slot].number != nil
        change(&groups[slot])
        touch(slot)
        if wasNumbered, groups[slot].number == nil { raiseDoubt(slot, at: place, &common) }
        freeIfVacuous(slot, &common)
    }

    private mutating func change(
        _ group: GroupID, isTombstone: Bool, at place: RecordPlace, _ common: inout CommonKnowledge,
        _ change: (inout ConsumerGroup, inout MemberChanges) -> Void
    ) {
        apply(group, isTombstone: isTombstone, at: place, &common) { entry in
            guard !isTombstone || entry.consumer != nil else { return }
            entry.changeConsumer(at: place, change)
        }
    }

    /// A record of a share or streams group: epoch and members count, the rest does not.
    private mutating func apply(
        _ record: OtherGroupRecord, of group: GroupID, _ type: GroupProtocol, at place: RecordPlace,
        _ common: inout CommonKnowledge
    ) {
        switch record.kind {
        case .shareGroupEpoch, .streamsGroupEpoch:
            apply(group, isTombstone: record.isTombstone, at: place, &common) { entry in
                if let epoch = record.epoch {
                    entry.apply(epoch: epoch, of: type, at: place)
                } else {
                    _ = entry.endNumber(of: type)
                }
            }
        case .shareGroupMember, .streamsGroupMember:
            guard let memberID = record.memberID else { return }
            apply(group, isTombstone: record.isTombstone, at: place, &common) { entry in
                if record.isTombstone { entry.leaveOther(memberID) } else { entry.joinOther(memberID) }
                entry.updateOther(at: place)
            }
        case .offsetCommit, .groupMetadata, .consumerGroupEpoch, .consumerGroupPartitions,
            .consumerGroupMember, .consumerGroupTargetEpoch, .consumerGroupTargetAssignment,
            .consumerGroupCurrentAssignment, .consumerGroupRegularExpression, .shareGroupTargetEpoch,
            .shareGroupTargetAssignment, .shareGroupCurrentAssignment, .shareGroupStatePartitions,
            .streamsGroupTargetEpoch, .streamsGroupTargetAssignment, .streamsGroupCurrentAssignment,
            .streamsGroupTopology:
            break
        }
    }
}
