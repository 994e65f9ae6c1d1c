import ClusterAccess
import LagModel
import OffsetsTopic

/// One group's commits on one topic in parallel columns, and what they did.
struct TopicColumn: Sendable {
    /// Whose commits these are, as the keys of their records spell it: group and topic with their lengths.
    var key: [UInt8]
    var hash: UInt64
    /// Place of the group, or ``refused``.
    var group: Int
    var topicID: TopicUUID?
    /// Ascending.
    private(set) var partitions: [PartitionID] = []
    /// Parallel to `partitions`; never negative.
    private(set) var committed: [Int64] = []
    /// Parallel to `partitions`: metadata in bytes of UTF-8.
    private var metadataLengths = SizeColumn()
    /// Parallel to `partitions`.
    private var times = CommitTimeColumn()
    /// Something here was changed since the group was last looked at for a round.
    var isTouched = false
    /// Partitions came or went since the columns were last trimmed.
    private var hasNewShape = false
    /// Milliseconds since 1970 of the newest commit; `nil` where none has a time.
    private var newest: Int64?
    private var counts: TopicActivity

    /// In place of a group that is not wanted.
    static let refused = -1
    static let vacant = TopicColumn(key: [], hash: 0, group: refused, name: "")

    init(key: [UInt8], hash: UInt64, group: Int, name: TopicName) {
        self.key = key
        self.hash = hash
        self.group = group
        counts = TopicActivity(name: name)
    }

    var name: TopicName { counts.name }

    var isEmpty: Bool { partitions.isEmpty }

    /// Of a group that is not wanted.
    var isRefused: Bool { group == Self.refused && !key.isEmpty }

    var offsets: TopicOffsets {
        TopicOffsets(name: name, partitions: partitions, offsets: committed, commitTimes: times)
    }

    var activity: TopicActivity {
        var activity = counts
        activity.lastCommit = newest.map(WallTime.init(milliseconds:))
        return activity
    }

    /// Where the partition stands, or belongs.
    @inline(__always)
    private func place(of partition: PartitionID) -> (index: Int, isThere: Bool) {
        // Partitions are numbered from 0, and mostly all of them have a commit.
        let guess = Int(partition.rawValue)
        if partitions.indices.contains(guess), partitions[guess] == partition { return (guess, true) }
        return search(partition)
    }

    private func search(_ partition: PartitionID) -> (index: Int, isThere: Bool) {
        if let last = partitions.last, last < partition { return (partitions.count, false) }
        let index = partitions.firstPlace { $0 >= partition }
        return (index, index < partitions.count && partitions[index] == partition)
    }

    /// Takes a commit in; says whether the partition had none before.
    ///
    /// A live commit above the one before counts as a reset where the group has no members.
    @inline(__always)
    mutating func commit(
        _ partition: PartitionID, offset: Int64, timestamp: Int64, metadataLength: Int32, isLive: Bool,
        isMemberless: () -> Bool
    ) -> Bool {
        if timestamp >= 0, timestamp > newest ?? -1 { newest = timestamp }
        counts.metadataBytes += Int64(metadataLength)
        if isLive { counts.commits += 1 }
        let (index, isThere) = place(of: partition)
        guard isThere else {
            partitions.insert(partition, at: index)
            committed.insert(offset, at: index)
            metadataLengths.insert(metadataLength, at: index)
            times.insert(timestamp, at: index)
            hasNewShape = true
            return true
        }
        let before = committed[index]
        // Readers keep these arrays: what stays the same is not to be copied for being written.
        if offset != before { committed[index] = offset }
        times.set(timestamp, at: index)
        counts.metadataBytes -= Int64(metadataLengths[index])
        metadataLengths.set(metadataLength, at: index)
        guard isLive, offset != before else { return false }
        if offset < before {
            counts.resetsBackward += 1
            // Both are not negative, so a difference always fits; a sum of hostile ones may not.
            counts.rewoundRecords = counts.rewoundRecords.saturatingSum(before - offset)
        } else if isMemberless() {
            counts.resetsForward += 1
            counts.skippedRecords = counts.skippedRecords.saturatingSum(offset - before)
        }
        return false
    }

    /// Gives room back that growing left over, and shares the partitions' numbers where others have the same.
    mutating func trim(_ shapes: inout SharedShapes) {
        guard hasNewShape else { return }
        hasNewShape = false
        partitions = shapes.shared(partitions)
        committed = committed.trimmed()
        times.trim()
    }

    /// Takes a commit out; says whether there was one.
    mutating func remove(_ partition: PartitionID, isLive: Bool) -> Bool {
        let (index, isThere) = place(of: partition)
        guard isThere else { return false }
        partitions.remove(at: index)
        committed.remove(at: index)
        times.remove(at: index)
        counts.metadataBytes -= Int64(metadataLengths[index])
        metadataLengths.remove(at: index)
        hasNewShape = true
        if isLive { counts.removals += 1 }
        return true
    }
}

extension WallTime {
    /// A moment that a record tells; the ends of the range stand for what is beyond them.
    init(milliseconds: Int64) {
        let (value, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        self.init(nanosecondsSince1970: overflow ? (milliseconds < 0 ? .min : .max) : value)
    }
}

extension Int64 {
    /// Sum that stays at the ends of the range.
    func saturatingSum(_ other: Int64) -> Int64 {
        let (value, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : value
    }
}
