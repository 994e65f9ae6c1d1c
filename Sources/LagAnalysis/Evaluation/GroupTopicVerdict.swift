import ClusterAccess
package import LagModel

/// One group's partitions of one topic judged, and what the group's own verdict needs of them.
package struct GroupTopicVerdict: Sendable {
    /// Parallel to the partitions of the history's newest frame.
    package private(set) var statuses: [PartitionStatus?]
    package private(set) var counts: [PartitionStatus: Int] = [:]
    /// Partitions whose past is known for the whole window and whose lag is known now.
    package private(set) var complete = 0
    /// Where the lag is largest, and where the status is worst.
    package private(set) var mostLag: (position: Int, lag: Int64)?
    package private(set) var worst: (position: Int, status: PartitionStatus, lag: Int64)?

    /// Judges every partition of the newest frame; only those with lag have their past looked at.
    ///
    /// `ages` are lags in seconds, parallel to the frame's partitions; `passed` are partitions of which it is
    /// known that nothing but transaction markers is left to read, which no reader can be late for.
    package init(
        _ history: borrowing CommitHistory, _ settings: EvaluationSettings, ages: LagAgeColumn? = nil,
        passed: [Int32] = []
    ) {
        statuses = []
        let frames = history.frames
        guard let newest = frames.last else { return }
        statuses = Array(repeating: nil, count: newest.partitions.count)
        guard let starts = newest.logStart?.values, let ends = newest.highWatermark?.values else { return }
        let known = 0..<min(starts.count, ends.count)
        let isLong = Self.isFull(frames, settings)
        var past = PartitionPast()
        var caughtUp = 0
        for position in 0..<min(newest.partitions.count, newest.committed.count) {
            let partition = Int(newest.partitions[position])
            guard known.contains(partition) else { continue }
            let (start, end) = (starts[partition], ends[partition])
            guard start != OffsetColumn.unknown, end != OffsetColumn.unknown else { continue }
            let lag = PartitionLag(committed: newest.committed[position], logStart: start, end: end).lag
            if mostLag.map({ lag > $0.lag }) ?? true { mostLag = (position, lag) }
            if isLong, frames[0].position(of: newest.partitions[position], hint: position) != nil {
                complete += 1
            }
            if EvaluationRules.isAllowed(lag, settings) || passed.contains(newest.partitions[position]) {
                statuses[position] = .ok
                caughtUp += 1
                continue
            }
            past.load(history, position: position)
            past.unreadAge = ages?[position].map { max(.zero, $0.age - $0.error)...($0.age + $0.error) }
            note(EvaluationRules.status(of: past, settings), at: position, lag: lag)
        }
        if caughtUp > 0 { counts[.ok, default: 0] += caughtUp }
    }

    private mutating func note(_ status: PartitionStatus?, at position: Int, lag: Int64) {
        guard let status else { return }
        statuses[position] = status
        counts[status, default: 0] += 1
        guard status != .ok else { return }
        if let worst, (worst.status.ofGroup.severity, worst.lag) >= (status.ofGroup.severity, lag) { return }
        worst = (position, status, lag)
    }

    /// Whether the frames reach back to the start of the window.
    private static func isFull(_ frames: [CommitHistory.Frame], _ settings: EvaluationSettings) -> Bool {
        guard let first = frames.first, let last = frames.last else { return false }
        return last.moment.monotonic - first.moment.monotonic >= settings.window
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
            counts.merge(verdict.counts, uniquingKeysWith: +)
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
