/// One topic's partitions with a time for each: "which is the first record that is at least so new?".
package struct TopicTimes: Hashable, Sendable {
    package var topic: TopicName
    /// Free of duplicates, as in ``TopicPartitions``.
    package var partitions: [PartitionID]
    /// Parallel to `partitions`: milliseconds since 1970, not negative.
    package var times: [Int64]

    package init(topic: TopicName, partitions: [PartitionID] = [], times: [Int64] = []) {
        self.topic = topic
        self.partitions = partitions
        self.times = times
    }
}

/// Answer to one ListOffsets look-up by time over partitions of one leader.
///
/// Records of open and aborted transactions and transaction markers count as records (`read_uncommitted`).
package struct TimeLookup: Hashable, Sendable {
    package var topics: [Topic]
    /// Partitions without an answer, and why; every partition asked is in `topics` or here.
    package var failures: [PartitionFailure]
    /// Requests that it took, those that failed included.
    package var requests: Int

    package init(topics: [Topic] = [], failures: [PartitionFailure] = [], requests: Int = 0) {
        self.topics = topics
        self.failures = failures
        self.requests = requests
    }

    /// What was found in one topic.
    package struct Topic: Hashable, Sendable {
        package var name: TopicName
        package var answers: [Answer]

        package init(name: TopicName, answers: [Answer] = []) {
            self.name = name
            self.answers = answers
        }
    }

    /// The first record of a partition whose timestamp is not before the time that was asked for.
    package struct Answer: Hashable, Sendable {
        package var partition: PartitionID
        /// Its offset; `nil` when every record below the high watermark is older.
        package var offset: Int64?
        /// Its timestamp in milliseconds since 1970; `nil` where the client library does not tell.
        package var timestamp: Int64?

        package init(partition: PartitionID, offset: Int64?, timestamp: Int64? = nil) {
            self.partition = partition
            self.offset = offset
            self.timestamp = timestamp
        }
    }
}
