import ClusterAccess
import LagModel

/// Reads both ends of the logs of some topics, each leader on its own.
struct LogSweep: Sendable {
    /// What was read, in columns, and what could not be.
    struct Outcome: Sendable {
        /// Ascending by name.
        var topics: [TopicFacts] = []
        /// Partitions without an end or a start, by reason.
        var failures: [ClusterError.Reason: Int] = [:]
        /// Before the first of the end offsets was asked for.
        var endOffsetsRead: Moment
        /// A leader or topic was not as the metadata said.
        var isMetadataStale = false
    }

    let source: any ClusterSource
    let topology: ClusterTopology
    /// Leaders that did not answer in this round, and why; they are not asked again.
    let unreachable: [BrokerID: ClusterError.Reason]
    let now: @Sendable () -> Moment

    /// One leader's answers.
    private struct LeaderReply: Sendable {
        var start: LogOffsets
        var end: LogOffsets
        var stable: LogOffsets
        var endAsked: Moment
    }

    /// Reads log start and high watermark of `names`, and the last stable offset of those in `stableNames`.
    func read(_ names: Set<TopicName>, stableNames: Set<TopicName>) async -> Outcome {
        var outcome = Outcome(endOffsetsRead: now())
        var requests: [BrokerID: [TopicPartitions]] = [:]
        let topics = names.sorted().compactMap { topology.topic($0) }
        for topic in topics {
            for (leader, partitions) in partitionsByLeader(topic, failures: &outcome.failures) {
                requests[leader, default: []].append(
                    TopicPartitions(topic: topic.name, partitions: partitions))
            }
        }
        let stable = requests.mapValues { $0.filter { stableNames.contains($0.topic) } }
        let replies = await ask(requests, stable: stable)
        outcome.endOffsetsRead =
            replies.map(\.endAsked).min { $0.monotonic < $1.monotonic } ?? outcome.endOffsetsRead
        var columns = LogColumns(topics: topics, stableNames: stableNames)
        for reply in replies {
            columns.fill(\.logStart, from: reply.start)
            columns.fill(\.highWatermark, from: reply.end)
            columns.fillStable(from: reply.stable)
            Self.count(failuresOf: reply, in: &outcome)
        }
        outcome.topics = columns.facts
        return outcome
    }

    /// Splits a topic by leader; partitions that cannot be asked are counted as failures.
    private func partitionsByLeader(
        _ topic: ClusterMetadata.Topic, failures: inout [ClusterError.Reason: Int]
    ) -> [BrokerID: [PartitionID]] {
        var byLeader: [BrokerID: [PartitionID]] = [:]
        for partition in topic.partitions {
            guard let leader = partition.leader else {
                failures[.leaderUnavailable, default: 0] += 1
                continue
            }
            if let reason = unreachable[leader] {
                failures[reason, default: 0] += 1
            } else {
                byLeader[leader, default: []].append(partition.id)
            }
        }
        return byLeader
    }

    private func ask(
        _ requests: [BrokerID: [TopicPartitions]], stable: [BrokerID: [TopicPartitions]]
    ) async -> [LeaderReply] {
        await withTaskGroup(of: LeaderReply.self) { tasks in
            for (leader, partitions) in requests {
                tasks.addTask {
                    let start = await source.logOffsets(.logStart, of: partitions, leader: leader)
                    let endAsked = now()
                    let isDead = start.topics.isEmpty
                    let end =
                        isDead
                        ? LogOffsets(failures: start.failures)
                        : await source.logOffsets(.highWatermark, of: partitions, leader: leader)
                    let stablePartitions = isDead ? [] : stable[leader] ?? []
                    let stableEnd =
                        stablePartitions.isEmpty
                        ? LogOffsets()
                        : await source.logOffsets(.lastStable, of: stablePartitions, leader: leader)
                    return LeaderReply(start: start, end: end, stable: stableEnd, endAsked: endAsked)
                }
            }
            var replies: [LeaderReply] = []
            for await reply in tasks { replies.append(reply) }
            return replies
        }
    }

    /// Counts each partition once, whichever of the two ends is missing.
    private static func count(failuresOf reply: LeaderReply, in outcome: inout Outcome) {
        struct Place: Hashable {
            var topic: TopicName
            var partition: PartitionID
        }
        var counted: Set<Place> = []
        for failure in reply.start.failures + reply.end.failures
        where counted.insert(Place(topic: failure.topic, partition: failure.partition)).inserted {
            outcome.failures[failure.error.reason, default: 0] += 1
            switch failure.error.reason {
            case .notLeader, .leaderUnavailable, .unknownTopicOrPartition, .timedOut, .brokerUnavailable:
                outcome.isMetadataStale = true
            case .authenticationFailed, .tlsFailed, .nameNotResolved, .clusterUnauthorized,
                .groupUnauthorized,
                .topicUnauthorized, .notCoordinator, .coordinatorLoading, .coordinatorUnavailable,
                .unstableOffset, .offsetOutOfRange, .instanceFenced, .notAConsumerGroup, .unsupported,
                .closed, .cancelled, .invalidRequest, .noCommits, .offsetsTopicBehind, .requestBudget, .other:
                break
            }
        }
    }
}
