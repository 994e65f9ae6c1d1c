package import ClusterAccess

/// Where a commit's parts stand in the bytes that it was read from; nothing of it is copied.
package struct CommitRecord: Hashable, Sendable {
    /// UTF-8 of the group's name, as far as the writer was right: decode it as any text from outside.
    package var group: Range<Int>
    /// UTF-8 of the topic's name, likewise.
    package var topic: Range<Int>
    package var partition: PartitionID
    /// `nil` for a tombstone.
    package var value: Value?

    /// What was committed.
    package struct Value: Hashable, Sendable {
        /// As the client gave it: negative values occur.
        package var offset: Int64
        /// `nil` where it is unknown.
        package var leaderEpoch: Int32?
        /// Milliseconds since 1970 by the coordinator's clock, or by the client's in old commits.
        package var commitTimestamp: Int64
        /// UTF-8 of the metadata.
        package var metadata: Range<Int>
        /// Version 4, except for commits of transactions.
        package var topicID: TopicUUID?
    }
}

/// Reads commits, which are nearly all of the topic's records, without allocating.
package enum CommitScan {
    /// The commit that a record of a batch holds; `nil` for every other record and for a damaged commit.
    ///
    /// It is `nil` exactly where ``OffsetsRecord`` is no ``OffsetsRecord/offsetCommit(_:_:)``; that one then
    /// says what the record is. `bytes` and `field` are those of a ``RecordBatch``; a field that is not
    /// within the bytes gives `nil`.
    package static func read(bytes: borrowing [UInt8], field: RecordBatch.Field) -> CommitRecord? {
        let span = bytes.span
        guard field.start >= 0, field.start <= span.count, field.keyLength >= 2,
            field.keyLength <= span.count - field.start
        else { return nil }
        let keyEnd = field.start + field.keyLength
        var key = ByteScan(position: field.start, end: keyEnd)
        guard let type = key.int16(span), type == 0 || type == 1,
            let group = key.text(span), let topic = key.text(span), let partition = key.int32(span)
        else { return nil }
        var record = CommitRecord(group: group, topic: topic, partition: PartitionID(partition), value: nil)
        guard field.valueLength >= 0 else { return record }
        guard field.valueLength <= span.count - keyEnd else { return nil }
        var scan = ByteScan(position: keyEnd, end: keyEnd + field.valueLength)
        guard let value = value(&scan, span) else { return nil }
        record.value = value
        return record
    }

    @inline(__always)
    private static func value(_ scan: inout ByteScan, _ span: Span<UInt8>) -> CommitRecord.Value? {
        guard let version = scan.int16(span), OffsetCommitValue.knownVersions.contains(version),
            let offset = scan.int64(span)
        else { return nil }
        var leaderEpoch: Int32?
        if version >= 3 {
            guard let epoch = scan.int32(span) else { return nil }
            leaderEpoch = epoch < 0 ? nil : epoch
        }
        guard let metadata = version >= 4 ? scan.compactText(span) : scan.text(span),
            let timestamp = scan.int64(span)
        else { return nil }
        if version == 1, scan.int64(span) == nil { return nil }
        var topicID: TopicUUID?
        if version >= 4, !readTags(&scan, span, &topicID) { return nil }
        return CommitRecord.Value(
            offset: offset, leaderEpoch: leaderEpoch, commitTimestamp: timestamp, metadata: metadata,
            topicID: topicID)
    }

    /// Reads the topic's identifier; says whether the tagged fields can be read to their end.
    private static func readTags(
        _ scan: inout ByteScan, _ span: Span<UInt8>, _ topicID: inout TopicUUID?
    ) -> Bool {
        guard let count = scan.varint(span), count <= scan.remaining / 2 else { return false }
        for _ in 0..<count {
            guard let tag = scan.varint(span), let length = scan.varint(span), length <= scan.remaining
            else { return false }
            if tag == 0 {
                var content = ByteScan(position: scan.position, end: scan.position + length)
                guard let most = content.int64(span), let least = content.int64(span) else { return false }
                topicID = TopicUUID(
                    mostSignificant: UInt64(bitPattern: most), leastSignificant: UInt64(bitPattern: least))
            }
            scan.position += length
        }
        return true
    }
}

/// Reads wire types from a part of a span; `nil` where the part is too short.
private struct ByteScan {
    var position: Int
    /// Not beyond the span's end.
    let end: Int

    var remaining: Int { end - position }

    @inline(__always)
    private mutating func integer<Value: FixedWidthInteger>(_ span: Span<UInt8>) -> Value? {
        let size = Value.bitWidth / 8
        guard size <= remaining else { return nil }
        // WHY: a part of known size leaves one check of bounds for all its bytes.
        let part = span.extracting(position..<(position + size))
        var value: Value = 0
        for index in 0..<size { value = (value << 8) | Value(truncatingIfNeeded: part[index]) }
        position += size
        return value
    }

    @inline(__always)
    mutating func int16(_ span: Span<UInt8>) -> Int16? { integer(span) }

    @inline(__always)
    mutating func int32(_ span: Span<UInt8>) -> Int32? { integer(span) }

    @inline(__always)
    mutating func int64(_ span: Span<UInt8>) -> Int64? { integer(span) }

    /// Where a text with a 16-bit length stands, which may not be null.
    @inline(__always)
    mutating func text(_ span: Span<UInt8>) -> Range<Int>? {
        guard let length = int16(span), length >= 0 else { return nil }
        return take(Int(length))
    }

    /// Where a text with a varint of its length + 1 stands, which may not be null.
    @inline(__always)
    mutating func compactText(_ span: Span<UInt8>) -> Range<Int>? {
        guard let length = varint(span), length > 0 else { return nil }
        return take(length - 1)
    }

    @inline(__always)
    private mutating func take(_ count: Int) -> Range<Int>? {
        guard count <= remaining else { return nil }
        defer { position += count }
        return position..<(position + count)
    }

    /// Base-128 number of at most 32 bits, least significant group first.
    @inline(__always)
    mutating func varint(_ span: Span<UInt8>) -> Int? {
        var value = 0
        for shift in stride(from: 0, through: 28, by: 7) {
            guard position < end else { return nil }
            let byte = span[position]
            position += 1
            value |= Int(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value <= Int(UInt32.max) ? value : nil }
        }
        return nil
    }
}
