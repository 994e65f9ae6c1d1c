package import ClusterAccess

/// One record of `__consumer_offsets`, decoded as far as lag needs it.
///
/// The layouts are Kafka's `group-coordinator` message schemas; a value of `nil` is a tombstone.
package enum OffsetsRecord: Hashable, Sendable {
    /// A commit; the tombstone says that it expired or was deleted.
    case offsetCommit(OffsetCommitKey, OffsetCommitValue?)
    /// A generation of a classic group; the tombstone says that the group is gone or of another type now.
    case groupMetadata(GroupID, GroupMetadataValue?)
    /// An epoch of a KIP-848 group; the tombstone likewise.
    case consumerGroupEpoch(GroupID, ConsumerGroupEpochValue?)
    /// A record that says nothing to us, and why: to be counted, never to be died of.
    case skipped(SkippedRecord)

    /// Decodes one record; any bytes give a result.
    ///
    /// Bytes after the last known field are ignored.
    package init(key: ArraySlice<UInt8>?, value: ArraySlice<UInt8>?) {
        guard let key else {
            self = .skipped(.noKey)
            return
        }
        var reader = WireReader(key)
        guard let number = try? reader.int16() else {
            self = .skipped(.malformedKey(type: nil))
            return
        }
        guard let type = RecordType(rawValue: number) else {
            self = .skipped(.unknownType(number))
            return
        }
        do throws(SkippedRecord) {
            self = try Self.decode(type, key: &reader, value: value)
        } catch {
            self = .skipped(error)
        }
    }

    private static func decode(
        _ type: RecordType, key: inout WireReader, value: ArraySlice<UInt8>?
    ) throws(SkippedRecord) -> OffsetsRecord {
        switch type {
        case .offsetCommitBefore0_8_3, .offsetCommit:
            let key = try decodeKey(type, &key) { key throws(WireError) in try OffsetCommitKey(&key) }
            let versions = OffsetCommitValue.knownVersions
            return .offsetCommit(
                key,
                try decodeValue(type, value, versions) { value, version throws(WireError) in
                    try OffsetCommitValue(&value, version: version)
                })
        case .groupMetadata:
            let group = try decodeKey(type, &key) { key throws(WireError) in GroupID(try key.string()) }
            let versions = GroupMetadataValue.knownVersions
            return .groupMetadata(
                group,
                try decodeValue(type, value, versions) { value, version throws(WireError) in
                    try GroupMetadataValue(&value, version: version)
                })
        case .consumerGroupEpoch:
            let group = try decodeKey(type, &key) { key throws(WireError) in GroupID(try key.string()) }
            let versions = ConsumerGroupEpochValue.knownVersions
            return .consumerGroupEpoch(
                group,
                try decodeValue(type, value, versions) { value, _ throws(WireError) in
                    try ConsumerGroupEpochValue(&value)
                })
        }
    }

    private static func decodeKey<Key>(
        _ type: RecordType, _ reader: inout WireReader,
        _ decode: (inout WireReader) throws(WireError) -> Key
    ) throws(SkippedRecord) -> Key {
        do throws(WireError) {
            return try decode(&reader)
        } catch {
            throw .malformedKey(type: type.rawValue)
        }
    }

    /// The value behind its version number; `nil` for a tombstone.
    private static func decodeValue<Value>(
        _ type: RecordType, _ bytes: ArraySlice<UInt8>?, _ known: ClosedRange<Int16>,
        _ decode: (inout WireReader, Int16) throws(WireError) -> Value
    ) throws(SkippedRecord) -> Value? {
        guard let bytes else { return nil }
        var reader = WireReader(bytes)
        guard let version = try? reader.int16() else { throw .malformedValue(type: type.rawValue) }
        guard known.contains(version) else {
            throw .unknownVersion(type: type.rawValue, version: version)
        }
        do throws(WireError) {
            return try decode(&reader, version)
        } catch {
            throw .malformedValue(type: type.rawValue)
        }
    }
}

/// Why a record was not decoded.
package enum SkippedRecord: Error, Hashable, Sendable {
    /// No writer of this topic leaves out the key.
    case noKey
    /// A type that this decoder does not read: members of KIP-848, share and streams groups, or a newer
    /// Kafka's.
    case unknownType(Int16)
    /// A version newer than this decoder.
    case unknownVersion(type: Int16, version: Int16)
    case malformedKey(type: Int16?)
    case malformedValue(type: Int16)
}
