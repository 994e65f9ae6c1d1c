import ClusterAccess
import GroupJournal
import LagModel
import StructuredLog

/// What rounds ask of the follower.
extension OffsetsFollower {
    /// Learns the ends, waits for what lies before them, and says what the topic tells.
    ///
    /// `rebalancing` are all groups that their coordinators call so, `time` is before those were asked.
    /// Brokers in `unreachable` are not asked.
    func round(
        topology: ClusterTopology, unreachable: [BrokerID: ClusterError.Reason], rebalancing: [GroupID],
        at time: WallTime
    ) async -> FollowedRound {
        learn(topology)
        journal.noteRebalancing(rebalancing, at: time)
        let ends = await ends(of: Set(heldPartitions), unreachable: unreachable)
        for (partition, result) in ends { observe(result, of: partition) }
        await arrangeOpenFeed()
        await waitUntilRead()
        for place in held.indices { held[place]?.settle() }
        return followedRound()
    }

    /// Whether what was found for this replica's groups may be published now.
    func mayPublish() -> Bool { lease?.isValid(at: surroundings.clock.now().monotonic) ?? true }

    private func observe(_ result: Result<PartitionProgress.Ends, ClusterError>, of partition: PartitionID) {
        switch result {
        case .failure(let error): self[partition]?.observe(failure: error.reason)
        case .success(let ends):
            self[partition]?.observe(ends)
            if self[partition] != nil, unknownHistory.remove(partition) != nil {
                journal.begin(partition, historyEnd: ends.highWatermark)
            }
        }
    }

    /// Both ends of some partitions, asked of their leaders.
    ///
    /// The high watermark comes first: what is written in between can then only make the last stable offset
    /// look larger, never a partition look blocked.
    func ends(
        of partitions: Set<PartitionID>, unreachable: [BrokerID: ClusterError.Reason]
    ) async -> [PartitionID: Result<PartitionProgress.Ends, ClusterError>] {
        let topic = CoordinatorPartition.topic
        var answers: [PartitionID: Result<PartitionProgress.Ends, ClusterError>] = [:]
        var byLeader: [BrokerID: [PartitionID]] = [:]
        for partition in topology?.topic(topic)?.partitions ?? [] where partitions.contains(partition.id) {
            if let leader = partition.leader, unreachable[leader] == nil {
                byLeader[leader, default: []].append(partition.id)
            } else {
                let reason = partition.leader.flatMap { unreachable[$0] } ?? .leaderUnavailable
                answers[partition.id] = .failure(ClusterError(reason, operation: "list offsets"))
            }
        }
        let source = surroundings.source
        let replies = await withTaskGroup(of: (LogOffsets, LogOffsets).self) { tasks in
            for (leader, partitions) in byLeader {
                let asked = [TopicPartitions(topic: topic, partitions: partitions)]
                tasks.addTask {
                    let high = await source.logOffsets(.highWatermark, of: asked, leader: leader)
                    guard !high.topics.isEmpty else { return (high, LogOffsets(failures: high.failures)) }
                    return (high, await source.logOffsets(.lastStable, of: asked, leader: leader))
                }
            }
            var replies: [(LogOffsets, LogOffsets)] = []
            for await reply in tasks { replies.append(reply) }
            return replies
        }
        for (high, stable) in replies {
            let highByPartition = high.byPartition
            for (partition, lastStable) in stable.byPartition {
                guard let high = highByPartition[partition] else { continue }
                answers[partition] = .success(.init(lastStable: lastStable, highWatermark: high))
            }
            for failure in high.failures + stable.failures where answers[failure.partition] == nil {
                answers[failure.partition] = .failure(failure.error)
            }
        }
        return answers
    }

    /// Everything that was read before is read up to where it ended when the round began.
    ///
    /// Without a feed there is nothing to wait for.
    private var isRead: Bool {
        !hasFeed
            || held.allSatisfy { progress in
                guard let progress, progress.hasCaughtUp, progress.ends != nil else { return true }
                return progress.isRead
            }
    }

    /// What was in the topic at the start has been delivered, as far as anybody tells what that was.
    private var isReached: Bool {
        let own = held.compactMap { $0 }
        return !own.isEmpty && own.allSatisfy { $0.hasReachedEnd || ($0.ends == nil && $0.failure != nil) }
            && (settings.shardGroup != nil || own.count == held.count)
    }

    /// Says how long it took to read what was in the topic when the feed was made.
    func reportFirstRead() {
        guard let since = readingSince, isReached else { return }
        readingSince = nil
        let took = surroundings.clock.now().monotonic - since
        let records = journal.recordsByKind.values.reduce(0, +)
        surroundings.logger.info(
            "the offsets topic has been read to its end",
            ["records": "\(records)", "seconds": "\(took.seconds)"])
    }

    /// Waits, at most `limit`, for the first time that the topic has been read to its end.
    ///
    /// Afterwards it waits for the limit: rounds come at their own pace.
    func waitForFirstRead(limit: Duration) async throws {
        guard !hasToldReached else { return try await surroundings.clock.sleep(limit) }
        if !isReached { await wait(limit: limit, isFirstRead: true) }
        try Task.checkCancellation()
        if isReached { hasToldReached = true }
    }

    private func waitUntilRead() async {
        guard !isRead else { return }
        await wait(limit: settings.catchUpLimit, isFirstRead: false)
    }

    private func wait(limit: Duration, isFirstRead: Bool) async {
        guard waiter == nil else { return }
        waiterNumber += 1
        let number = waiterNumber
        let clock = surroundings.clock
        let timer = Task {
            try? await clock.sleep(limit)
            self.stopWaiting(number)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter = (number, isFirstRead, $0) }
        } onCancel: {
            timer.cancel()
        }
        timer.cancel()
    }

    private func stopWaiting(_ number: Int) {
        guard let waiting = waiter, waiting.number == number else { return }
        waiter = nil
        waiting.continuation.resume()
    }

    func wakeIfRead() {
        guard let waiting = waiter, waiting.isFirstRead ? isReached : isRead else { return }
        waiter = nil
        waiting.continuation.resume()
    }

    private func followedRound() -> FollowedRound {
        var status = OffsetsTopicStatus(
            fallback: fallback, recordsByKind: journal.recordsByKind,
            recordsSkipped: journal.recordsSkipped, groupsRemoved: journal.groupsRemoved)
        journal.bringUpToDate(heldPartitions.filter { self[$0]?.isUsed == true })
        for place in held.indices {
            let id = PartitionID(Int32(clamping: place))
            guard let progress = held[place] else {
                status.partitions.append(
                    .init(id: id, state: settings.shardGroup == nil ? .loading : .elsewhere))
                continue
            }
            let state = progress.state
            var partition = OffsetsTopicStatus.Partition(
                id: id, state: state, position: progress.position,
                highWatermark: progress.ends?.highWatermark, lastStable: progress.ends?.lastStable)
            switch state {
            case .current, .blocked: partition.groups = journal.followedCount(in: id)
            case .unavailable: partition.reason = progress.failure ?? .other
            case .loading, .elsewhere: break
            }
            status.partitions.append(partition)
        }
        if let group = settings.shardGroup {
            status.shard = .init(
                group: group.group, instanceID: group.instanceID, isMember: mayPublish() && hasFeed,
                changes: shardChanges)
        }
        return FollowedRound(status: status, isHybrid: settings.isHybrid, groups: journal.followed)
    }
}

extension LogOffsets {
    /// Offsets of the one topic that was asked for.
    fileprivate var byPartition: [PartitionID: Int64] {
        var found: [PartitionID: Int64] = [:]
        for topic in topics {
            for (partition, offset) in zip(topic.partitions, topic.offsets) { found[partition] = offset }
        }
        return found
    }
}
