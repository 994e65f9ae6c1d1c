package import ClusterAccess
package import LagModel

/// What some recent rounds saw of one group's commit on one partition; ages count back from the newest round.
package struct PartitionPast: Sendable {
    /// One round.
    package struct Sample: Hashable, Sendable {
        /// Time from this round to the newest.
        package var age: Duration
        package var committed: Int64
        /// High watermark; `nil` when it was unknown.
        package var end: Int64?
        /// `nil` when it was unknown.
        package var lag: Int64?
        /// Time from the commit, by the coordinator's clock, to the newest round, by ours: negative where
        /// the clocks disagree, `nil` where nobody tells.
        package var commitAge: Duration?

        package init(
            age: Duration, committed: Int64, end: Int64?, lag: Int64?, commitAge: Duration? = nil
        ) {
            self.age = age
            self.committed = committed
            self.end = end
            self.lag = lag
            self.commitAge = commitAge
        }

        /// Whether this round saw the very commit that the other one saw.
        func isSameCommit(as other: Sample) -> Bool {
            committed == other.committed && commitAge == other.commitAge
        }
    }

    /// Oldest first; the last is the newest round, with age zero.
    package var samples: [Sample]
    /// The highest offset that the commit fell back from and has not reached again.
    package var fellFrom: Int64?
    /// Time since the round that saw the fall.
    var sinceFall: Duration?
    /// How old the oldest unread record is by its own timestamp, at least and at most; `nil` where nobody
    /// asked.
    package var unreadAge: ClosedRange<Duration>?

    package init(
        samples: [Sample] = [], fellFrom: Int64? = nil, unreadAge: ClosedRange<Duration>? = nil
    ) {
        self.samples = samples
        self.fellFrom = fellFrom
        self.unreadAge = unreadAge
    }

    /// Takes in what a history knows of the partition at `position` of its newest frame; storage is reused.
    ///
    /// `looks` are the history's samples at `now`, which is the newest round recorded where none is given.
    package mutating func load(
        _ history: borrowing CommitHistory, position: Int, at now: Moment? = nil,
        looks: [CommitHistory.Sample]? = nil
    ) {
        samples.removeAll(keepingCapacity: true)
        fellFrom = nil
        sinceFall = nil
        unreadAge = nil
        guard let now = now ?? history.recorded, let newest = history.frames.last,
            newest.partitions.indices.contains(position)
        else { return }
        let partition = newest.partitions[position]
        let looks = looks ?? history.samples(at: now.monotonic)
        var next = looks.count
        // Newest first, as histories tell it.
        history.forEachCommit(of: partition, hint: position) { number, committed, time in
            while next > 0, looks[next - 1].frame > number { next -= 1 }
            guard next > 0, looks[next - 1].frame == number else { return }
            let frame = history.frames[number]
            let end = frame.highWatermark?[partition]
            let lag = end.flatMap { end in
                frame.logStart?[partition].map { start in
                    PartitionLag(committed: committed, logStart: start, end: end).lag
                }
            }
            let commitAge = CommitTimeColumn.time(time).map { now.wall - $0 }
            while next > 0, looks[next - 1].frame == number {
                next -= 1
                samples.append(
                    Sample(
                        age: now.monotonic - looks[next].time, committed: committed, end: end, lag: lag,
                        commitAge: commitAge))
            }
        }
        samples.reverse()
        if !history.falls.isEmpty, let fall = history.falls[partition],
            now.monotonic - fall.seen <= history.window
        {
            fellFrom = fall.from
            sinceFall = now.monotonic - fall.seen
        }
    }

    /// How far back the past is known.
    package var span: Duration { samples.first?.age ?? .zero }

    /// Offset of the next record that the reader gets; `nil` when the lag is unknown now.
    var next: Int64? {
        guard let now = samples.last, let end = now.end, let lag = now.lag else { return nil }
        return end.saturatingSubtract(lag)
    }

    /// Position of the first round that saw the newest commit.
    var firstOfCommit: Int {
        guard let now = samples.last else { return 0 }
        return (samples.lastIndex { !$0.isSameCommit(as: now) } ?? -1) + 1
    }

    /// Position of the first round that saw the newest committed offset, committed again since or not.
    var firstOfOffset: Int {
        guard let now = samples.last else { return 0 }
        return (samples.lastIndex { $0.committed != now.committed } ?? -1) + 1
    }

    /// For how long one offset has been committed again and again, as far as the times of commits tell; `nil`
    /// where it was committed once.
    var repeatedFor: Duration? {
        let first = firstOfOffset
        guard samples.indices.contains(first), let now = samples.last, now.commitAge != nil,
            samples[first].commitAge != now.commitAge
        else { return nil }
        return samples[first].age
    }

    /// Time since the last commit.
    ///
    /// By the commit's own time where that is known, but never outside what rounds saw: clocks may disagree.
    /// Otherwise the least that follows from the rounds.
    var sinceCommit: Duration {
        guard let now = samples.last else { return .zero }
        let first = firstOfCommit
        let seen = samples[first].age
        let told = max(seen, now.commitAge ?? seen)
        return first > 0 ? min(told, samples[first - 1].age) : told
    }

    /// How long the oldest unread record has waited, at least: since the first round that saw it.
    ///
    /// Its timestamp may say more, but not more than that a round did not see it yet: timestamps of producers
    /// may lie.
    func waiting(allowedLag: Int64) -> Duration {
        let seen = waitingSeen(allowedLag: allowedLag)
        let told = max(seen.least, unreadAge?.lowerBound ?? .zero)
        return seen.most.map { min(told, $0) } ?? told
    }

    /// How long it can have waited at most: since the last round that did not see it; `nil` when every round
    /// did and there is no timestamp.
    func waitingMost(allowedLag: Int64) -> Duration? {
        let seen = waitingSeen(allowedLag: allowedLag)
        guard let told = unreadAge?.upperBound else { return seen.most }
        return max(seen.least, min(told, seen.most ?? told))
    }

    /// What the rounds alone say of it.
    ///
    /// Looks back as long as the log only grows; what was seen of an earlier log of that name says nothing.
    private func waitingSeen(allowedLag: Int64) -> (least: Duration, most: Duration?) {
        guard let next, var end = samples.last?.end else { return (.zero, nil) }
        let reach = next.saturatingAdd(allowedLag)
        var least = Duration.zero
        for sample in samples.reversed() {
            guard let earlier = sample.end else { continue }
            guard earlier <= end else { break }
            if earlier <= reach { return (least, sample.age) }
            end = earlier
            least = sample.age
        }
        return (least, nil)
    }

    /// Whether a commit was seen to come.
    var hasCommitted: Bool { firstOfCommit > 0 }

    /// The longest time that records waited for a commit; `nil` while no wait was seen from its beginning.
    ///
    /// Time in which there was nothing to read does not count, so that a quiet topic is no slow reader.
    func longestWait(allowedLag: Int64) -> Duration? {
        guard let first = samples.first else { return nil }
        func isCaughtUp(_ sample: Sample) -> Bool { sample.lag.map { $0 <= allowedLag } ?? false }
        var since = isCaughtUp(first) ? first.age : first.commitAge.map { max(first.age, $0) }
        var longest: Duration?
        for (before, sample) in zip(samples, samples.dropFirst()) {
            if !sample.isSameCommit(as: before) {
                let told = sample.commitAge ?? sample.age
                let committed = min(max(told, sample.age), before.age)
                if let since { longest = max(longest ?? .zero, since - committed) }
                since = committed
            }
            if isCaughtUp(sample) { since = min(since ?? sample.age, sample.age) }
        }
        return longest
    }
}
