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
    package private(set) var statuses: [PartitionStatus?] = []
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

    /// Of no partitions.
    package init() {}

    /// Judges every partition of the newest frame of a history, at its newest round where no other is given.
    package init(
        _ history: borrowing CommitHistory, _ settings: EvaluationSettings, at now: Moment? = nil,
        ages: LagAgeColumn? = nil, passed: [Int32] = [], isCaughtUp: Bool = false
    ) {
        guard let now = now ?? history.recorded else { return }
        judge(history, settings, at: now, ages: ages, passed: passed, isCaughtUp: isCaughtUp)
    }

    /// Judges every partition of the newest frame anew; only those with lag have their past looked at.
    ///
    /// `now` is the newest round, also where that was not recorded because it saw the same. `ages` are lags
    /// in seconds, parallel to the frame's partitions; `passed` are partitions of which it is known that
    /// nothing but transaction markers is left to read, which no reader can be late for. `isCaughtUp` says
    /// that the log of every partition is known and its lag is 0.
    ///
    /// Statuses keep their storage while they stay the same. Returns whether anything is another than it was.
    @discardableResult
    package mutating func judge(
        _ history: borrowing CommitHistory, _ settings: EvaluationSettings, at now: Moment,
        ages: LagAgeColumn?, passed: [Int32] = [], isCaughtUp: Bool = false
    ) -> Bool {
        let (columns, looks) = (NewestColumns(history), Looks(history, at: now, settings))
        let completeBefore = complete
        var hasChanged = survey(history, columns, looks, settings, passed: passed, isCaughtUp: isCaughtUp)
        var past = PartitionPast()
        for place in lagging.indices where look(at: place, of: history, looks, ages, settings, &past) {
            hasChanged = true
        }
        findWorst(columns)
        noteNextChange()
        return hasChanged || complete != completeBefore
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
            return judge(history, settings, at: now, ages: ages, passed: passed, isCaughtUp: isCaughtUp)
        }
        let moment = WholeSeconds(now.monotonic)
        var looks: Looks?
        var past = PartitionPast()
        var hasChanged = false
        for place in lagging.indices {
            guard
                lagging[place].due <= moment
                    || !Self.areSame(ages, before, at: Int(lagging[place].position))
            else { continue }
            let known = looks ?? Looks(history, at: now, settings)
            looks = known
            if look(at: place, of: history, known, ages, settings, &past) { hasChanged = true }
        }
        noteNextChange()
        if hasChanged { findWorst(NewestColumns(history)) }
        return hasChanged
    }

    private static func areSame(_ one: LagAgeColumn?, _ other: LagAgeColumn?, at position: Int) -> Bool {
        guard let one, let other else { return one == nil && other == nil }
        return one.isSame(as: other, at: position)
    }
}

// MARK: - Judging

extension GroupTopicVerdict {
    /// Finds partitions whose past decides, and says of the others what there is to say; returns whether any
    /// of these has another status than before.
    private mutating func survey(
        _ history: borrowing CommitHistory, _ columns: borrowing NewestColumns, _ looks: borrowing Looks,
        _ settings: EvaluationSettings, passed: [Int32], isCaughtUp: Bool
    ) -> Bool {
        let count = columns.partitions.count
        var hasChanged = statuses.count != count
        if hasChanged { (statuses, counts) = (Array(repeating: nil, count: count), StatusCounts()) }
        (complete, mostLag, nextLook) = (0, nil, nil)
        guard let first = looks.stretches.first else { return hasChanged }
        let isLong = looks.now.monotonic - first.first >= settings.window
        nextLook = isLong ? history.nextLoss : first.first + settings.window
        let oldest = history.frames[first.frame]
        let isSame = oldest.partitions == columns.partitions
        if isCaughtUp, isSame {
            lagging = []
            for position in statuses.indices where show(.ok, at: position) { hasChanged = true }
            complete = isLong ? count : 0
            if count > 0 { mostLag = (0, 0) }
            return hasChanged
        }
        if lagging.isEmpty { lagging.reserveCapacity(columns.countLags(above: settings.allowedLag)) }
        var place = 0
        for position in 0..<count {
            let lag = columns.lag(at: position)
            if let lag {
                if mostLag.map({ lag > $0.lag }) ?? true { mostLag = (position, lag) }
                if isLong, isSame || oldest.position(of: columns.partitions[position], hint: position) != nil
                {
                    complete += 1
                }
            }
            guard let lag, !EvaluationRules.isAllowed(lag, settings),
                !passed.contains(columns.partitions[position])
            else {
                if show(lag == nil ? nil : .ok, at: position) { hasChanged = true }
                continue
            }
            let found = Lagging(position: Int32(truncatingIfNeeded: position), due: .never)
            if place < lagging.count { lagging[place] = found } else { lagging.append(found) }
            place += 1
        }
        lagging.removeLast(lagging.count - place)
        if lagging.isEmpty {
            lagging = []
        } else if let leaves = looks.nextToLeave {
            nextLook = nextLook.map { min($0, leaves) } ?? leaves
        }
        return hasChanged
    }

    /// Judges the partition at a place of ``lagging``; returns whether it has another status than before.
    ///
    /// `past` is storage that is used again and again.
    private mutating func look(
        at place: Int, of history: borrowing CommitHistory, _ looks: borrowing Looks, _ ages: LagAgeColumn?,
        _ settings: EvaluationSettings, _ past: inout PartitionPast
    ) -> Bool {
        let position = Int(lagging[place].position)
        past.load(history, position: position, at: looks.now, looks: looks.stretches)
        past.unreadAge = ages?.bounds(at: position, now: looks.now.wall)
        let outline = PartitionOutline(of: past, settings)
        let status = EvaluationRules.status(of: outline, settings)
        lagging[place].due = looks.due(of: outline, status, settings)
        return show(status, at: position)
    }

    /// Puts down a status; returns whether it is another than before.
    private mutating func show(_ status: PartitionStatus?, at position: Int) -> Bool {
        let old = statuses[position]
        guard status != old else { return false }
        statuses[position] = status
        if let old { counts[old] -= 1 }
        if let status { counts[status] += 1 }
        return true
    }

    private mutating func findWorst(_ columns: borrowing NewestColumns) {
        worst = nil
        for place in lagging.indices {
            let position = Int(lagging[place].position)
            guard let status = statuses[position], status != .ok else { continue }
            let lag = columns.lag(at: position) ?? 0
            let severity = status.ofGroup.severity
            if let worst, (worst.status.ofGroup.severity, worst.lag) >= (severity, lag) { continue }
            worst = (position, status, lag)
        }
    }

    private mutating func noteNextChange() {
        nextChange = nextLook
        guard let due = lagging.lazy.map(\.due).min(), let time = due.time else { return }
        nextChange = nextChange.map { min($0, time) } ?? time
    }
}

/// A round's look at a history: its samples, and when there will be others.
private struct Looks {
    let stretches: [CommitHistory.Stretch]
    let now: Moment
    /// When the oldest sample goes; `nil` where all are alike.
    private(set) var nextToLeave: MonotonicTime?
    /// In how long another one like the newest comes; `nil` where all are alike.
    private var untilNext: Duration?

    init(_ history: borrowing CommitHistory, at now: Moment, _ settings: EvaluationSettings) {
        stretches = history.stretches(at: now.monotonic)
        self.now = now
        guard stretches.count > 1, let first = stretches.first, let last = stretches.last else { return }
        let second = first.count > 1 ? first.time(of: 1, history.spacing) : stretches[1].first
        nextToLeave = second + settings.window
        // The last look but one is a sample; the next one follows it.
        let sample =
            last.count > 1
            ? last.time(of: last.count - 2, history.spacing) : stretches[stretches.count - 2].last
        untilNext = sample + settings.spacing - now.monotonic
    }

    /// When the verdict on a partition with lag has to be looked at again, as long as no sample goes.
    func due(
        of past: PartitionOutline, _ status: PartitionStatus?, _ settings: EvaluationSettings
    ) -> WholeSeconds {
        let time = EvaluationRules.timeToChange(of: past, status: status, nextSample: untilNext, settings)
        return time.map { WholeSeconds(now.monotonic + $0) } ?? .never
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
        guard partition >= 0, partition < min(starts.count, ends.count), position < committed.count else {
            return nil
        }
        let (start, end) = (starts[partition], ends[partition])
        guard start != OffsetColumn.unknown, end != OffsetColumn.unknown else { return nil }
        return PartitionLag(committed: committed[position], logStart: start, end: end).lag
    }

    func countLags(above allowed: Int64) -> Int {
        partitions.indices.count { lag(at: $0).map { $0 > allowed } ?? false }
    }
}

/// A moment to the second, not later than it is, in four bytes; or never.
private struct WholeSeconds: Comparable, Sendable {
    private var seconds: UInt32

    private init(seconds: UInt32) { self.seconds = seconds }

    init(_ time: MonotonicTime) {
        // Not by components: to work out those beyond the second as well takes longer.
        seconds = UInt32(clamping: time.sinceOrigin.attoseconds / 1_000_000_000_000_000_000)
    }

    static let never = Self(seconds: .max)

    /// `nil` for never.
    var time: MonotonicTime? {
        self == .never ? nil : MonotonicTime(sinceOrigin: .seconds(Int64(seconds)))
    }

    static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }
}

extension LagAgeColumn {
    /// How old the oldest unread record is at least and at most; `nil` where nobody knows.
    fileprivate func bounds(at position: Int, now: WallTime) -> ClosedRange<Duration>? {
        self[position, at: now].map { max(.zero, $0.age - $0.error)...($0.age + $0.error) }
    }
}

/// How many partitions have each status; numbers beside each other, since there is one of these for every
/// topic of every group.
package struct StatusCounts: Hashable, Sendable {
    private var ok: Int32 = 0
    private var warn: Int32 = 0
    private var stop: Int32 = 0
    private var stall: Int32 = 0
    private var rewind: Int32 = 0

    package init() {}

    package subscript(status: PartitionStatus) -> Int {
        get {
            switch status {
            case .ok: Int(ok)
            case .warn: Int(warn)
            case .stop: Int(stop)
            case .stall: Int(stall)
            case .rewind: Int(rewind)
            }
        }
        set {
            let count = Int32(clamping: newValue)
            switch status {
            case .ok: ok = count
            case .warn: warn = count
            case .stop: stop = count
            case .stall: stall = count
            case .rewind: rewind = count
            }
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
