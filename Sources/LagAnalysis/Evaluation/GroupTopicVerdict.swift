package import ClusterAccess
package import LagModel

/// One group's partitions of one topic judged, and what the group's own verdict needs of them.
///
/// Where nothing is new, ``renew(_:_:at:ages:before:passed:isCaughtUp:)`` looks again at those partitions
/// only whose verdict time may have changed: each has its own moment for that.
package struct GroupTopicVerdict: Sendable {
    /// A partition whose past decides.
    private struct Lagging: Sendable {
        var position: Int32
        var due: WholeSeconds
    }

    /// Parallel to the partitions of the history's newest frame.
    package private(set) var statuses: [PartitionStatus?]
    package private(set) var counts = StatusCounts()
    /// Partitions whose past is known for the whole window and whose lag is known now.
    package private(set) var complete = 0
    /// Where the lag is largest, and where the status is worst.
    package private(set) var mostLag: (position: Int, lag: Int64)?
    package private(set) var worst: (position: Int, status: PartitionStatus, lag: Int64)?
    /// When the verdict may be another one although nothing is new; `nil` when it stays.
    package private(set) var nextChange: MonotonicTime?
    /// When all of it has to be looked at again, because a sample goes that is not like all others.
    private var nextLook: MonotonicTime?
    /// Ascending by position.
    private var lagging: [Lagging] = []

    /// Judges every partition of the newest frame; only those with lag have their past looked at.
    ///
    /// `now` is the newest round, where that was not recorded because it saw the same. `ages` are lags in
    /// seconds, parallel to the frame's partitions; `passed` are partitions of which it is known that nothing
    /// but transaction markers is left to read, which no reader can be late for. `isCaughtUp` says that the
    /// log of every partition is known and its lag is 0.
    package init(
        _ history: borrowing CommitHistory, _ settings: EvaluationSettings, at now: Moment? = nil,
        ages: LagAgeColumn? = nil, passed: [Int32] = [], isCaughtUp: Bool = false
    ) {
        statuses = []
        let frames = history.frames
        guard let newest = frames.last, let now = now ?? history.recorded else { return }
        let looks = Looks(history, at: now, settings)
        guard let first = looks.samples.first else { return }
        let isLong = now.monotonic - first.time >= settings.window
        let firstFrame = frames[first.frame]
        nextLook = isLong ? history.nextLoss : first.time + settings.window
        defer { noteNextChange() }
        if isCaughtUp, firstFrame.partitions == newest.partitions {
            statuses = Array(repeating: .ok, count: newest.partitions.count)
            counts[.ok] = statuses.count
            complete = isLong ? statuses.count : 0
            if !statuses.isEmpty { mostLag = (0, 0) }
            return
        }
        statuses = Array(repeating: nil, count: newest.partitions.count)
        let columns = NewestColumns(history)
        var past = PartitionPast()
        for position in 0..<min(newest.partitions.count, columns.committed.count) {
            guard let lag = columns.lag(at: position) else { continue }
            if mostLag.map({ lag > $0.lag }) ?? true { mostLag = (position, lag) }
            if isLong, firstFrame.position(of: newest.partitions[position], hint: position) != nil {
                complete += 1
            }
            if EvaluationRules.isAllowed(lag, settings) || passed.contains(newest.partitions[position]) {
                statuses[position] = .ok
                counts[.ok] += 1
                continue
            }
            past.load(history, position: position, at: now, looks: looks.samples)
            past.unreadAge = ages?.bounds(at: position, now: now.wall)
            let status = EvaluationRules.status(of: past, settings)
            statuses[position] = status
            note(status, at: position, lag: lag)
            if let status { counts[status] += 1 }
            let due = looks.due(of: past, status, settings)
            lagging.append(Lagging(position: Int32(truncatingIfNeeded: position), due: due))
        }
        if !lagging.isEmpty, let leaves = looks.nextToLeave {
            nextLook = nextLook.map { min($0, leaves) } ?? leaves
        }
    }

    /// Brings the verdict to a round at `now` that saw what the round before it saw, which was judged with
    /// `before` for `ages`.
    ///
    /// `passed` partitions are the same too. Returns whether anything is another than it was.
    package mutating func renew(
        _ history: borrowing CommitHistory, _ settings: EvaluationSettings, at now: Moment,
        ages: LagAgeColumn?, before: LagAgeColumn?, passed: [Int32] = [], isCaughtUp: Bool = false
    ) -> Bool {
        if let nextLook, nextLook <= now.monotonic {
            let old = self
            self = Self(
                history, settings, at: now, ages: ages, passed: passed, isCaughtUp: isCaughtUp)
            if statuses == old.statuses { statuses = old.statuses }
            return !isSame(as: old)
        }
        let moment = WholeSeconds(now.monotonic)
        var looks: Looks?
        var past = PartitionPast()
        var hasChanged = false
        for place in lagging.indices {
            let position = Int(lagging[place].position)
            guard lagging[place].due <= moment || !Self.areSame(ages, before, at: position)
            else { continue }
            let known = looks ?? Looks(history, at: now, settings)
            looks = known
            past.load(history, position: position, at: now, looks: known.samples)
            past.unreadAge = ages?.bounds(at: position, now: now.wall)
            let status = EvaluationRules.status(of: past, settings)
            lagging[place].due = known.due(of: past, status, settings)
            let old = statuses[position]
            guard status != old else { continue }
            hasChanged = true
            statuses[position] = status
            if let old { counts[old] -= 1 }
            if let status { counts[status] += 1 }
        }
        noteNextChange()
        if hasChanged { findWorst(NewestColumns(history)) }
        return hasChanged
    }

    private static func areSame(_ one: LagAgeColumn?, _ other: LagAgeColumn?, at position: Int) -> Bool {
        guard let one, let other else { return one == nil && other == nil }
        return one.isSame(as: other, at: position)
    }

    /// Whether another verdict says the same, whatever is to come.
    private func isSame(as other: Self) -> Bool {
        statuses == other.statuses && complete == other.complete
    }

    private mutating func findWorst(_ columns: NewestColumns) {
        worst = nil
        for place in lagging.indices {
            let position = Int(lagging[place].position)
            note(statuses[position], at: position, lag: columns.lag(at: position) ?? 0)
        }
    }

    private mutating func note(_ status: PartitionStatus?, at position: Int, lag: Int64) {
        guard let status, status != .ok else { return }
        if let worst, (worst.status.ofGroup.severity, worst.lag) >= (status.ofGroup.severity, lag) { return }
        worst = (position, status, lag)
    }

    private mutating func noteNextChange() {
        nextChange = nextLook
        guard let due = lagging.lazy.map(\.due).min(), let time = due.time else { return }
        nextChange = nextChange.map { min($0, time) } ?? time
    }

    /// Takes the statuses of another place that are equal to its own, so that they are kept once.
    package mutating func share(_ known: [PartitionStatus?]) {
        if statuses == known { statuses = known }
    }
}

/// A round's look at a history: its samples, and when there will be others.
private struct Looks {
    let samples: [CommitHistory.Sample]
    let now: MonotonicTime
    /// When the oldest sample goes, and when another one like the newest comes; `nil` where all are alike.
    private(set) var nextToLeave: MonotonicTime?
    private var nextToCome: MonotonicTime?

    init(_ history: borrowing CommitHistory, at now: Moment, _ settings: EvaluationSettings) {
        samples = history.samples(at: now.monotonic)
        self.now = now.monotonic
        guard samples.count > 1, samples[0].frame != samples[samples.count - 1].frame else { return }
        nextToLeave = samples[1].time + settings.window
        // The last look but one is a sample; the next one follows it.
        nextToCome = samples[samples.count - 2].time + settings.spacing
    }

    /// When the verdict on a partition with lag has to be looked at again, as long as no sample goes.
    func due(
        of past: borrowing PartitionPast, _ status: PartitionStatus?, _ settings: EvaluationSettings
    ) -> WholeSeconds {
        WholeSeconds(
            EvaluationRules.timeToChange(
                of: past, status: status, nextSample: nextToCome.map { $0 - now }, settings
            ).map { now + $0 })
    }
}

/// What the newest frame of a history says of lag.
private struct NewestColumns {
    let partitions: [Int32]
    let committed: [Int64]
    let starts: [Int64]
    let ends: [Int64]

    init(_ history: borrowing CommitHistory) {
        let newest = history.frames.last
        partitions = newest?.partitions ?? []
        committed = history.newestCommits
        starts = newest?.logStart?.values ?? []
        ends = newest?.highWatermark?.values ?? []
    }

    /// `nil` where it is unknown.
    func lag(at position: Int) -> Int64? {
        let partition = Int(partitions[position])
        guard partition >= 0, partition < min(starts.count, ends.count) else { return nil }
        let (start, end) = (starts[partition], ends[partition])
        guard start != OffsetColumn.unknown, end != OffsetColumn.unknown else { return nil }
        return PartitionLag(committed: committed[position], logStart: start, end: end).lag
    }
}

/// A moment to the second, not later than it is, in four bytes; or never.
private struct WholeSeconds: Comparable, Sendable {
    private var seconds: UInt32

    init(_ time: MonotonicTime?) {
        seconds = time.map { UInt32(clamping: $0.sinceOrigin.components.seconds) } ?? .max
    }

    /// `nil` for never.
    var time: MonotonicTime? {
        seconds == .max ? nil : MonotonicTime(sinceOrigin: .seconds(Int64(seconds)))
    }

    static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }
}

extension LagAgeColumn {
    /// How old the oldest unread record is at least and at most; `nil` where nobody knows.
    fileprivate func bounds(at position: Int, now: WallTime) -> ClosedRange<Duration>? {
        self[position, at: now].map { max(.zero, $0.age - $0.error)...($0.age + $0.error) }
    }
}

/// How many partitions have each status.
package struct StatusCounts: Hashable, Sendable {
    private var counts: [Int32] = []

    package init() {}

    package subscript(status: PartitionStatus) -> Int {
        get { counts.isEmpty ? 0 : Int(counts[Self.place(of: status)]) }
        set {
            if counts.isEmpty { counts = Array(repeating: 0, count: PartitionStatus.allCases.count) }
            counts[Self.place(of: status)] = Int32(clamping: newValue)
        }
    }

    private static func place(of status: PartitionStatus) -> Int {
        switch status {
        case .ok: 0
        case .warn: 1
        case .stop: 2
        case .stall: 3
        case .rewind: 4
        }
    }
}

extension GroupStatus {
    /// Larger is worse.
    var severity: Int {
        switch self {
        case .ok: 0
        case .warn: 1
        case .err: 2
        case .notFound: -1
        }
    }
}

extension GroupEvaluation {
    /// The group's verdict from those of its topics, in their order; `partitions` are all with a commit,
    /// those that could not be read among them.
    package init(summing topics: [GroupTopicVerdict], partitions: Int) {
        self.init(status: nil, partitions: partitions)
        var most: Int64?
        var worstRank: (Int, Int64)?
        var complete = 0
        for (topic, verdict) in topics.enumerated() {
            for status in PartitionStatus.allCases where verdict.counts[status] > 0 {
                counts[status, default: 0] += verdict.counts[status]
            }
            complete += verdict.complete
            if let found = verdict.mostLag, found.lag > most ?? -1 {
                most = found.lag
                mostLag = Place(topic: topic, position: found.position)
            }
            if let found = verdict.worst {
                let rank = (found.status.ofGroup.severity, found.lag)
                if worstRank.map({ rank > $0 }) ?? true {
                    worstRank = rank
                    worst = Place(topic: topic, position: found.position)
                }
            }
        }
        guard partitions > 0 else {
            status = .notFound
            return
        }
        self.complete = Double(complete) / Double(partitions)
        let found = counts.keys.map(\.ofGroup).max { $0.severity < $1.severity }
        status = found == .ok && unjudged > 0 ? nil : found
    }
}
