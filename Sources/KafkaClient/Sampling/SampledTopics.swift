import CRdKafka
import ClusterAccess

/// The topics that a sampler has to do with, as librdkafka knows them, on the sampler's thread.
///
/// WHY: a partition that is assigned while its leader is unknown is looked at again half a second or a second
/// later. Topics that we hold are known to librdkafka, and one request tells it the leaders of all of them.
struct SampledTopics {
    private let client: SharedAddress
    private var held: [TopicName: SharedAddress] = [:]
    private var asked: ContinuousClock.Instant?

    /// Topics that are held at most; beyond, all are let go of and learnt anew.
    private static let heldMax = 2_000
    /// Age at which leaders are asked for again.
    private static let ageMax = Duration.seconds(60)
    /// Longest time for which asking may hold up reading.
    private static let patienceMilliseconds: Int32 = 1_000

    /// What a broker says about topics.
    struct Answer {
        var errors: [TopicName: rd_kafka_resp_err_t] = [:]
        /// Whether each partition has a leader.
        var leaders: [TopicName: [PartitionID: Bool]] = [:]
    }

    init(_ client: SharedAddress) { self.client = client }

    /// Asks for the leaders of all topics held, where one of these is new or the last time is long ago;
    /// otherwise, and without an answer, `nil`.
    mutating func learn(_ topics: Set<TopicName>) -> Answer? {
        let isFresh = asked.map { ContinuousClock.now - $0 < Self.ageMax } ?? false
        let new = topics.filter { held[$0] == nil }
        guard !topics.isEmpty, !new.isEmpty || !isFresh else { return nil }
        if held.count + new.count > Self.heldMax { forgetAll() }
        for topic in new {
            let made = unsafe rd_kafka_topic_new(client.raw, topic.rawValue, nil)
            held[topic] = unsafe made.map { unsafe SharedAddress($0) }
        }
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = unsafe rd_kafka_metadata(client.raw, 0, nil, &metadata, Self.patienceMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata = unsafe metadata else { return nil }
        defer { unsafe rd_kafka_metadata_destroy(metadata) }
        asked = .now
        return unsafe Self.answer(metadata)
    }

    /// Lets the next ``learn(_:)`` ask.
    mutating func forgetAge() { asked = nil }

    /// Lets go of all topics, as is needed before the client may be destroyed.
    mutating func forgetAll() {
        for topic in held.values { unsafe rd_kafka_topic_destroy(topic.raw) }
        held = [:]
    }

    private static func answer(_ metadata: UnsafePointer<rd_kafka_metadata>) -> Answer {
        var answer = Answer()
        for index in unsafe 0..<Int(metadata.pointee.topic_cnt) {
            let topic = unsafe metadata.pointee.topics[index]
            let name = unsafe TopicName(NativeText.string(topic.topic))
            guard unsafe topic.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                answer.errors[name] = unsafe topic.err
                continue
            }
            var leaders: [PartitionID: Bool] = [:]
            for number in unsafe 0..<Int(topic.partition_cnt) {
                let (id, leader) = unsafe (topic.partitions[number].id, topic.partitions[number].leader)
                leaders[PartitionID(id)] = leader >= 0
            }
            answer.leaders[name] = leaders
        }
        return answer
    }
}
