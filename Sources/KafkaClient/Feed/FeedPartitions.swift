import ClusterAccess

/// The partitions that a feed reads at present, and when each has last failed.
struct FeedPartitions {
    private struct Entry {
        var lastFailure: ContinuousClock.Instant?
        /// When it is to be read anew from its beginning.
        var restart: ContinuousClock.Instant?
    }

    private var entries: [PartitionID: Entry] = [:]
    /// Records come in runs of one partition: the answer to the last question.
    private var last: (partition: PartitionID, isFollowed: Bool)?
    private var lastGeneralFailure: ContinuousClock.Instant?
    private var restarts = 0

    private static let interval = Duration.seconds(1)

    var all: Set<PartitionID> { Set(entries.keys) }

    mutating func isFollowed(_ partition: PartitionID) -> Bool {
        if let last, last.partition == partition { return last.isFollowed }
        let isFollowed = entries[partition] != nil
        last = (partition, isFollowed)
        return isFollowed
    }

    mutating func add(_ partitions: some Sequence<PartitionID>) {
        last = nil
        for partition in partitions { entries[partition] = Entry() }
    }

    mutating func remove(_ partitions: Set<PartitionID>) {
        last = nil
        for partition in partitions { entries[partition] = nil }
    }

    /// Whether a failure of this partition, or of none in particular, is to be told: one in a second is.
    mutating func mayFail(_ partition: PartitionID?, at now: ContinuousClock.Instant) -> Bool {
        let previous = partition.map { entries[$0]?.lastFailure } ?? lastGeneralFailure
        if let previous, now - previous < Self.interval { return false }
        if let partition {
            entries[partition]?.lastFailure = now
        } else {
            lastGeneralFailure = now
        }
        return true
    }

    /// Asks for a partition to be read anew at that time.
    mutating func restart(_ partition: PartitionID, at time: ContinuousClock.Instant) {
        guard entries[partition] != nil else { return }
        if entries[partition]?.restart == nil { restarts += 1 }
        entries[partition]?.restart = time
    }

    /// Partitions to be read anew now.
    mutating func takeDue(at now: ContinuousClock.Instant) -> Set<PartitionID> {
        guard restarts > 0 else { return [] }
        var due: Set<PartitionID> = []
        restarts = 0
        for (partition, entry) in entries {
            guard let time = entry.restart else { continue }
            if time <= now {
                due.insert(partition)
                entries[partition]?.restart = nil
            } else {
                restarts += 1
            }
        }
        return due
    }
}
