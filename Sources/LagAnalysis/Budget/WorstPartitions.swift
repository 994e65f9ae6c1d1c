package import LagModel

/// Which partitions of a group are exported one by one where only the worst are.
///
/// Worst is the largest lag. Of equal lags the first topic by name and the first partition count as worse; a
/// partition whose lag is unknown comes after all whose lag is known, for it has no series of lag that could
/// be shown.
package enum WorstPartitions {
    /// Positions of the `count` worst for each topic of the group, ascending; `nil` where there are no more
    /// than that.
    ///
    /// One pass over the partitions, with a heap of `count`.
    package static func positions(
        of group: GroupSnapshot, in snapshot: ClusterSnapshot, count: Int
    ) -> [[Int32]]? {
        let total = group.topics.reduce(0) { $0 + $1.partitions.count }
        guard total > count else { return nil }
        var heap = Heap(capacity: count)
        for (topic, columns) in group.topics.enumerated() {
            for position in columns.partitions.indices {
                let lag = snapshot.lag(of: columns, at: position)?.lag ?? -1
                heap.offer(Candidate(lag: lag, topic: topic, position: position))
            }
        }
        var chosen: [[Int32]] = Array(repeating: [], count: group.topics.count)
        for candidate in heap.elements {
            chosen[candidate.topic].append(Int32(truncatingIfNeeded: candidate.position))
        }
        return chosen.map { $0.sorted() }
    }

    private struct Candidate {
        var lag: Int64
        var topic: Int
        var position: Int

        func isBetter(than other: Self) -> Bool {
            lag != other.lag ? lag < other.lag : (topic, position) > (other.topic, other.position)
        }
    }

    /// The worst candidates so far, the best of them on top.
    private struct Heap {
        let capacity: Int
        var elements: [Candidate] = []

        init(capacity: Int) { self.capacity = capacity }

        mutating func offer(_ candidate: Candidate) {
            if elements.count < capacity {
                elements.append(candidate)
                rise(from: elements.count - 1)
            } else if let top = elements.first, top.isBetter(than: candidate) {
                elements[0] = candidate
                sink()
            }
        }

        private mutating func rise(from start: Int) {
            var child = start
            while child > 0 {
                let parent = (child - 1) / 2
                guard elements[child].isBetter(than: elements[parent]) else { return }
                elements.swapAt(child, parent)
                child = parent
            }
        }

        private mutating func sink() {
            var parent = 0
            while true {
                var best = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < elements.count {
                    if elements[child].isBetter(than: elements[best]) { best = child }
                }
                guard best != parent else { return }
                elements.swapAt(parent, best)
                parent = best
            }
        }
    }
}
