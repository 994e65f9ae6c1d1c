package import ClusterAccess

/// Offsets of one topic by partition number, some of which may be unknown.
package struct OffsetColumn: Hashable, Sendable {
    /// Stands for "unknown" in ``values`` only; it never leaves as a number.
    package static let unknown = Int64.min

    /// One value for each partition from 0, or ``unknown``; for loops that cannot afford optionals.
    package private(set) var values: [Int64]

    /// A column of `count` unknown offsets.
    package init(unknownCount count: Int) {
        values = Array(repeating: Self.unknown, count: count)
    }

    package init(_ values: [Int64]) { self.values = values }

    package var count: Int { values.count }

    /// The offset of a partition; `nil` when it is unknown or there is no such partition.
    package subscript(partition: Int32) -> Int64? {
        get {
            guard partition >= 0, Int(partition) < values.count else { return nil }
            let value = values[Int(partition)]
            return value == Self.unknown ? nil : value
        }
        set {
            guard partition >= 0, Int(partition) < values.count else { return }
            values[Int(partition)] = newValue ?? Self.unknown
        }
    }

    /// Takes some offsets in; the array stays the same one where nothing changes.
    ///
    /// What lies outside the column is left out.
    package mutating func update(_ partitions: [PartitionID], _ offsets: [Int64]) {
        let count = min(partitions.count, offsets.count)
        let isNew = (0..<count).contains { position in
            let place = Int(partitions[position].rawValue)
            return values.indices.contains(place) && values[place] != offsets[position]
        }
        guard isNew else { return }
        // In one go: the array is made one's own once, not for each offset.
        var own = values.mutableSpan
        for position in 0..<count {
            let place = Int(partitions[position].rawValue)
            if own.indices.contains(place) { own[place] = offsets[position] }
        }
    }

    /// Has these offsets from now on; the array stays the same one where nothing changes.
    package mutating func become(_ offsets: [Int64]) { if values != offsets { values = offsets } }

    package var isComplete: Bool { !values.contains(Self.unknown) }

    /// How many offsets are known.
    package var knownCount: Int { values.count { $0 != Self.unknown } }
}
