package import LagModel

/// Remembers how many series each group of the last snapshot had, so that a census counts what changed only.
///
/// It holds on to the groups of that snapshot: one that stands in the same memory in the next has not been
/// written to, and what its counts rest on beside, the logs of its topics, has not changed without it.
package struct CensusMemory {
    private var groups: SharedList<GroupSnapshot> = []
    /// Parallel to ``groups``.
    private var counts: [SeriesCounts] = []

    package init() {}

    /// The census of the next snapshot; `places` are where its groups stood that are as they were.
    package func census(
        of snapshot: ClusterSnapshot, by counter: SeriesCounter, _ places: [Int32]
    ) -> SeriesCensus {
        counter.census(snapshot) { place in places[place] < 0 ? nil : counts[Int(places[place])] }
    }

    /// Remembers a census of groups, in the state in which they are published.
    package mutating func keep(_ census: SeriesCensus, of groups: SharedList<GroupSnapshot>) {
        self.groups = groups
        counts = census.groups
    }

    /// For each group of the next snapshot where it stood if it is as it was, else -1.
    package func places(of now: SharedList<GroupSnapshot>) -> [Int32] {
        var next = 0
        return now.indices.map { place in
            // Both ascend by id, and nearly always the group is the next one.
            while next < groups.count {
                if now.shares(place, with: groups, at: next) {
                    next += 1
                    return Int32(truncatingIfNeeded: next - 1)
                }
                if now[place].id < groups[next].id { break }
                next += 1
                if now[place].id == groups[next - 1].id { break }
            }
            return -1
        }
    }
}
