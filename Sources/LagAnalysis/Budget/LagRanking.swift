package import ClusterAccess
package import LagModel

/// How much groups lag for the purpose of ranking them: steady where the lag itself is not.
///
/// A lag counts at once when it more than doubles, and no longer only after it has been below half of what
/// counts for the settling time; then its peak of that time counts. So a group that alternates between
/// reading and waiting keeps its place among the others. A pure value; time comes with the snapshot.
package struct LagRanking {
    private struct Entry {
        /// What counts, in records.
        var held: Int64
        /// Since when the lag was below half of it, and the peak since then.
        var low: (since: MonotonicTime, peak: Int64)?

        mutating func observe(_ lag: Int64, at now: MonotonicTime, settling: Duration) {
            if lag - held > held {
                self = Entry(held: lag)
            } else if lag >= held - held / 2 {
                low = nil
            } else if let begun = low {
                let peak = max(begun.peak, lag)
                if now - begun.since >= settling {
                    self = Entry(held: peak)
                } else {
                    low = (begun.since, peak)
                }
            } else {
                low = (now, lag)
            }
        }
    }

    private let settling: Duration
    private var entries: [GroupID: Entry] = [:]

    /// `settling` is how long a lag must be low before it counts as low.
    package init(settling: Duration = .seconds(300)) { self.settling = settling }

    /// What counts for each group of a snapshot, in its order; groups that it no longer names are forgotten.
    ///
    /// A group whose lag is unknown counts with what is known of it: ``GroupSnapshot/knownLag``.
    package mutating func observe(
        _ groups: some Collection<GroupSnapshot>, at now: MonotonicTime
    ) -> [Int64] {
        var kept: [GroupID: Entry] = [:]
        kept.reserveCapacity(groups.count)
        let ranks = groups.map { group in
            let lag = max(0, group.knownLag)
            var entry = entries[group.id] ?? Entry(held: lag)
            entry.observe(lag, at: now, settling: settling)
            kept[group.id] = entry
            return entry.held
        }
        entries = kept
        return ranks
    }

    /// Forgets everything: what counts next is the lag as it is then.
    package mutating func reset() { entries = [:] }
}
