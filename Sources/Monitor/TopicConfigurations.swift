import ClusterAccess
import LagModel

/// Settings of topics and brokers as they were last read; asked again on the clock of the metadata.
///
/// A pure value: the monitor asks what is due, sends it beside the look-up of log offsets and brings the
/// answers. What is refused is asked again when its time comes, like everything else.
struct TopicConfigurations {
    private struct Entry {
        var read: MonotonicTime
        var answer: Result<TopicRetention, ClusterError>
    }

    private var topics: [TopicName: Entry] = [:]
    private var brokers: (read: MonotonicTime, answer: Result<Duration, ClusterError>)?
    /// Reasons that the log has told already.
    private var told: Set<ClusterError.Reason> = []

    /// Topics that were asked about last, and before when none of them is due.
    private var quiet: (names: Set<TopicName>, until: MonotonicTime)?

    /// Topics in one request.
    private static let batch = 250
    /// Most requests in one round; the rest waits for the next.
    private static let requestsMax = 4
    private static let offsetsRetention = "offsets.retention.minutes"

    /// What one round asks, in requests of bounded size.
    struct Request: Sendable {
        var resources: [ConfigurationResource]
        var settings: [String]
    }

    /// What is due of `names` and of `broker`, those asked longest ago first; forgets all other topics.
    mutating func due(
        _ names: Set<TopicName>, of broker: BrokerID, at now: MonotonicTime, interval: Duration
    ) -> [Request] {
        let waiting = waiting(among: names, at: now, interval: interval)
        var requests = stride(from: 0, to: waiting.count, by: Self.batch).prefix(Self.requestsMax).map {
            start in
            Request(
                resources: waiting[start...].prefix(Self.batch).map { .topic($0) },
                settings: TopicRetention.settings)
        }
        let isBrokerDue = brokers.map { now - $0.read >= interval } ?? true
        if isBrokerDue {
            requests.append(Request(resources: [.broker(broker)], settings: [Self.offsetsRetention]))
        }
        return requests
    }

    private mutating func waiting(
        among names: Set<TopicName>, at now: MonotonicTime, interval: Duration
    ) -> [TopicName] {
        if let quiet, quiet.names == names, now < quiet.until { return [] }
        topics = topics.filter { names.contains($0.key) }
        var waiting: [(since: MonotonicTime?, name: TopicName)] = []
        var next = MonotonicTime(sinceOrigin: now.sinceOrigin + interval)
        for name in names {
            let read = topics[name]?.read
            if let read, now - read < interval {
                next = min(next, MonotonicTime(sinceOrigin: read.sinceOrigin + interval))
                continue
            }
            waiting.append((read, name))
        }
        quiet = waiting.isEmpty ? (names, next) : nil
        waiting.sort { left, right in
            switch (left.since, right.since) {
            case (nil, _?): true
            case (_?, nil): false
            case (let one?, let other?) where one != other: one < other
            default: left.name < right.name
            }
        }
        return waiting.map(\.name)
    }

    /// Takes in answers, and returns the failures of kinds that the log has not told yet.
    ///
    /// What was known stays while a broker is only silent: settings rarely change.
    mutating func absorb(_ replies: [ConfigurationReply], at now: MonotonicTime) -> [ClusterError] {
        var news: [ClusterError] = []
        for reply in replies {
            if case .failure(let error) = reply.answer, told.insert(error.reason).inserted {
                news.append(error)
            }
            switch reply.resource {
            case .topic(let name):
                let answer = reply.answer.flatMap { entries in
                    TopicRetention(entries: entries).map { .success($0) }
                        ?? .failure(Self.unreadable(reply.resource))
                }
                let kept = Self.kept(answer, before: topics[name]?.answer)
                topics[name] = Entry(read: now, answer: kept)
            case .broker:
                let answer = reply.answer.flatMap { entries in
                    entries[Self.offsetsRetention].flatMap { Int32($0) }.map { .success(.seconds($0) * 60) }
                        ?? .failure(Self.unreadable(reply.resource))
                }
                brokers = (now, Self.kept(answer, before: brokers?.answer))
            }
        }
        let standing = Set(failures.keys)
        told = told.intersection(standing)
        return news
    }

    /// The old answer where the new one is a failure that may pass.
    private static func kept<Value>(
        _ answer: Result<Value, ClusterError>, before: Result<Value, ClusterError>?
    ) -> Result<Value, ClusterError> {
        if case .failure(let error) = answer, error.reason.isRetriable, case .success = before, let before {
            return before
        }
        return answer
    }

    private static func unreadable(_ resource: ConfigurationResource) -> ClusterError {
        ClusterError(
            .unsupported, operation: "describe configurations", subject: "\(resource)",
            detail: "the answer lacks a setting that was asked for")
    }

    /// Topics, and the brokers as one, whose settings are not known, by reason.
    var failures: [ClusterError.Reason: Int] {
        var counts: [ClusterError.Reason: Int] = [:]
        for entry in topics.values {
            if case .failure(let error) = entry.answer { counts[error.reason, default: 0] += 1 }
        }
        if case .failure(let error) = brokers?.answer { counts[error.reason, default: 0] += 1 }
        return counts
    }

    /// How long a topic keeps its records; `nil` while that is not known.
    func retention(of name: TopicName) -> TopicRetention? {
        if case .success(let retention) = topics[name]?.answer { retention } else { nil }
    }

    /// How long the brokers keep commits that nobody uses.
    var offsetsRetention: Duration? {
        if case .success(let time) = brokers?.answer { time } else { nil }
    }
}
