/// Everything that one group has committed, as its coordinator answers OffsetFetch.
package struct CommittedOffsets: OffsetAnswer, Hashable, Sendable {
    /// Each topic once; partitions in the order of the answer, each once.
    package var topics: [Topic]
    /// Partitions that the coordinator named with an error instead of an offset.
    package var failures: [PartitionFailure]

    package init(topics: [Topic] = [], failures: [PartitionFailure] = []) {
        self.topics = topics
        self.failures = failures
    }

    /// Next offsets that the group will read.
    package typealias Topic = TopicOffsets
}

/// Which end of the log is asked for.
package enum LogOffsetKind: String, Hashable, Sendable, CaseIterable {
    /// First offset that can still be read.
    case logStart = "log_start"
    /// End for `read_uncommitted` readers: the next offset that will be readable.
    case highWatermark = "high_watermark"
    /// End for `read_committed` readers: the high watermark, or the first offset of an open transaction.
    case lastStable = "last_stable"
}

/// Answer to one ListOffsets sweep over partitions of one leader.
package struct LogOffsets: OffsetAnswer, Hashable, Sendable {
    package var topics: [Topic]
    /// Partitions without an offset, and why; every partition asked is in `topics` or here.
    package var failures: [PartitionFailure]

    package init(topics: [Topic] = [], failures: [PartitionFailure] = []) {
        self.topics = topics
        self.failures = failures
    }

    package typealias Topic = TopicOffsets
}

/// One topic's offsets in two parallel columns.
package struct TopicOffsets: Hashable, Sendable {
    package var name: TopicName
    package var partitions: [PartitionID]
    /// Parallel to `partitions`; never negative.
    package var offsets: [Int64]
    /// Parallel to `partitions`; `nil` where nobody tells when these offsets were committed.
    package var commitTimes: CommitTimeColumn?

    package init(
        name: TopicName, partitions: [PartitionID] = [], offsets: [Int64] = [],
        commitTimes: CommitTimeColumn? = nil
    ) {
        self.name = name
        self.partitions = partitions
        self.offsets = offsets
        self.commitTimes = commitTimes
    }
}

/// An answer of offsets by topic, with what failed.
package protocol OffsetAnswer {
    var topics: [TopicOffsets] { get set }
    var failures: [PartitionFailure] { get set }

    init(topics: [TopicOffsets], failures: [PartitionFailure])
}

extension OffsetAnswer {
    /// Puts the answers to several requests together, each topic once.
    package init(joining parts: [Self]) {
        self.init(topics: [], failures: [])
        var indices: [TopicName: Int] = [:]
        for part in parts {
            failures += part.failures
            for topic in part.topics {
                if let known = indices[topic.name] {
                    topics[known].partitions += topic.partitions
                    topics[known].offsets += topic.offsets
                    topics[known].commitTimes = nil
                } else {
                    indices[topic.name] = topics.count
                    topics.append(topic)
                }
            }
        }
    }
}

/// A partition that has no number, with the reason.
package struct PartitionFailure: Hashable, Sendable {
    package var topic: TopicName
    package var partition: PartitionID
    package var error: ClusterError

    package init(topic: TopicName, partition: PartitionID, error: ClusterError) {
        self.topic = topic
        self.partition = partition
        self.error = error
    }
}
