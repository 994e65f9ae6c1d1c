/// What is known of a record of a share or streams group: enough to see the group live and to count.
package struct OtherGroupRecord: Hashable, Sendable {
    /// One of the kinds of share or of streams groups.
    package var kind: RecordKind
    /// The member that the record is about; `nil` where it is about the whole group.
    package var memberID: String?
    /// Only in records of the group's epoch.
    package var epoch: Int32?
    /// Whether the value is null: what the record was about is gone.
    package var isTombstone: Bool

    package init(kind: RecordKind, memberID: String? = nil, epoch: Int32? = nil, isTombstone: Bool = false) {
        self.kind = kind
        self.memberID = memberID
        self.epoch = epoch
        self.isTombstone = isTombstone
    }
}

/// Start of Kafka's ShareGroupMetadataValue and StreamsGroupMetadataValue, which are alike so far.
struct OtherGroupEpochValue: RecordValue {
    static let knownVersions: ClosedRange<Int16> = 0...0

    var epoch: Int32

    init(_ reader: inout WireReader, version: Int16) throws(WireError) { epoch = try reader.int32() }
}

/// A value of which only the version is looked at.
struct UnreadValue: RecordValue {
    static let knownVersions: ClosedRange<Int16> = 0...0

    init(_ reader: inout WireReader, version: Int16) throws(WireError) {}
}
