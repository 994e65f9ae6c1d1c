import ClusterAccess

/// Partition numbers 0, 1, 2 and so on, which most groups have commits on, kept once for all of them.
struct SharedShapes: Sendable {
    private var byCount: [Int: [PartitionID]] = [:]

    /// Counts of partitions that are remembered before all are forgotten.
    private static let countsMax = 1_024

    /// The same partitions, ascending, in an array that others may have too.
    mutating func shared(_ partitions: [PartitionID]) -> [PartitionID] {
        guard let last = partitions.last, Int(last.rawValue) == partitions.count - 1 else {
            return partitions.trimmed()
        }
        if let known = byCount[partitions.count] { return known }
        if byCount.count >= Self.countsMax { byCount.removeAll() }
        let new = partitions.trimmed()
        byCount[partitions.count] = new
        return new
    }
}
