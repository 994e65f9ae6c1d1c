import ClusterAccess
import OffsetsTopic

extension PartitionJournal {
    /// Emptied columns that a group keeps for their counts; above that the oldest are dropped.
    ///
    /// Few, since groups that go from topic to topic would otherwise grow with all topics that ever were.
    private static var emptyColumnsMax: Int { 8 }

    /// Takes one commit in.
    @inline(__always)
    mutating func apply(
        _ commit: CommitRecord, bytes: borrowing [UInt8], at place: RecordPlace,
        _ common: inout CommonKnowledge
    ) {
        // From the length of the group's name to the end of the topic's: one to one with the two names.
        let names = (commit.group.lowerBound - 2)..<commit.topic.upperBound
        let span = bytes.span
        let hash = columnHash(span, names)
        let known = columnTable.find(hash) { isSame(columns[$0].key, span, names) }
        guard commit.partition.rawValue >= 0 else { return }
        guard let value = commit.value, value.offset >= 0 else {
            if let known { remove(commit.partition, from: known, at: place, &common) }
            return
        }
        guard
            let column = known
                ?? makeColumn(Array(bytes[names]), hash, commit, bytes: bytes, &common)
        else { return }
        let group = columns[column].group
        guard group >= 0 else { return }
        if !columns[column].isTouched { touch(column: column, of: group) }
        let isNew = columns[column].commit(
            commit.partition, offset: value.offset, timestamp: value.commitTimestamp,
            metadataLength: Int32(truncatingIfNeeded: value.metadata.count), isLive: place.isLive
        ) { place.offset > groups[group].memberlessFrom }
        if isNew { groups[group].commitCount += 1 }
        if let topicID = value.topicID, topicID != columns[column].topicID {
            columns[column].topicID = topicID
            common.topicNames.learn(topicID, columns[column].name)
        }
    }

    private mutating func makeColumn(
        _ key: [UInt8], _ hash: UInt64, _ commit: CommitRecord, bytes: borrowing [UInt8],
        _ common: inout CommonKnowledge
    ) -> Int? {
        let group = GroupID(bytes.text(commit.group))
        let slot = slot(making: group, &common)
        if slot == nil { makeRoomForRefused() }
        let name = slot == nil ? "" : TopicName(bytes.text(commit.topic))
        let column = columns.insert(
            TopicColumn(key: key, hash: hash, group: slot ?? TopicColumn.refused, name: name))
        columnTable.insert(hash, column)
        if let slot { groups[slot].columns.append(column) } else { refusedColumns += 1 }
        return column
    }

    /// Forgets which commits are not wanted when that are too many to be remembered.
    private mutating func makeRoomForRefused() {
        guard refusedColumns >= CommonKnowledge.refusedMax else { return }
        for column in columns.indices where columns[column].isRefused { removeColumn(column) }
        refusedColumns = 0
    }

    mutating func removeColumn(_ column: Int) {
        columnTable.remove(columns[column].hash, column)
        columns.remove(column)
    }

    private mutating func remove(
        _ partition: PartitionID, from column: Int, at place: RecordPlace, _ common: inout CommonKnowledge
    ) {
        let group = columns[column].group
        guard group >= 0, columns[column].remove(partition, isLive: place.isLive) else { return }
        touch(column: column, of: group)
        groups[group].commitCount -= 1
        if columns[column].isEmpty { dropOldestEmptyColumn(of: group) }
        if !groups[group].isPresent { raiseDoubt(group, at: place, &common) }
    }

    private mutating func dropOldestEmptyColumn(of group: Int) {
        guard groups[group].columns.count > Self.emptyColumnsMax else { return }
        let empty = groups[group].columns.count(where: { columns[$0].isEmpty })
        guard empty > Self.emptyColumnsMax,
            let oldest = groups[group].columns.firstIndex(where: { columns[$0].isEmpty })
        else { return }
        removeColumn(groups[group].columns.remove(at: oldest))
    }
}

/// A hash that nobody outside the process can foresee.
@inline(__always)
private func columnHash(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
    var hash = KeyTable.seed
    for index in range { hash = (hash ^ UInt64(bytes[index])) &* 0x9e37_79b9_7f4a_7c15 }
    return hash ^ (hash >> 32)
}

@inline(__always)
private func isSame(_ key: [UInt8], _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard key.count == range.count else { return false }
    for index in key.indices where key[index] != bytes[range.lowerBound + index] { return false }
    return true
}
