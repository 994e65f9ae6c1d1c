import ClusterAccess
import LagAnalysis
import LagModel

/// What happens next, and why: fills a snapshot's forecasts and findings, and remembers what they rest on.
///
/// A pure value; time comes with the snapshot. It forgets groups and topics that a snapshot no longer names.
struct OutlookStage {
    /// What a round knows of the cluster beside the snapshot.
    struct Surroundings {
        var topology: ClusterTopology
        var configurations: TopicConfigurations
    }

    fileprivate struct GroupMemory {
        var backlog = BacklogWindow()
        var rebalances = EventCount()
        var isExact: Bool?
        var rebalancingSince: MonotonicTime?
        var topics: [TopicName: TopicMemory] = [:]
    }

    fileprivate struct TopicMemory {
        var lost = EventCount()
        var rhythm = CommitRhythm()
    }

    private let window: Duration
    private let thresholds: DiagnosisThresholds
    private var groups: [GroupID: GroupMemory] = [:]
    /// Movement of the log starts, by partition number; `nil` before one was seen.
    private var logStarts: [TopicName: [LogStartMovement?]] = [:]

    /// `window` is the one over which growth of lag is measured.
    init(window: Duration, thresholds: DiagnosisThresholds) {
        self.window = window
        self.thresholds = thresholds
    }

    /// Fills in what follows from this round and those before.
    mutating func fill(_ snapshot: inout ClusterSnapshot, with surroundings: Surroundings) {
        describe(&snapshot, with: surroundings)
        observeLogStarts(of: snapshot)
        var kept: [GroupID: GroupMemory] = [:]
        kept.reserveCapacity(snapshot.groups.count)
        for index in snapshot.groups.indices {
            var memory = groups.removeValue(forKey: snapshot.groups[index].id) ?? GroupMemory()
            memory.observe(snapshot.groups[index], at: snapshot.endOffsetsRead.monotonic, window, thresholds)
            snapshot.groups[index].outlook = outlook(of: snapshot.groups[index], memory)
            for position in snapshot.groups[index].topics.indices {
                snapshot.groups[index].topics[position].lossMargin = lossMargin(
                    of: snapshot.groups[index].topics[position], in: snapshot)
            }
            kept[snapshot.groups[index].id] = memory
        }
        groups = kept
        // Rules see the snapshot as it is published, with all forecasts.
        let findings = snapshot.groups.map { group in
            Diagnosis.findings(context(of: group, in: snapshot, kept[group.id]))
        }
        for (index, found) in findings.enumerated() where !found.isEmpty {
            snapshot.groups[index].findings = found
        }
    }

    private func outlook(of group: GroupSnapshot, _ memory: GroupMemory) -> GroupOutlook {
        group.totals?.lag == nil ? GroupOutlook() : memory.backlog.outlook(window: window)
    }
}

// MARK: - Topics

extension OutlookStage {
    /// Retention and replication, of which this user may know nothing.
    private func describe(_ snapshot: inout ClusterSnapshot, with surroundings: Surroundings) {
        let topology = surroundings.topology
        for index in snapshot.topics.indices {
            let name = snapshot.topics[index].name
            snapshot.topics[index].retention = surroundings.configurations.retention(of: name)
            snapshot.topics[index].underReplicatedPartitions = topology.topic(name)?.underReplicated.count
        }
        snapshot.offsetsTopicReplication = topology.topic(CoordinatorPartition.topic).map { topic in
            OffsetsTopicReplication(
                partitionCount: topic.partitions.count, underReplicated: topic.underReplicated)
        }
        snapshot.offsetsRetention = surroundings.configurations.offsetsRetention
        for (reason, count) in surroundings.configurations.failures {
            snapshot.unavailable[.init(scope: .configuration, reason: reason), default: 0] += count
        }
    }

    private mutating func observeLogStarts(of snapshot: ClusterSnapshot) {
        var kept: [TopicName: [LogStartMovement?]] = [:]
        kept.reserveCapacity(snapshot.topics.count)
        for topic in snapshot.topics {
            var movements = logStarts.removeValue(forKey: topic.name) ?? []
            let count = topic.logStart.count
            if movements.count > count { movements.removeLast(movements.count - count) }
            while movements.count < count { movements.append(nil) }
            for partition in 0..<count {
                guard let start = topic.logStart[Int32(truncatingIfNeeded: partition)] else { continue }
                if movements[partition] == nil { movements[partition] = LogStartMovement(start: start) }
                movements[partition]?.observe(start, at: snapshot.endOffsetsRead.monotonic)
            }
            kept[topic.name] = movements
        }
        logStarts = kept
    }

    /// The soonest loss among a group's partitions of a topic.
    private func lossMargin(of topic: GroupTopicSnapshot, in snapshot: ClusterSnapshot) -> Duration? {
        guard topic.totals.lag != 0, let index = topic.topicIndex, snapshot.topics.indices.contains(index)
        else { return nil }
        let log = snapshot.topics[index]
        let movements = logStarts[topic.name] ?? []
        let margins = topic.partitions.indices.lazy.map { position in
            let partition = topic.partitions[position]
            let movement =
                movements.indices.contains(Int(partition)) ? movements[Int(partition)] : nil
            return LossMargin(
                LossMargin.Partition(
                    committed: topic.committed[position], logStart: log.logStart[partition],
                    end: log.highWatermark[partition], age: topic.oldestUnreadAge(at: position),
                    logStartOffsetsPerSecond: movement?.offsetsPerSecond(
                        at: snapshot.endOffsetsRead.monotonic)),
                retention: log.retention)
        }
        return LossMargin.smallest(margins).time
    }
}

// MARK: - Groups

extension OutlookStage {
    private func context(
        of group: GroupSnapshot, in snapshot: ClusterSnapshot, _ memory: GroupMemory?
    ) -> GroupContext {
        var context = GroupContext(group: group, cluster: snapshot, thresholds: thresholds)
        context.lagAge = group.lagAge?.age
        guard let memory else { return context }
        let now = snapshot.endOffsetsRead.monotonic
        context.recentRebalances = memory.rebalances.increase
        context.rebalancingFor = memory.rebalancingSince.map { since in
            let watched = now - since
            return group.state?.isRebalancing == true ? max(watched, group.timeInState ?? .zero) : watched
        }
        for (name, topic) in memory.topics {
            if topic.lost.increase > 0 { context.recentlyLost[name] = topic.lost.increase }
            if let wait = topic.rhythm.wait { context.commitWaits[name] = wait }
        }
        context.standing = group.standingPartitions
        return context
    }
}

extension OutlookStage.GroupMemory {
    fileprivate mutating func observe(
        _ group: GroupSnapshot, at now: MonotonicTime, _ window: Duration, _ thresholds: DiagnosisThresholds
    ) {
        // What was not read in this round tells nothing of how commits move.
        let isRead = group.commitsRead == nil
        if isRead, let sample = BacklogWindow.Sample(group, at: now) {
            backlog.record(sample, window: window)
        }
        // Counts from records and from polling are two series; one does not go on from the other.
        if isExact != group.rebalances.isExact { rebalances = EventCount() }
        isExact = group.rebalances.isExact
        rebalances.record(group.rebalances.count, at: now, window: thresholds.eventWindow)
        switch group.isRebalancing {
        case true?: rebalancingSince = rebalancingSince ?? now
        case false?: rebalancingSince = nil
        case nil: break
        }
        var kept: [TopicName: OutlookStage.TopicMemory] = [:]
        kept.reserveCapacity(group.topics.count)
        for topic in group.topics {
            var memory = topics[topic.name] ?? OutlookStage.TopicMemory()
            memory.lost.record(topic.counters.lost, at: now, window: thresholds.eventWindow)
            if isRead {
                memory.rhythm.observe(
                    lag: topic.totals.lag, consumed: topic.counters.consumed, at: now)
            }
            kept[topic.name] = memory
        }
        topics = kept
    }
}

extension ClusterMetadata.Topic {
    /// Partitions with fewer replicas in sync than they have.
    fileprivate var underReplicated: [Int32] {
        partitions.filter { $0.inSyncReplicaCount < $0.replicaCount }.map(\.id.rawValue)
    }
}

// MARK: - What other stages tell

extension GroupTopicSnapshot {
    /// Age of the oldest unread record of a committed partition; `nil` where nobody knows.
    fileprivate func oldestUnreadAge(at position: Int) -> Duration? { lagAges?[position]?.age }

    /// Partitions that evaluation found not to move.
    fileprivate var standing: GroupContext.StandingPartitions {
        var standing = GroupContext.StandingPartitions()
        for (partition, status) in zip(partitions, statuses) {
            switch status {
            case .stop?: standing.stopped.append(partition)
            case .stall?: standing.stalled.append(partition)
            case .ok?, .warn?, .rewind?, nil: break
            }
        }
        return standing
    }
}

extension GroupSnapshot {
    /// Partitions that evaluation found not to move, by topic.
    fileprivate var standingPartitions: [TopicName: GroupContext.StandingPartitions] {
        guard (evaluation?.counts[.stop] ?? 0) + (evaluation?.counts[.stall] ?? 0) > 0 else { return [:] }
        return Dictionary(topics.map { ($0.name, $0.standing) }) { first, _ in first }
    }
}
