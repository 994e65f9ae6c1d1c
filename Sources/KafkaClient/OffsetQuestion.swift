import CRdKafka
package import ClusterAccess

extension KafkaCluster {
    package func offsets(atTimes queries: [TopicTimes], leader: BrokerID) async -> TimeLookup {
        var times: [TopicName: [PartitionID: Int64]] = [:]
        for query in queries {
            times[query.topic, default: [:]].merge(zip(query.partitions, query.times)) { first, _ in first }
        }
        let partitions = queries.map { TopicPartitions(topic: $0.topic, partitions: $0.partitions) }
        return await core.lookUp(OffsetQuestion(times: times), of: partitions, leader: leader)
    }
}

/// What one ListOffsets request asks of each of its partitions.
struct OffsetQuestion: Sendable {
    /// As a person would say it.
    let words: String
    /// Whether the end is that of committed records.
    let readsCommitted: Bool
    /// The timestamps of ListOffsets for a topic's partitions: -1 for the end, -2 for the start, else
    /// milliseconds since 1970.
    let times: @Sendable (TopicName) -> (PartitionID) -> Int64

    /// Asks for one end of the log.
    init(_ kind: LogOffsetKind) {
        words = kind.words
        readsCommitted = kind == .lastStable
        let special: Int64 =
            switch kind {
            case .highWatermark, .lastStable: -1
            case .logStart: -2
            }
        times = { _ in { _ in special } }
    }

    /// Asks for the first records that are as new as these times, of uncommitted records too.
    init(times: [TopicName: [PartitionID: Int64]]) {
        words = "offsets by time"
        readsCommitted = false
        // Negative times have meanings of their own, which nobody asks for here.
        self.times = { topic in
            let own = times[topic] ?? [:]
            return { partition in max(0, own[partition] ?? 0) }
        }
    }
}

/// What answers to requests are collected in.
protocol LookupAnswer: Sendable {
    var failures: [PartitionFailure] { get set }
    /// Whether no partition has an answer.
    var isEmpty: Bool { get }

    init()
    init(joining parts: [Self])

    /// Makes room for answers about `topic`, behind the others; they are added by its number.
    mutating func open(_ topic: TopicName)

    /// Adds what was answered about a partition; `false` where that is no answer to the question.
    ///
    /// `timestamp` is `nil` where the function that was called does not tell it.
    mutating func add(_ partition: PartitionID, offset: Int64, timestamp: Int64?, topic: Int) -> Bool

    /// Drops topics about which nothing was answered.
    mutating func dropEmptyTopics()

    /// Takes note of what an answer has cost.
    mutating func note(requests: Int)
}

extension LookupAnswer {
    /// Whether a budget kept the question from being asked.
    var isLeftOut: Bool { failures.contains { $0.error.reason == .requestBudget } }
}

extension LogOffsets: LookupAnswer {
    init() { self.init(topics: [], failures: []) }

    var isEmpty: Bool { topics.isEmpty }

    mutating func open(_ topic: TopicName) { topics.append(Topic(name: topic)) }

    mutating func add(_ partition: PartitionID, offset: Int64, timestamp: Int64?, topic: Int) -> Bool {
        guard offset >= 0 else { return false }
        topics[topic].partitions.append(partition)
        topics[topic].offsets.append(offset)
        return true
    }

    mutating func dropEmptyTopics() { topics.removeAll { $0.partitions.isEmpty } }

    mutating func note(requests: Int) {}
}

extension TimeLookup: LookupAnswer {
    init() { self.init(topics: [], failures: [], requests: 0) }

    var isEmpty: Bool { topics.isEmpty }

    init(joining parts: [Self]) {
        self.init()
        var indices: [TopicName: Int] = [:]
        for part in parts {
            failures += part.failures
            requests += part.requests
            for topic in part.topics {
                if let known = indices[topic.name] {
                    topics[known].answers += topic.answers
                } else {
                    indices[topic.name] = topics.count
                    topics.append(topic)
                }
            }
        }
    }

    mutating func open(_ topic: TopicName) { topics.append(Topic(name: topic)) }

    /// -1 says that no record is so new.
    ///
    /// An offset whose timestamp was not told, by a function that tells it, is the time that was asked for:
    /// librdkafka has left the partition as it was, without an error.
    mutating func add(_ partition: PartitionID, offset: Int64, timestamp: Int64?, topic: Int) -> Bool {
        guard offset >= -1, offset == -1 || (timestamp ?? 0) >= 0 else { return false }
        topics[topic].answers.append(
            Answer(
                partition: partition, offset: offset == -1 ? nil : offset,
                timestamp: offset == -1 ? nil : timestamp))
        return true
    }

    mutating func dropEmptyTopics() { topics.removeAll { $0.answers.isEmpty } }

    mutating func note(requests: Int) { self.requests += requests }
}

/// Collects elements of answers into columns, each topic once.
struct OffsetColumns<Answer: LookupAnswer> {
    private var answer = Answer()
    private var names: [TopicName] = []
    private var indices: [TopicName: Int] = [:]
    private var current = 0
    private let context: RequestContext
    /// Elements that had neither an offset nor an error.
    private(set) var unexplained = 0

    init(context: RequestContext) { self.context = context }

    /// Starts a run of elements of `topic`.
    mutating func begin(_ topic: TopicName) {
        if let known = indices[topic] {
            current = known
        } else {
            current = names.count
            indices[topic] = current
            names.append(topic)
            answer.open(topic)
        }
    }

    /// Adds one element of the run.
    mutating func add(_ element: rd_kafka_topic_partition_t, timestamp: Int64?) {
        let partition = unsafe PartitionID(element.partition)
        let (code, offset) = unsafe (element.err, element.offset)
        if code == RD_KAFKA_RESP_ERR_NO_ERROR,
            answer.add(partition, offset: offset, timestamp: timestamp, topic: current)
        {
            return
        }
        let topic = names[current]
        var about = context
        about.subject = "topic \(topic)"
        if code == RD_KAFKA_RESP_ERR_NO_ERROR { unexplained += 1 }
        let error =
            code == RD_KAFKA_RESP_ERR_NO_ERROR
            ? about.error(.other, "the broker gave no offset") : about.error(code)
        answer.failures.append(PartitionFailure(topic: topic, partition: partition, error: error))
    }

    /// The columns without topics that have failures only.
    func finish() -> Answer {
        var answer = answer
        answer.dropEmptyTopics()
        return answer
    }
}

extension LogOffsetKind {
    /// As a person would say it.
    var words: String {
        switch self {
        case .logStart: "log start offsets"
        case .highWatermark: "high watermarks"
        case .lastStable: "last stable offsets"
        }
    }
}
