package import ClusterAccess

/// One topic of a scripted cluster: all its offsets and timestamps follow from when records came.
///
/// Records come in blocks, one on every partition at the same moment. What was there before the first block
/// came at a record a second. Nothing is kept by partition.
package struct LoadTopic: Sendable {
    /// Records of a block.
    static let blockSize: Int64 = 1_000
    /// Blocks that retention leaves.
    static let blocksMax = 64
    /// Where the first block begins.
    private static let base: Int64 = 1_000_000
    /// Records from before the first block.
    private static let historySize: Int64 = 10_000
    /// Milliseconds between two of them.
    private static let historyPace: Int64 = 1_000

    package let name: TopicName
    package let partitions: Int
    /// Milliseconds since 1970; the history ends here.
    private let created: Int64
    /// Blocks that were deleted.
    private var deleted: Int64 = 0
    /// When the other blocks came, in milliseconds since 1970.
    private var times: [Int64] = []

    init(name: TopicName, partitions: Int, created: Int64) {
        self.name = name
        self.partitions = partitions
        self.created = created
    }

    /// End of the partition whose records stand nowhere later than those of others.
    var end: Int64 { Self.base + (deleted + Int64(times.count)) * Self.blockSize }

    /// First offset of the same partition.
    private var start: Int64 {
        deleted == 0 ? Self.base - Self.historySize : Self.base + deleted * Self.blockSize
    }

    /// By how much a partition's offsets are larger than those of partition 0.
    static func skew(_ partition: Int) -> Int64 { Int64(partition &* 13 % 997) }

    func offset(_ kind: LogOffsetKind, of partition: Int) -> Int64 {
        (kind == .logStart ? start : end) + Self.skew(partition)
    }

    /// Lets a block come on every partition.
    mutating func append(at time: Int64) {
        times.append(time)
        if times.count > Self.blocksMax {
            times.removeFirst()
            deleted += 1
        }
    }

    /// The first record that is not older than `time`, as a broker answers ListOffsets.
    func firstRecord(of partition: Int, atLeast time: Int64) -> Int64? {
        var found: Int64?
        if deleted == 0, time <= created - Self.historyPace {
            // Record -1 came one pace before the topic's making, record -2 two paces before.
            let paces = (created - time) / Self.historyPace
            found = max(start, Self.base - paces)
        } else if let block = firstBlock(atLeast: time) {
            found = Self.base + (deleted + Int64(block)) * Self.blockSize
        }
        return found.map { $0 + Self.skew(partition) }
    }

    private func firstBlock(atLeast time: Int64) -> Int? {
        let block = times.firstPlace { $0 >= time }
        return block < times.count ? block : nil
    }

    /// Timestamp of a record, in milliseconds since 1970; `nil` for what is not in the log.
    func timestamp(of offset: Int64, partition: Int) -> Int64? {
        let place = offset - Self.skew(partition)
        guard (start..<end).contains(place) else { return nil }
        if place < Self.base { return created - (Self.base - place) * Self.historyPace }
        return times[Int((place - Self.base) / Self.blockSize - deleted)]
    }
}
