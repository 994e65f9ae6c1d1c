import ClusterAccess
import LagAnalysis
import LagModel
import Testing

/// What one partition's log and its reader do from second 0 to now, and what becomes of it.
struct ReaderStory: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// High watermark by second.
    var end: @Sendable (Int) -> Int64
    /// Commits by second, ascending.
    var commits: [(at: Int, offset: Int64)]
    /// The second in which both are asked.
    var now = 1200
    /// The second in which both began to watch.
    var since = 0
    var settings = EvaluationSettings()
    /// Whether commits have times, as in the offsets topic.
    var hasTimes = true
    /// By how many seconds the coordinator's clock is ahead of ours.
    var skew = 0
    var ours: PartitionStatus?
    /// `nil` where the rules of Burrow have no say.
    var burrow: PartitionStatus?

    /// Rounds ten seconds apart, the last one now.
    var history: CommitHistory {
        var history = CommitHistory()
        var second = since + (now - since) % 10
        while second <= now {
            if let commit = commits.last(where: { $0.at <= second }) {
                let time = Int64(commit.at + skew) * 1000
                history.record(
                    CommitHistory.Frame(
                        moment: Self.moment(second), partitions: [0], committed: [commit.offset],
                        commitTimes: hasTimes ? CommitTimeColumn(milliseconds: [time]) : nil,
                        logStart: OffsetColumn([0]), highWatermark: OffsetColumn([end(second)])),
                    settings: settings)
            }
            second += 10
        }
        return history
    }

    static func moment(_ second: Int) -> Moment {
        Moment(
            wall: WallTime(nanosecondsSince1970: Int64(second) * 1_000_000_000),
            monotonic: MonotonicTime(sinceOrigin: .seconds(second)))
    }

    /// A commit every `step` seconds.
    static func commits(
        from: Int = 0, to: Int = 1200, every step: Int, _ offset: (Int) -> Int64
    ) -> [(at: Int, offset: Int64)] {
        stride(from: from, through: to, by: step).map { ($0, offset($0)) }
    }
}

/// Burrow's rules as its documentation and its behaviour tell them, over its ten newest commits.
enum BurrowRules {
    static func status(of story: ReaderStory) -> PartitionStatus {
        let window = story.commits.filter { $0.at >= story.since && $0.at <= story.now }.suffix(10)
        guard let first = window.first, let last = window.last else { return .ok }
        let allowed = story.settings.allowedLag
        let lags = window.map { max(0, story.end($0.at) - $0.offset) }
        guard max(0, story.end(story.now) - last.offset) > allowed else { return .ok }
        // Ten end offsets, ten seconds apart.
        let ends = (0..<10).map { story.end(max(0, story.now - 10 * $0)) }
        if story.now - last.at > last.at - first.at, !ends.contains(where: { $0 <= last.offset }) {
            return .stop
        }
        let offsets = window.map(\.offset)
        for index in offsets.indices.dropFirst() where offsets[index] < offsets[index - 1] {
            if offsets[index...].allSatisfy({ $0 < offsets[index - 1] }) { return .rewind }
            break
        }
        if lags.contains(where: { $0 <= allowed }) { return .ok }
        if Set(offsets).count == 1 { return .stall }
        return zip(lags, lags.dropFirst()).allSatisfy { $0 <= $1 } ? .warn : .ok
    }
}
