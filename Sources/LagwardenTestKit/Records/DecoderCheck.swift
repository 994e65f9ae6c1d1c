import ClusterAccess
package import OffsetsTopic

/// What every decoding of any bytes must keep: bounded memory, and one answer from both ways of reading.
package struct DecoderCheck: Sendable {
    /// Answer of the ordinary decoder.
    package var record: OffsetsRecord
    /// What was wrong; `nil` when nothing was.
    package var fault: String?
    /// Embedded blobs that were read as subscriptions and as assignments.
    package var subscriptions = 0
    package var assignments = 0

    /// Decodes a record with both decoders.
    ///
    /// `padding` is the number of bytes before and behind it, which neither may look at.
    package init(key: [UInt8]?, value: [UInt8]?, padding: Int = 0) {
        var bytes = [UInt8](repeating: 0xff, count: padding)
        bytes += key ?? []
        bytes += value ?? []
        bytes += [UInt8](repeating: 0x01, count: padding)
        let field = RecordBatch.Field(
            start: padding, keyLength: key?.count ?? -1, valueLength: value?.count ?? -1)
        let keyEnd = padding + (key?.count ?? 0)
        let slice = key == nil ? nil : bytes[padding..<keyEnd]
        record = OffsetsRecord(
            key: slice, value: value.map { bytes[keyEnd..<(keyEnd + $0.count)] })
        let size = (key?.count ?? 0) + (value?.count ?? 0)
        let scanned = CommitScan.read(bytes: bytes, field: field)
        fault =
            DecodedSize(record).fault(forInputBytes: size)
            ?? Self.disagreement(of: scanned, bytes: bytes, with: record)
        checkBlobs(of: record)
        // Values of other records are blobs as odd as any.
        if let value { check(blob: value) }
    }

    /// In what the two answers differ; `nil` where they are one.
    private static func disagreement(
        of scanned: CommitRecord?, bytes: [UInt8], with record: OffsetsRecord
    ) -> String? {
        guard case .offsetCommit(let key, let value) = record else {
            return scanned == nil ? nil : "a commit for the scan alone"
        }
        guard let scanned else { return "a commit for the decoder alone" }
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        guard text(scanned.group) == key.group.rawValue, text(scanned.topic) == key.topic.rawValue,
            scanned.partition == key.partition
        else { return "keys differ" }
        guard (scanned.value == nil) == (value == nil) else { return "a tombstone for one alone" }
        guard let found = scanned.value, let value else { return nil }
        guard found.offset == value.offset, found.leaderEpoch == value.leaderEpoch,
            found.commitTimestamp == value.commitTimestamp, text(found.metadata) == value.metadata,
            found.topicID == value.topicID
        else { return "values differ" }
        return nil
    }

    private mutating func checkBlobs(of record: OffsetsRecord) {
        switch record {
        case .groupMetadata(_, let group?):
            for member in group.members {
                check(blob: member.subscription)
                check(blob: member.assignment)
            }
        case .consumerGroupMember(_, let member?):
            for entry in member.classic?.protocols ?? [] { check(blob: entry.subscription) }
        case .offsetCommit, .groupMetadata, .consumerGroupEpoch, .consumerGroupPartitions,
            .consumerGroupMember, .consumerGroupTargetEpoch, .consumerGroupTargetAssignment,
            .consumerGroupCurrentAssignment, .consumerGroupRegularExpression, .shareGroup, .streamsGroup,
            .skipped:
            break
        }
    }

    private mutating func check(blob: [UInt8]) {
        if let subscription = ConsumerSubscription(decoding: blob) {
            subscriptions += 1
            fault = fault ?? DecodedSize(subscription).fault(forInputBytes: blob.count)
        }
        if let assignment = ConsumerAssignment(decoding: blob) {
            assignments += 1
            fault = fault ?? DecodedSize(assignment).fault(forInputBytes: blob.count)
        }
    }
}
