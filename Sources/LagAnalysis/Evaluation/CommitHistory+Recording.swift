import ClusterAccess
package import LagModel

extension CommitHistory {
    /// Adds a round and forgets what the window no longer needs.
    ///
    /// One frame at or before the window's start is kept, so that the frames span it. Rounds that are closer
    /// together than ``EvaluationSettings/spacing`` take each other's place: there are at most thirteen
    /// frames, whatever the interval of the rounds.
    package mutating func record(_ frame: consuming Frame, settings: EvaluationSettings) {
        let now = frame.moment.monotonic
        if let last = frames.last {
            noteFalls(from: last, to: frame, settings: settings)
            frame.share(with: last)
        }
        if frames.count >= 2,
            frames[frames.count - 1].moment.monotonic - frames[frames.count - 2].moment.monotonic
                < settings.spacing
        {
            frames.removeLast()
        }
        frames.append(frame)
        while frames.count > 2, now - frames[1].moment.monotonic >= settings.window {
            frames.removeFirst()
        }
    }

    /// Remembers commits that went back since the last round, and forgets those that are made good, that
    /// the window has left behind, or that were made in a log which is no more.
    private mutating func noteFalls(from last: Frame, to frame: Frame, settings: EvaluationSettings) {
        let now = frame.moment.monotonic
        if last.committed != frame.committed || last.partitions != frame.partitions {
            for (position, partition) in frame.partitions.enumerated() {
                guard frame.committed.indices.contains(position),
                    let before = last.position(of: partition, hint: position),
                    last.committed.indices.contains(before),
                    frame.committed[position] < last.committed[before]
                else { continue }
                let from = max(last.committed[before], falls[partition]?.from ?? .min)
                falls[partition] = Fall(from: from, seen: now)
            }
        }
        guard !falls.isEmpty else { return }
        falls = falls.filter { partition, fall in
            guard now - fall.seen <= settings.window,
                let position = frame.position(of: partition, hint: Int(partition)),
                frame.committed.indices.contains(position), frame.committed[position] < fall.from
            else { return false }
            return frame.highWatermark?[partition].map { fall.from <= $0 } ?? true
        }
    }
}

extension CommitHistory.Frame {
    /// Takes columns that are the same as the round before's from there, so that they are kept once.
    fileprivate mutating func share(with last: Self) {
        if partitions == last.partitions { partitions = last.partitions }
        if committed == last.committed { committed = last.committed }
        if commitTimes == last.commitTimes { commitTimes = last.commitTimes }
        if logStart == last.logStart { logStart = last.logStart }
        if highWatermark == last.highWatermark { highWatermark = last.highWatermark }
    }
}
