package import ClusterAccess
package import LagModel

/// How much groups lag for the purpose of ranking them: steady where the lag itself is not.
///
/// A lag counts at once when it more than doubles, and no longer only after it has been below half of what
/// counts for the settling time; then its peak of that time counts. So a group that alternates between
/// reading and waiting keeps its place among the others. A pure value; time comes with the snapshot.
package struct LagRanking {
    private struct Entry {
        /// As of the last round.
        var lag: Int64
        /// What counts, in records.
        var held: Int64
        /// Since when the lag was below half of it, and the peak since then.
        var low: (since: MonotonicTime, peak: Int64)?

        init(lag: Int64) { (self.lag, held) = (lag, lag) }

        /// Lets ``lag`` count as that of a round.
        mutating func observe(at now: MonotonicTime, settling: Duration) {
            if lag - held > held {
                self = Entry(lag: lag)
            } else if lag >= held - held / 2 {
                low = nil
            } else if let begun = low {
                let peak = max(begun.peak, lag)
                if now - begun.since >= settling {
                    (held, low) = (peak, nil)
                } else {
                    low = (begun.since, peak)
                }
            } else {
                low = (now, lag)
            }
        }
    }

    private let settling: Duration
    /// Groups of the last snapshot, in its order.
    private var ids: [GroupID] = []
    /// Parallel to ``ids``.
    private var entries: [Entry] = []

    /// `settling` is how long a lag must be low before it counts as low.
    package init(settling: Duration = .seconds(300)) { self.settling = settling }

    /// What counts for each group of a snapshot, in its order; groups that it no longer names are forgotten.
    ///
    /// A group whose lag is unknown counts with what is known of it: ``GroupSnapshot/knownLag``.
    ///
    /// Groups ascend by id. `places` says of each where it stood in the snapshot that was observed last if it
    /// is as it was, else -1; one that is as it was is not looked at.
    package mutating func observe(
        _ groups: SharedList<GroupSnapshot>, at now: MonotonicTime, unchanged places: [Int32] = []
    ) -> [Int64] {
        align(with: groups, places)
        var ranks: [Int64] = []
        ranks.reserveCapacity(groups.count)
        for place in groups.indices {
            let isSame = places.indices.contains(place) && places[place] >= 0
            if !isSame { entries[place].lag = max(0, groups[place].knownLag) }
            entries[place].observe(at: now, settling: settling)
            ranks.append(entries[place].held)
        }
        return ranks
    }

    /// Brings ``ids`` and ``entries`` into the order of a snapshot; a new group counts with its lag.
    private mutating func align(with groups: SharedList<GroupSnapshot>, _ places: [Int32]) {
        let isInOrder =
            ids.count == groups.count
            && groups.indices.allSatisfy { place in
                places.indices.contains(place) && Int(places[place]) == place
                    || ids[place] == groups[place].id
            }
        guard !isInOrder else { return }
        let newIDs = groups.map(\.id)
        var next = 0
        entries = groups.indices.map { place in
            while next < ids.count, ids[next] < newIDs[place] { next += 1 }
            if next < ids.count, ids[next] == newIDs[place] { return entries[next] }
            return Entry(lag: max(0, groups[place].knownLag))
        }
        ids = newIDs
    }

    /// Forgets everything: what counts next is the lag as it is then.
    package mutating func reset() { (ids, entries) = ([], []) }
}
