package import ClusterAccess

/// One group's commits on one topic as some recent rounds saw them, oldest first, the newest last.
///
/// A frame stands for all rounds that saw the same columns, so a history costs nothing while nothing moves.
/// The newest frame shares its columns with the snapshot, the one before it keeps its own, and those before
/// that are told by the one behind them, in a few bytes a commit.
///
/// Looked at, a history is the same as samples taken at the first round and then every ``spacing``, plus the
/// newest round, of which those are kept that lie in the ``window``, and one at or before its start.
package struct CommitHistory: Sendable {
    /// Some rounds that saw the same.
    package struct Frame: Sendable {
        /// The first of the rounds.
        package let moment: Moment
        /// Ascending.
        package internal(set) var partitions: [Int32]
        var commits: Commits
        /// By partition number; `nil` when the topic was not described.
        package internal(set) var logStart: OffsetColumn?
        package internal(set) var highWatermark: OffsetColumn?
        /// The first sample; later than all rounds of a frame that is too short for one.
        var firstSample: MonotonicTime
        /// The last of the rounds; `nil` while they go on.
        var end: MonotonicTime?

        /// What one round saw; commits and their times are parallel to the partitions.
        package init(
            moment: Moment, partitions: [Int32], committed: [Int64], commitTimes: CommitTimeColumn? = nil,
            logStart: OffsetColumn? = nil, highWatermark: OffsetColumn? = nil
        ) {
            self.moment = moment
            self.partitions = partitions
            self.commits = .plain(committed, commitTimes)
            self.logStart = logStart
            self.highWatermark = highWatermark
            firstSample = moment.monotonic
        }

        /// Where a partition stands in the columns; `hint` is where it is looked for first.
        package func position(of partition: Int32, hint: Int) -> Int? {
            if partitions.indices.contains(hint), partitions[hint] == partition { return hint }
            let place = partitions.firstPlace { $0 >= partition }
            return place < partitions.count && partitions[place] == partition ? place : nil
        }
    }

    /// Commits and their times.
    enum Commits: Sendable {
        case plain([Int64], CommitTimeColumn?)
        /// By those of the frame behind, which has the same partitions.
        case packed(PackedCommits)
    }

    /// A commit that was followed by a lower one.
    package struct Fall: Hashable, Sendable {
        /// The highest commit before it.
        package var from: Int64
        /// The round that first saw the lower one.
        package var seen: MonotonicTime

        package init(from: Int64, seen: MonotonicTime) {
            self.from = from
            self.seen = seen
        }
    }

    package internal(set) var frames: [Frame] = []
    /// By partition; only those whose commits have not yet reached where they fell from.
    package internal(set) var falls: [Int32: Fall] = [:]
    /// The newest round that was recorded; later ones saw the same.
    package internal(set) var recorded: Moment?
    /// How far back it reaches.
    package internal(set) var window = Duration.zero
    package internal(set) var spacing = Duration.zero

    package init() {}

    /// Whether the newest round could not read the commits, or did not.
    package var isPaused: Bool { frames.last?.end != nil }
}

// MARK: - What it says

extension CommitHistory {
    /// The commits of a partition frame by frame, the newest first, each with its time in milliseconds since
    /// 1970, or ``CommitTimeColumn/unknown``; `hint` is where the partition is looked for first.
    package func forEachCommit(
        of partition: Int32, hint: Int, _ body: (_ frame: Int, _ committed: Int64, _ time: Int64) -> Void
    ) {
        var (committed, time) = (Int64(0), CommitTimeColumn.unknown)
        for number in frames.indices.reversed() {
            guard let place = frames[number].position(of: partition, hint: hint) else { continue }
            switch frames[number].commits {
            case .plain(let commits, let times):
                guard commits.indices.contains(place) else { continue }
                committed = commits[place]
                time = times?.milliseconds(at: place) ?? CommitTimeColumn.unknown
            case .packed(let packed):
                committed = packed.committed(at: place, after: committed)
                if packed.hasTimes {
                    time = packed.time(at: place, of: frames[number].partitions.count, after: time)
                }
            }
            body(number, committed, time)
        }
    }

    /// The first offset and the end of a partition's log as a frame tells them; `nil` where it does not.
    package func log(of partition: Int32, in frame: Int) -> (start: Int64?, end: Int64?) {
        (frames[frame].logStart?[partition], frames[frame].highWatermark?[partition])
    }

    /// Partitions of the newest frame; empty before the first.
    package var newestPartitions: [Int32] { frames.isEmpty ? [] : frames[frames.count - 1].partitions }

    /// Commits of the newest frame; empty before the first.
    package var newestCommits: [Int64] {
        guard case .plain(let committed, _)? = frames.last?.commits else { return [] }
        return committed
    }

    /// A look at a history.
    package struct Sample: Sendable {
        /// Position of the frame that tells what there was.
        package var frame: Int
        package var time: MonotonicTime
    }

    /// Samples one after the other that the same frame tells: ``CommitHistory/spacing`` apart, the last one
    /// of a history perhaps less.
    package struct Stretch: Sendable {
        /// Position of the frame.
        package var frame: Int
        package var first: MonotonicTime
        package var last: MonotonicTime
        package var count: Int

        /// The time of one of the samples, by its number from 0.
        package func time(of number: Int, _ spacing: Duration) -> MonotonicTime {
            number == count - 1 ? last : first + spacing * number
        }
    }

    /// The samples that a round at `now` looks back on, oldest first, the last one now; empty before the
    /// first round.
    package func samples(at now: MonotonicTime) -> [Sample] {
        stretches(at: now).flatMap { stretch in
            (0..<stretch.count).map { Sample(frame: stretch.frame, time: stretch.time(of: $0, spacing)) }
        }
    }

    /// The same samples by their frames; a frame that is too short for one has no stretch.
    package func stretches(at now: MonotonicTime) -> [Stretch] {
        guard !frames.isEmpty else { return [] }
        let start = MonotonicTime(sinceOrigin: now.sinceOrigin - window)
        let oldest = oldest(at: now)
        let isSpaced = spacing > .zero
        var stretches: [Stretch] = []
        stretches.reserveCapacity(frames.count - oldest)
        for place in oldest..<frames.count {
            let end = frames[place].end.map { min($0, now) } ?? now
            var first = frames[place].firstSample
            if place == oldest, first < start {
                first = lastSample(of: frames[place], until: min(end, start))
            }
            guard first <= end else { continue }
            var stretch = Stretch(frame: place, first: first, last: first, count: 1)
            while isSpaced, case let next = stretch.last + spacing, next <= end {
                stretch.last = next
                stretch.count += 1
            }
            stretches.append(stretch)
        }
        guard stretches.last?.last != now else { return stretches }
        let (newest, last) = (frames.count - 1, stretches.count - 1)
        if stretches.last?.frame == newest {
            stretches[last].last = now
            stretches[last].count += 1
        } else {
            stretches.append(Stretch(frame: newest, first: now, last: now, count: 1))
        }
        return stretches
    }

    /// Position of the oldest frame that a round at `now` needs.
    private func oldest(at now: MonotonicTime) -> Int {
        var place = 0
        while place + 1 < frames.count, now - frames[place + 1].firstSample >= window { place += 1 }
        return place
    }

    /// When the oldest frame is outlived; `nil` while there is one only.
    package var nextLoss: MonotonicTime? { frames.count > 1 ? frames[1].firstSample + window : nil }

    /// The last sample of a frame up to a round: its first one, or some times the spacing later.
    private func lastSample(of frame: Frame, until end: MonotonicTime) -> MonotonicTime {
        guard end > frame.firstSample, spacing > .zero else { return frame.firstSample }
        // The quotient may be rounded past a whole number; the sums are exact.
        let steps = Int(min(((end - frame.firstSample) / spacing).rounded(.down), 1e15))
        let sample = frame.firstSample + spacing * steps
        if sample > end { return frame.firstSample + spacing * (steps - 1) }
        return sample + spacing <= end ? sample + spacing : sample
    }
}

// MARK: - Recording

extension CommitHistory {
    /// Adds what a round saw, and forgets what the window no longer needs.
    ///
    /// `before` is the round before it, where that saw what the newest frame says and was not recorded. A
    /// frame too short for a sample is forgotten when the next one comes, so there are at most thirteen with
    /// a spacing of a tenth of the window, whatever the interval of the rounds.
    package mutating func record(
        _ frame: consuming Frame, after before: MonotonicTime? = nil, window: Duration, spacing: Duration
    ) {
        (self.window, self.spacing) = (window, spacing)
        let now = frame.moment.monotonic
        let last = frames.last
        let lastRound = recorded?.monotonic
        recorded = frame.moment
        guard let last, let lastRound else { return frames.append(frame) }
        let end = last.end ?? max(before ?? lastRound, lastRound)
        // Rounds that were not recorded have forgotten falls too.
        if !falls.isEmpty { falls = falls.filter { end - $0.value.seen <= window } }
        noteFalls(from: last, to: frame)
        frame.share(with: last)
        if last.end == nil, frame.hasColumns(of: last) { return trim(at: now) }
        let newest = frames.count - 1
        if newest > 0, last.firstSample > end {
            frame.firstSample = max(last.firstSample, now)
            frames.removeLast()
        } else {
            frames[newest].end = end
            frame.firstSample = max(lastSample(of: frames[newest], until: end) + spacing, now)
            if newest > 0 { frames[newest - 1].pack(by: frames[newest]) }
        }
        frames.append(frame)
        trim(at: now)
    }

    /// Says that a round could not read the commits; `before` is the round before it, where that saw what the
    /// newest frame says and was not recorded.
    package mutating func pause(after before: MonotonicTime?) {
        guard let last = frames.last, last.end == nil, let recorded = recorded?.monotonic else { return }
        frames[frames.count - 1].end = max(before ?? recorded, recorded)
    }

    /// Forgets frames that no round from `now` on needs.
    package mutating func trim(at now: MonotonicTime) {
        let gone = oldest(at: now)
        if gone > 0 { frames.removeFirst(gone) }
    }

    /// Remembers commits that went back since the last round, and forgets those that are made good, that
    /// the window has left behind, or that were made in a log which is no more.
    private mutating func noteFalls(from last: Frame, to frame: Frame) {
        let now = frame.moment.monotonic
        guard case .plain(let old, _) = last.commits, case .plain(let new, _) = frame.commits else { return }
        if old != new || last.partitions != frame.partitions {
            for (position, partition) in frame.partitions.enumerated() {
                guard new.indices.contains(position),
                    let before = last.position(of: partition, hint: position), old.indices.contains(before),
                    new[position] < old[before]
                else { continue }
                let from = max(old[before], falls[partition]?.from ?? .min)
                falls[partition] = Fall(from: from, seen: now)
            }
        }
        guard !falls.isEmpty else { return }
        falls = falls.filter { partition, fall in
            guard now - fall.seen <= window,
                let position = frame.position(of: partition, hint: Int(partition)),
                new.indices.contains(position), new[position] < fall.from
            else { return false }
            return frame.highWatermark?[partition].map { fall.from <= $0 } ?? true
        }
    }
}

extension CommitHistory.Frame {
    /// Takes columns that are the same as the round before's from there, so that they are kept once.
    fileprivate mutating func share(with last: Self) {
        if partitions == last.partitions { partitions = last.partitions }
        if logStart == last.logStart { logStart = last.logStart }
        if highWatermark == last.highWatermark { highWatermark = last.highWatermark }
        guard case .plain(var committed, var times) = commits,
            case .plain(let lastCommitted, let lastTimes) = last.commits
        else { return }
        if committed == lastCommitted { committed = lastCommitted }
        if times == lastTimes { times = lastTimes }
        commits = .plain(committed, times)
    }

    fileprivate func hasColumns(of last: Self) -> Bool {
        guard case .plain(let committed, let times) = commits,
            case .plain(let lastCommitted, let lastTimes) = last.commits
        else { return false }
        return partitions == last.partitions && committed == lastCommitted && times == lastTimes
            && logStart == last.logStart && highWatermark == last.highWatermark
    }

    /// Tells the columns by those of the frame behind, where that takes less.
    fileprivate mutating func pack(by next: Self) {
        guard partitions == next.partitions, case .plain(let committed, let times) = commits,
            case .plain(let nextCommitted, let nextTimes) = next.commits, committed.count == partitions.count,
            let packed = PackedCommits(
                committed: committed, times: times, after: nextCommitted, nextTimes)
        else { return }
        commits = .packed(packed)
    }
}
