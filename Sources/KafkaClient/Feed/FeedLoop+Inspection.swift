import CRdKafka
import ClusterAccess

extension FeedLoop {
    /// Longest time for which a look at metadata may hold up reading.
    private static let patienceMilliseconds: Int32 = 1_000

    /// Asks a broker about the topic when it is time, and fails partitions that cannot be read now.
    ///
    /// WHY: librdkafka says nothing of a topic that it may not see, nor of a partition without a leader; it
    /// waits. The answer also tells it of new leaders. Without an answer nothing is concluded.
    mutating func inspect(at now: ContinuousClock.Instant) {
        guard partitions.takeInspection(at: now), let answer = unsafe askForMetadata() else { return }
        defer { unsafe rd_kafka_metadata_destroy(answer) }
        guard unsafe answer.pointee.topic_cnt == 1 else { return }
        unsafe judge(answer.pointee.topics[0])
    }

    /// Lets librdkafka learn the leaders before the first partitions are assigned.
    ///
    /// WHY: a partition that is assigned while its leader is unknown is looked at again half a second or a
    /// second later, which is longer than reading a million records takes.
    mutating func learnLeaders() {
        guard partitions.isEmpty, let answer = unsafe askForMetadata() else { return }
        unsafe rd_kafka_metadata_destroy(answer)
    }

    /// Asks a broker about the topic; the caller destroys the answer, which is `nil` where none came in time.
    private mutating func askForMetadata() -> UnsafePointer<rd_kafka_metadata>? {
        guard let topic = unsafe rd_kafka_topic_new(core.client.raw, core.topic.rawValue, nil) else {
            return nil
        }
        defer { unsafe rd_kafka_topic_destroy(topic) }
        var answer: UnsafePointer<rd_kafka_metadata>?
        let code = unsafe rd_kafka_metadata(core.client.raw, 0, topic, &answer, Self.patienceMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        partitions.brokersAnswered()
        return unsafe answer
    }

    private mutating func judge(_ topic: rd_kafka_metadata_topic) {
        let now = ContinuousClock.now
        if unsafe topic.err != RD_KAFKA_RESP_ERR_NO_ERROR {
            let error = unsafe core.context.error(topic.err)
            partitions.topicFailed(error)
            for partition in partitions.all { fail(partition, error, at: now) }
            return
        }
        var missing = partitions.all
        for index in unsafe 0..<Int(topic.partition_cnt) {
            let (id, leader, code) = unsafe (
                PartitionID(topic.partitions[index].id), topic.partitions[index].leader,
                topic.partitions[index].err
            )
            guard missing.remove(id) != nil, leader < 0 else { continue }
            // A replica that is down is an error too, but none of reading.
            let isSaid = code != RD_KAFKA_RESP_ERR_NO_ERROR
            fail(id, core.context.error(isSaid ? code : RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE), at: now)
        }
        for partition in missing {
            fail(partition, core.context.error(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART), at: now)
        }
    }
}
