package import ClusterAccess
package import LagModel

/// One group's partitions of one topic judged, and what the group's own verdict needs of them.
package struct GroupTopicVerdict: Sendable {
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
        let looks = history.samples(at: now.monotonic)
        guard let first = looks.first else { return }
        let isLong = now.monotonic - first.time >= settings.window
        let firstFrame = frames[first.frame]
        nextChange = isLong ? history.nextLoss : first.time + settings.window
        if isCaughtUp, firstFrame.partitions == newest.partitions {
            statuses = Array(repeating: .ok, count: newest.partitions.count)
            counts[.ok] = statuses.count
            complete = isLong ? statuses.count : 0
            if !statuses.isEmpty { mostLag = (0, 0) }
            return
        }
        statuses = Array(repeating: nil, count: newest.partitions.count)
        guard let starts = newest.logStart?.values, let ends = newest.highWatermark?.values else { return }
        let known = 0..<min(starts.count, ends.count)
        let committed = history.newestCommits
        var past = PartitionPast()
        for position in 0..<min(newest.partitions.count, committed.count) {
            let partition = Int(newest.partitions[position])
            guard known.contains(partition) else { continue }
            let (start, end) = (starts[partition], ends[partition])
            guard start != OffsetColumn.unknown, end != OffsetColumn.unknown else { continue }
            let lag = PartitionLag(committed: committed[position], logStart: start, end: end).lag
            if mostLag.map({ lag > $0.lag }) ?? true { mostLag = (position, lag) }
            if isLong, firstFrame.position(of: newest.partitions[position], hint: position) != nil {
                complete += 1
            }
            if EvaluationRules.isAllowed(lag, settings) || passed.contains(newest.partitions[position]) {
                statuses[position] = .ok
                counts[.ok] += 1
                continue
            }
            past.load(history, position: position, at: now, looks: looks)
            past.unreadAge = ages?[position, at: now.wall].map {
                max(.zero, $0.age - $0.error)...($0.age + $0.error)
            }
            note(EvaluationRules.status(of: past, settings), at: position, lag: lag)
            noteChange(of: past, looks, at: now.monotonic, settings)
        }
    }

    /// Drops the statuses, for those who keep them elsewhere.
    package mutating func forgetStatuses() { statuses = [] }

    private mutating func note(_ status: PartitionStatus?, at position: Int, lag: Int64) {
        guard let status else { return }
        statuses[position] = status
        counts[status] += 1
        guard status != .ok else { return }
        if let worst, (worst.status.ofGroup.severity, worst.lag) >= (status.ofGroup.severity, lag) { return }
        worst = (position, status, lag)
    }

    /// Notes when the verdict on a partition with lag has to be looked at again: when a limit is reached, or
    /// a sample comes or goes that is not like all others.
    private mutating func noteChange(
        of past: borrowing PartitionPast, _ looks: [CommitHistory.Sample], at now: MonotonicTime,
        _ settings: EvaluationSettings
    ) {
        var soonest = EvaluationRules.timeToChange(of: past, settings).map { now + $0 }
        if looks.count > 1, looks[0].frame != looks[looks.count - 1].frame {
            let leaves = looks[1].time + settings.window
            // The last look but one is a sample; the next one follows it.
            let comes = looks[looks.count - 2].time + settings.spacing
            soonest = [soonest, leaves, comes].compactMap { $0 }.min()
        }
        if let soonest { nextChange = nextChange.map { min($0, soonest) } ?? soonest }
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
