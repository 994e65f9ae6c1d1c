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

        init(lag: Int64, held: Int64) { (self.lag, self.held) = (lag, held) }

        mutating func observe(_ lag: Int64, at now: MonotonicTime, settling: Duration) {
            self.lag = lag
            if lag - held > held {
                self = Entry(lag: lag, held: lag)
            } else if lag >= held - held / 2 {
                low = nil
            } else if let begun = low {
                let peak = max(begun.peak, lag)
                if now - begun.since >= settling {
                    self = Entry(lag: lag, held: peak)
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
        var (newIDs, newEntries): ([GroupID], [Entry]) = ([], [])
        newIDs.reserveCapacity(groups.count)
        newEntries.reserveCapacity(groups.count)
        let ranks = groups.indices.map { place in
            var before = places.indices.contains(place) ? Int(places[place]) : -1
            let isSame = ids.indices.contains(before)
            let id = isSame ? ids[before] : groups[place].id
            if !isSame { before = self.place(of: id) }
            let lag = isSame ? entries[before].lag : max(0, groups[place].knownLag)
            var entry = before < 0 ? Entry(lag: lag, held: lag) : entries[before]
            entry.observe(lag, at: now, settling: settling)
            newIDs.append(id)
            newEntries.append(entry)
            return entry.held
        }
        (ids, entries) = (newIDs, newEntries)
        return ranks
    }

    /// Where a group stood in the last round; -1 where it was not there.
    private func place(of id: GroupID) -> Int {
        let place = ids.firstPlace { $0 >= id }
        return place < ids.count && ids[place] == id ? place : -1
    }

    /// Forgets everything: what counts next is the lag as it is then.
    package mutating func reset() { (ids, entries) = ([], []) }
}
