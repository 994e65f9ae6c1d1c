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
    }

    /// Rounds one after the other that saw the same.
    struct Stretch: Sendable {
        /// Ages of the first round and the last one.
        var oldest: Duration
        var newest: Duration
        /// How many rounds there are.
        var count: Int
        var committed: Int64
        var end: Int64?
        var lag: Int64?
        var commitAge: Duration?

        /// Whether these rounds saw the very commit that the other ones saw.
        func isSameCommit(as other: Stretch) -> Bool {
            committed == other.committed && commitAge == other.commitAge
        }
    }

    /// Oldest first; the last round is the newest, with age zero.
    private(set) var stretches: [Stretch] = []
    /// Time between rounds of a stretch; before its last one it may be less.
    private var spacing = Duration.zero
    /// The highest offset that the commit fell back from and has not reached again.
    package var fellFrom: Int64?
    /// Time since the round that saw the fall.
    private(set) var sinceFall: Duration?
    /// How old the oldest unread record is by its own timestamp, at least and at most; `nil` where nobody
    /// asked.
    package var unreadAge: ClosedRange<Duration>?

    /// `samples` are the rounds one by one, oldest first; the last is the newest, with age zero.
    package init(
        samples: [Sample] = [], fellFrom: Int64? = nil, unreadAge: ClosedRange<Duration>? = nil
    ) {
        stretches = samples.map {
            Stretch(
                oldest: $0.age, newest: $0.age, count: 1, committed: $0.committed, end: $0.end, lag: $0.lag,
                commitAge: $0.commitAge)
        }
        self.fellFrom = fellFrom
        self.unreadAge = unreadAge
    }

    /// The rounds one by one, oldest first; the last is the newest, with age zero.
    package var samples: [Sample] {
        stretches.flatMap { stretch in
            (0..<stretch.count).map { number in
                let isLast = number == stretch.count - 1
                return Sample(
                    age: isLast ? stretch.newest : stretch.oldest - spacing * number,
                    committed: stretch.committed, end: stretch.end, lag: stretch.lag,
                    commitAge: stretch.commitAge)
            }
        }
    }

    /// Takes in what a history knows of the partition at `position` of its newest frame; storage is reused.
    ///
    /// `looks` are the history's samples at `now`, which is the newest round recorded where none is given.
    package mutating func load(
        _ history: borrowing CommitHistory, position: Int, at now: Moment? = nil,
        looks: [CommitHistory.Stretch]? = nil
    ) {
        stretches.removeAll(keepingCapacity: true)
        spacing = history.spacing
        fellFrom = nil
        sinceFall = nil
        unreadAge = nil
        let partitions = history.newestPartitions
        guard let now = now ?? history.recorded, partitions.indices.contains(position) else { return }
        let partition = partitions[position]
        let looks = looks ?? history.stretches(at: now.monotonic)
        stretches.reserveCapacity(looks.count)
        var next = looks.count
        // Newest first, as histories tell it.
        history.forEachCommit(of: partition, hint: position) { number, committed, time in
            while next > 0, looks[next - 1].frame > number { next -= 1 }
            guard next > 0, looks[next - 1].frame == number else { return }
            next -= 1
            let (start, end) = history.log(of: partition, in: number)
            var lag: Int64?
            if let start, let end { lag = PartitionLag(committed: committed, logStart: start, end: end).lag }
            stretches.append(
                Stretch(
                    oldest: now.monotonic - looks[next].first, newest: now.monotonic - looks[next].last,
                    count: looks[next].count, committed: committed, end: end, lag: lag,
                    commitAge: CommitTimeColumn.time(time).map { now.wall - $0 }))
        }
        stretches.reverse()
        if !history.falls.isEmpty, let fall = history.falls[partition] {
            let age = now.monotonic - fall.seen
            if age <= history.window { (fellFrom, sinceFall) = (fall.from, age) }
        }
    }
}

// MARK: - What follows from it

extension PartitionPast {
    /// The newest round and those before it that saw the same.
    var newest: Stretch? { stretches.last }

    /// How far back the past is known.
    var span: Duration { stretches.first?.oldest ?? .zero }

    /// Offset of the next record that the reader gets; `nil` when the lag is unknown now.
    var next: Int64? {
        guard let now = stretches.last, let end = now.end, let lag = now.lag else { return nil }
        return end.saturatingSubtract(lag)
    }

    /// Position of the first stretch that saw the newest commit.
    private var firstOfCommit: Int {
        var first = stretches.count - 1
        while first > 0, stretches[first - 1].isSameCommit(as: stretches[stretches.count - 1]) { first -= 1 }
        return max(0, first)
    }

    /// For how long one offset has been committed again and again, as far as the times of commits tell; `nil`
    /// where it was committed once.
    var repeatedFor: Duration? {
        guard let now = stretches.last, now.commitAge != nil else { return nil }
        var first = stretches.count - 1
        while first > 0, stretches[first - 1].committed == now.committed { first -= 1 }
        return stretches[first].commitAge == now.commitAge ? nil : stretches[first].oldest
    }

    /// Time since the last commit, and whether it was seen to come.
    ///
    /// By the commit's own time where that is known, but never outside what rounds saw: clocks may disagree.
    /// Otherwise the least that follows from the rounds.
    var lastCommit: (age: Duration, isSeen: Bool) {
        guard let now = stretches.last else { return (.zero, false) }
        let first = firstOfCommit
        let seen = stretches[first].oldest
        let told = now.commitAge.map { max(seen, $0) } ?? seen
        return first > 0 ? (min(told, stretches[first - 1].newest), true) : (told, false)
    }

    /// How long the oldest unread record has waited, at least and at most.
    ///
    /// At least since the first round that saw it, and no longer than since the last one that did not; there
    /// is no most when every round did and there is no timestamp. Its timestamp may say more, but not more
    /// than the rounds: timestamps of producers may lie.
    func waiting(allowedLag: Int64) -> (least: Duration, most: Duration?) {
        let seen = waitingSeen(allowedLag: allowedLag)
        guard let unreadAge else { return seen }
        let least = max(seen.least, unreadAge.lowerBound)
        guard let most = seen.most else { return (least, max(seen.least, unreadAge.upperBound)) }
        return (min(least, most), max(seen.least, min(unreadAge.upperBound, most)))
    }

    /// What the rounds alone say of it.
    ///
    /// Looks back as long as the log only grows; what was seen of an earlier log of that name says nothing.
    private func waitingSeen(allowedLag: Int64) -> (least: Duration, most: Duration?) {
        guard let next, var end = stretches.last?.end else { return (.zero, nil) }
        let reach = next.saturatingAdd(allowedLag)
        var least = Duration.zero
        for place in stretches.indices.reversed() {
            guard let earlier = stretches[place].end else { continue }
            guard earlier <= end else { break }
            if earlier <= reach { return (least, stretches[place].newest) }
            end = earlier
            least = stretches[place].oldest
        }
        return (least, nil)
    }

    /// The longest time that records waited for a commit; `nil` while no wait was seen from its beginning.
    ///
    /// Time in which there was nothing to read does not count, so that a quiet topic is no slow reader.
    func longestWait(allowedLag: Int64) -> Duration? {
        guard let first = stretches.first else { return nil }
        // When what waits began to wait; where all is read, the newest round that saw so.
        var since = first.commitAge.map { max(first.oldest, $0) }
        var longest: Duration?
        for place in stretches.indices {
            if place > 0, !stretches[place].isSameCommit(as: stretches[place - 1]) {
                let seen = stretches[place].oldest
                let told = stretches[place].commitAge.map { max($0, seen) } ?? seen
                let committed = min(told, stretches[place - 1].newest)
                if let since { longest = max(longest ?? .zero, since - committed) }
                since = committed
            }
            // No moment before it is later than the last round of a stretch.
            if let lag = stretches[place].lag, lag <= allowedLag { since = stretches[place].newest }
        }
        return longest
    }

    /// Whether lag rises through its ups and downs.
    ///
    /// Each quarter's lowest lies above that of the quarter before, and the last quarter lies above the first
    /// altogether. Needs eight rounds that know the lag.
    var isGrowing: Bool {
        var count = 0
        for place in stretches.indices where stretches[place].lag != nil { count += stretches[place].count }
        // Four quarters, each above the one before, are four lags.
        guard count >= 8, stretches.count >= 4 else { return false }
        var (quarter, done) = (0, 0)
        var (before, lowest, highestOfFirst) = (Int64.min, Int64.max, Int64.min)
        for place in stretches.indices {
            guard let lag = stretches[place].lag else { continue }
            var left = stretches[place].count
            while left > 0 {
                lowest = min(lowest, lag)
                if quarter == 0 { highestOfFirst = max(highestOfFirst, lag) }
                let taken = min(left, count * (quarter + 1) / 4 - done)
                done += taken
                left -= taken
                guard done == count * (quarter + 1) / 4 else { continue }
                if quarter > 0, lowest <= before { return false }
                if quarter == 3 { return lowest > highestOfFirst }
                (quarter, before, lowest) = (quarter + 1, lowest, .max)
            }
        }
        return false
    }
}
