import ClusterAccess
import LagModel

/// Reads both ends of the logs of some topics, each leader on its own.
///
/// It lives from round to round: requests are made once for the same topology and topics, and columns that
/// are the last round's stay in its arrays.
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
    let now: @Sendable () -> Moment
    private var plan: LogPlan?
    /// Columns of the last round.
    private var before: [TopicFacts] = []

    init(source: any ClusterSource, now: @escaping @Sendable () -> Moment) {
        self.source = source
        self.now = now
    }

    /// One leader's answers.
    private struct LeaderReply: Sendable {
        var request: LogPlan.Request
        var start: LogOffsets
        var end: LogOffsets
        var stable: LogOffsets
        /// The leader told no log start, and was not asked on.
        var isDead: Bool
        var endAsked: Moment
    }

    /// Reads log start and high watermark of `names`, and the last stable offset of those in `stableNames`.
    ///
    /// Leaders in `unreachable` did not answer in this round; they are not asked again.
    mutating func read(
        _ names: Set<TopicName>, stableNames: Set<TopicName>, topology: ClusterTopology,
        unreachable: [BrokerID: ClusterError.Reason]
    ) async -> Outcome {
        var outcome = Outcome(endOffsetsRead: now())
        let basis = LogPlan.Basis(
            metadata: topology.metadata, names: names, stableNames: stableNames, unreachable: unreachable)
        let known = plan.flatMap { $0.basis == basis ? $0 : nil }
        let isSamePlan = known != nil
        let plan = known ?? LogPlan(basis, topology: topology)
        self.plan = plan
        outcome.failures = plan.failures
        let replies = await ask(plan.requests)
        outcome.endOffsetsRead =
            replies.map(\.endAsked).min { $0.monotonic < $1.monotonic } ?? outcome.endOffsetsRead
        var columns = LogColumns(plan, before: before, isSamePlan: isSamePlan)
        columns.fill(.logStart, from: replies.map { ($0.request.ends, $0.start) })
        columns.fill(.highWatermark, from: replies.map { ($0.request.ends, $0.end) })
        columns.fill(.lastStable, from: replies.map { ($0.request.stable, $0.stable) })
        for reply in replies { Self.count(failuresOf: reply, in: &outcome) }
        before = isSamePlan ? columns.facts : columns.keeping(before)
        outcome.topics = before
        return outcome
    }

    private func ask(_ requests: [LogPlan.Request]) async -> [LeaderReply] {
        await withTaskGroup(of: LeaderReply.self) { tasks in
            for request in requests {
                let (source, now) = (source, now)
                tasks.addTask {
                    let (leader, asked) = (request.leader, request.ends.partitions)
                    let start = await source.logOffsets(.logStart, of: asked, leader: leader)
                    let endAsked = now()
                    let isDead = start.topics.isEmpty
                    let end =
                        isDead
                        ? LogOffsets() : await source.logOffsets(.highWatermark, of: asked, leader: leader)
                    let stableAsked = isDead ? [] : request.stable.partitions
                    let stable =
                        stableAsked.isEmpty
                        ? LogOffsets() : await source.logOffsets(.lastStable, of: stableAsked, leader: leader)
                    return LeaderReply(
                        request: request, start: start, end: end, stable: stable, isDead: isDead,
                        endAsked: endAsked)
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
        // A partition stands once in the failures of one answer, so only two of them can name it twice.
        let mayMeet = !reply.start.failures.isEmpty && !reply.end.failures.isEmpty
        var counted: Set<Place> = []
        for failure in reply.start.failures + reply.end.failures {
            if mayMeet {
                let place = Place(topic: failure.topic, partition: failure.partition)
                guard counted.insert(place).inserted else { continue }
            }
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
