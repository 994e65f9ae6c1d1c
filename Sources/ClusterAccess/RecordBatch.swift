/// Records in columns: one buffer for all keys and values, nothing allocated for a single record.
package struct RecordBatch: Sendable {
    package private(set) var partitions: [PartitionID] = []
    package private(set) var offsets: [Int64] = []
    /// Milliseconds since 1970; -1 where a record has none.
    package private(set) var timestamps: [Int64] = []
    /// Keys and values one after the other; ``field(_:)`` says which bytes are whose.
    package private(set) var bytes: [UInt8] = []
    private var fields: [Field] = []
    /// Partitions that were read to their end during this batch, with the offset that comes next.
    package private(set) var endsReached: [(partition: PartitionID, offset: Int64)] = []
    /// Partitions that reported an error instead of records.
    package private(set) var failures: [PartitionFailure] = []

    package init() {}

    /// Where one record's key and value stand in ``bytes``: the value follows the key.
    package struct Field: Sendable {
        package var start: Int
        /// Negative for null.
        package var keyLength: Int
        /// Negative for null, that is a tombstone.
        package var valueLength: Int

        package init(start: Int, keyLength: Int, valueLength: Int) {
            self.start = start
            self.keyLength = keyLength
            self.valueLength = valueLength
        }
    }

    package var count: Int { partitions.count }

    package var isEmpty: Bool { partitions.isEmpty }

    package func field(_ index: Int) -> Field { fields[index] }

    /// Key of record `index`; `nil` for null.
    package func key(_ index: Int) -> ArraySlice<UInt8>? {
        let field = fields[index]
        return field.keyLength < 0 ? nil : bytes[field.start..<(field.start + field.keyLength)]
    }

    /// Value of record `index`; `nil` for null, that is a tombstone.
    package func value(_ index: Int) -> ArraySlice<UInt8>? {
        let field = fields[index]
        let start = field.start + max(0, field.keyLength)
        return field.valueLength < 0 ? nil : bytes[start..<(start + field.valueLength)]
    }

    package mutating func reserve(_ count: Int) {
        partitions.reserveCapacity(count)
        offsets.reserveCapacity(count)
        timestamps.reserveCapacity(count)
        fields.reserveCapacity(count)
    }

    /// Adds a record; `append` puts key and value behind each other into the buffer it is given and returns
    /// their lengths, negative for null.
    package mutating func append(
        partition: PartitionID, offset: Int64, timestamp: Int64,
        _ append: (inout [UInt8]) -> (keyLength: Int, valueLength: Int)
    ) {
        partitions.append(partition)
        offsets.append(offset)
        timestamps.append(timestamp)
        let start = bytes.count
        let (keyLength, valueLength) = append(&bytes)
        fields.append(Field(start: start, keyLength: keyLength, valueLength: valueLength))
    }

    /// Adds a record whose key and value are at hand.
    package mutating func append(
        partition: PartitionID, offset: Int64, timestamp: Int64, key: [UInt8]?, value: [UInt8]?
    ) {
        append(partition: partition, offset: offset, timestamp: timestamp) { bytes in
            bytes += key ?? []
            bytes += value ?? []
            return (key?.count ?? -1, value?.count ?? -1)
        }
    }

    package mutating func appendEnd(of partition: PartitionID, offset: Int64) {
        endsReached.append((partition, offset))
    }

    package mutating func appendFailure(_ failure: PartitionFailure) { failures.append(failure) }
}

extension RecordBatch {
    /// The batch without what it says of these partitions.
    package func removing(_ gone: Set<PartitionID>) -> RecordBatch {
        var rest = copy(partitions.indices) { !gone.contains($0) }
        rest.endsReached = endsReached.filter { !gone.contains($0.partition) }
        rest.failures = failures.filter { !gone.contains($0.partition) }
        return rest
    }

    /// The first `count` records with the failures, and the rest with the ends that were reached.
    package func split(after count: Int) -> (first: RecordBatch, rest: RecordBatch) {
        let border = Swift.min(Swift.max(count, 0), self.count)
        var first = copy(0..<border) { _ in true }
        first.failures = failures
        var rest = copy(border..<self.count) { _ in true }
        rest.endsReached = endsReached
        return (first, rest)
    }

    /// Records of a range of which the partition is wanted, and nothing else.
    private func copy(_ range: Range<Int>, where isWanted: (PartitionID) -> Bool) -> RecordBatch {
        var copy = RecordBatch()
        for index in range where isWanted(partitions[index]) {
            let field = fields[index]
            let length = Swift.max(0, field.keyLength) + Swift.max(0, field.valueLength)
            copy.append(
                partition: partitions[index], offset: offsets[index], timestamp: timestamps[index]
            ) { target in
                target += bytes[field.start..<(field.start + length)]
                return (field.keyLength, field.valueLength)
            }
        }
        return copy
    }
}
