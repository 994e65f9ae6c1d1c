import LagAnalysis
import LagModel

/// What a partition's past comes to, worked out from its rounds one by one as the definitions read.
struct PlainPast {
    /// Oldest first; the last is the newest round, with age zero.
    let samples: [PartitionPast.Sample]
    let unreadAge: ClosedRange<Duration>?

    private static func isSameCommit(_ one: PartitionPast.Sample, _ other: PartitionPast.Sample) -> Bool {
        one.committed == other.committed && one.commitAge == other.commitAge
    }

    var span: Duration { samples.first?.age ?? .zero }

    /// Position of the first round that saw the newest commit.
    private var firstOfCommit: Int {
        guard let now = samples.last else { return 0 }
        return (samples.lastIndex { !Self.isSameCommit($0, now) } ?? -1) + 1
    }

    var hasCommitted: Bool { firstOfCommit > 0 }

    var sinceCommit: Duration {
        guard let now = samples.last else { return .zero }
        let first = firstOfCommit
        let seen = samples[first].age
        let told = max(seen, now.commitAge ?? seen)
        return first > 0 ? min(told, samples[first - 1].age) : told
    }

    var repeatedFor: Duration? {
        guard let now = samples.last, now.commitAge != nil else { return nil }
        let first = (samples.lastIndex { $0.committed != now.committed } ?? -1) + 1
        return samples[first].commitAge == now.commitAge ? nil : samples[first].age
    }

    func waiting(allowedLag: Int64) -> Duration {
        let seen = waitingSeen(allowedLag: allowedLag)
        let told = max(seen.least, unreadAge?.lowerBound ?? .zero)
        return seen.most.map { min(told, $0) } ?? told
    }

    func waitingMost(allowedLag: Int64) -> Duration? {
        let seen = waitingSeen(allowedLag: allowedLag)
        guard let told = unreadAge?.upperBound else { return seen.most }
        return max(seen.least, min(told, seen.most ?? told))
    }

    private func waitingSeen(allowedLag: Int64) -> (least: Duration, most: Duration?) {
        guard let now = samples.last, var end = now.end, let lag = now.lag else { return (.zero, nil) }
        var least = Duration.zero
        for sample in samples.reversed() {
            guard let earlier = sample.end else { continue }
            guard earlier <= end else { break }
            if earlier <= (now.end ?? 0) - lag + allowedLag { return (least, sample.age) }
            end = earlier
            least = sample.age
        }
        return (least, nil)
    }

    func longestWait(allowedLag: Int64) -> Duration? {
        guard let first = samples.first else { return nil }
        func isCaughtUp(_ sample: PartitionPast.Sample) -> Bool { sample.lag ?? .max <= allowedLag }
        var since = isCaughtUp(first) ? first.age : first.commitAge.map { max(first.age, $0) }
        var longest: Duration?
        for (before, sample) in zip(samples, samples.dropFirst()) {
            if !Self.isSameCommit(sample, before) {
                let told = sample.commitAge ?? sample.age
                let committed = min(max(told, sample.age), before.age)
                if let since { longest = max(longest ?? .zero, since - committed) }
                since = committed
            }
            if isCaughtUp(sample) { since = min(since ?? sample.age, sample.age) }
        }
        return longest
    }

    var isGrowing: Bool {
        let lags = samples.compactMap(\.lag)
        guard lags.count >= 8 else { return false }
        let quarters = (0..<4).map { lags[lags.count * $0 / 4..<lags.count * ($0 + 1) / 4] }
        let lows = quarters.compactMap { $0.min() }
        guard let highest = quarters[0].max(), let lowest = lows.last else { return false }
        return zip(lows, lows.dropFirst()).allSatisfy { $0 < $1 } && lowest > highest
    }
}
