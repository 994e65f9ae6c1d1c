package import LagModel

/// Remembers how many series each group of the last snapshot had and how it was exported, so that only what
/// changed is looked at.
///
/// It holds on to the groups of that snapshot: one that stands in the same memory in the next has not been
/// written to, and what its counts rest on beside, the logs of its topics, has not changed without it.
package struct CensusMemory {
    private var groups: SharedList<GroupSnapshot> = []
    /// Parallel to ``groups``.
    private var counts: [SeriesCounts] = []
    /// Parallel to ``groups``, or empty where nothing was planned.
    private var levels: [ExportLevel] = []
    /// Likewise.
    private var topics = GroupTopics()

    package init() {}

    /// The census of the next snapshot; `places` are where its groups stood that are as they were.
    package func census(
        of snapshot: ClusterSnapshot, by counter: SeriesCounter, _ places: [Int32]
    ) -> SeriesCensus {
        counter.census(snapshot) { place in places[place] < 0 ? nil : counts[Int(places[place])] }
    }

    /// Remembers a census of groups and the levels at which they are exported, in the state in which they are
    /// published; `nil` where that was not planned.
    package mutating func keep(
        _ census: SeriesCensus, _ levels: [ExportLevel]?, of groups: SharedList<GroupSnapshot>
    ) {
        self.groups = groups
        counts = census.groups
        self.levels = levels ?? []
        if levels == nil { topics = GroupTopics() }
    }

    /// The level at which a group was exported; `nil` where that was not planned, and for -1.
    package func level(at place: Int32) -> ExportLevel? {
        levels.indices.contains(Int(place)) ? levels[Int(place)] : nil
    }

    /// For each topic of the next snapshot the largest rank of a group on it, -1 where nobody reads it.
    package mutating func ranksOfTopics(
        _ ranks: [Int64], of snapshot: ClusterSnapshot, _ places: [Int32]
    ) -> [Int64] {
        topics = GroupTopics(of: snapshot.groups, after: topics, places)
        var ranksOfTopics = Array(repeating: -1 as Int64, count: snapshot.topics.count)
        topics.forEach { group, topic in
            guard ranksOfTopics.indices.contains(topic) else { return }
            ranksOfTopics[topic] = max(ranksOfTopics[topic], ranks[group])
        }
        return ranksOfTopics
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
