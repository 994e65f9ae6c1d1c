package import ClusterAccess

/// One record of `__consumer_offsets`, decoded.
///
/// The layouts are Kafka's `group-coordinator` message schemas; a value of `nil` is a tombstone.
package enum OffsetsRecord: Hashable, Sendable {
    /// A commit; the tombstone says that it expired or was deleted.
    case offsetCommit(OffsetCommitKey, OffsetCommitValue?)
    /// A generation of a classic group; the tombstone says that the group is gone or of another type now.
    case groupMetadata(GroupID, GroupMetadataValue?)
    /// An epoch of a KIP-848 group; the tombstone likewise.
    case consumerGroupEpoch(GroupID, ConsumerGroupEpochValue?)
    /// Topics of a KIP-848 group and their partitions, up to Kafka 3.9.
    case consumerGroupPartitions(GroupID, ConsumerGroupPartitionsValue?)
    /// A member of a KIP-848 group; the tombstone says that it left or was thrown out.
    case consumerGroupMember(MemberKey, ConsumerGroupMemberValue?)
    /// The epoch for which a KIP-848 group's assignments are computed.
    case consumerGroupTargetEpoch(GroupID, TargetAssignmentEpochValue?)
    /// What a member of a KIP-848 group is to hold.
    case consumerGroupTargetAssignment(MemberKey, TargetAssignmentValue?)
    /// What a member of a KIP-848 group holds.
    case consumerGroupCurrentAssignment(MemberKey, CurrentAssignmentValue?)
    /// What a regular expression of a KIP-848 group matches.
    case consumerGroupRegularExpression(RegularExpressionKey, RegularExpressionValue?)
    /// A record of a share group, which commits nothing here.
    case shareGroup(GroupID, OtherGroupRecord)
    /// A record of a streams group; its commits are records of their own.
    case streamsGroup(GroupID, OtherGroupRecord)
    /// A record that says nothing to us, and why: to be counted, never to be died of.
    case skipped(SkippedRecord)

    /// Decodes one record; any bytes give a result.
    ///
    /// Bytes after the last known field are ignored. Memory is at most in proportion to the record's size.
    package init(key: ArraySlice<UInt8>?, value: ArraySlice<UInt8>?) {
        guard let key else {
            self = .skipped(.noKey)
            return
        }
        var reader = WireReader(key)
        guard let type = try? reader.int16() else {
            self = .skipped(.malformedKey(type: nil))
            return
        }
        guard let kind = RecordKind(type: type) else {
            self = .skipped(.unknownType(type))
            return
        }
        do throws(SkippedRecord) {
            self = try Self.decode(kind, UndecodedRecord(type: type, keyFields: reader, valueBytes: value))
        } catch {
            self = .skipped(error)
        }
    }

    private static func decode(
        _ kind: RecordKind, _ record: UndecodedRecord
    ) throws(SkippedRecord) -> OffsetsRecord {
        switch kind {
        case .offsetCommit: .offsetCommit(try record.key(), try record.value())
        case .groupMetadata: .groupMetadata(try record.key(), try record.value())
        case .consumerGroupEpoch: .consumerGroupEpoch(try record.key(), try record.value())
        case .consumerGroupPartitions: .consumerGroupPartitions(try record.key(), try record.value())
        case .consumerGroupMember: .consumerGroupMember(try record.key(), try record.value())
        case .consumerGroupTargetEpoch: .consumerGroupTargetEpoch(try record.key(), try record.value())
        case .consumerGroupTargetAssignment:
            .consumerGroupTargetAssignment(try record.key(), try record.value())
        case .consumerGroupCurrentAssignment:
            .consumerGroupCurrentAssignment(try record.key(), try record.value())
        case .consumerGroupRegularExpression:
            .consumerGroupRegularExpression(try record.key(), try record.value())
        case .shareGroupEpoch: .shareGroup(try record.key(), try record.groupEpoch(kind))
        case .shareGroupTargetEpoch, .shareGroupStatePartitions:
            .shareGroup(try record.key(), try record.other(kind))
        case .shareGroupMember, .shareGroupTargetAssignment, .shareGroupCurrentAssignment:
            try memberRecord(kind, record, OffsetsRecord.shareGroup)
        case .streamsGroupEpoch: .streamsGroup(try record.key(), try record.groupEpoch(kind))
        case .streamsGroupTargetEpoch, .streamsGroupTopology:
            .streamsGroup(try record.key(), try record.other(kind))
        case .streamsGroupMember, .streamsGroupTargetAssignment, .streamsGroupCurrentAssignment:
            try memberRecord(kind, record, OffsetsRecord.streamsGroup)
        }
    }

    private static func memberRecord(
        _ kind: RecordKind, _ record: UndecodedRecord, _ make: (GroupID, OtherGroupRecord) -> OffsetsRecord
    ) throws(SkippedRecord) -> OffsetsRecord {
        let key: MemberKey = try record.key()
        return make(key.group, try record.other(kind, memberID: key.memberID))
    }

    /// What the record is about; `nil` for one that was skipped.
    package var kind: RecordKind? {
        switch self {
        case .offsetCommit: .offsetCommit
        case .groupMetadata: .groupMetadata
        case .consumerGroupEpoch: .consumerGroupEpoch
        case .consumerGroupPartitions: .consumerGroupPartitions
        case .consumerGroupMember: .consumerGroupMember
        case .consumerGroupTargetEpoch: .consumerGroupTargetEpoch
        case .consumerGroupTargetAssignment: .consumerGroupTargetAssignment
        case .consumerGroupCurrentAssignment: .consumerGroupCurrentAssignment
        case .consumerGroupRegularExpression: .consumerGroupRegularExpression
        case .shareGroup(_, let record), .streamsGroup(_, let record): record.kind
        case .skipped: nil
        }
    }

    /// The group that the record belongs to; `nil` for one that was skipped.
    package var group: GroupID? {
        switch self {
        case .offsetCommit(let key, _): key.group
        case .groupMetadata(let group, _), .consumerGroupEpoch(let group, _),
            .consumerGroupPartitions(let group, _), .consumerGroupTargetEpoch(let group, _),
            .shareGroup(let group, _), .streamsGroup(let group, _):
            group
        case .consumerGroupMember(let key, _), .consumerGroupTargetAssignment(let key, _),
            .consumerGroupCurrentAssignment(let key, _):
            key.group
        case .consumerGroupRegularExpression(let key, _): key.group
        case .skipped: nil
        }
    }
}

/// A record of which only the type has been read.
private struct UndecodedRecord {
    var type: Int16
    /// The key behind its type.
    var keyFields: WireReader
    var valueBytes: ArraySlice<UInt8>?

    func key<Key: RecordKey>() throws(SkippedRecord) -> Key {
        var reader = keyFields
        do throws(WireError) {
            return try Key(&reader)
        } catch {
            throw .malformedKey(type: type)
        }
    }

    /// The value behind its version number; `nil` for a tombstone.
    func value<Value: RecordValue>() throws(SkippedRecord) -> Value? {
        guard let valueBytes else { return nil }
        var reader = WireReader(valueBytes)
        guard let version = try? reader.int16() else { throw .malformedValue(type: type) }
        guard Value.knownVersions.contains(version) else {
            throw .unknownVersion(type: type, version: version)
        }
        do throws(WireError) {
            return try Value(&reader, version: version)
        } catch {
            throw .malformedValue(type: type)
        }
    }

    func groupEpoch(_ kind: RecordKind) throws(SkippedRecord) -> OtherGroupRecord {
        let value: OtherGroupEpochValue? = try value()
        return OtherGroupRecord(kind: kind, epoch: value?.epoch, isTombstone: value == nil)
    }

    func other(_ kind: RecordKind, memberID: String? = nil) throws(SkippedRecord) -> OtherGroupRecord {
        let value: UnreadValue? = try value()
        return OtherGroupRecord(kind: kind, memberID: memberID, isTombstone: value == nil)
    }
}
