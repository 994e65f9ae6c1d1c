import ClusterAccess
import LagModel

extension Diagnosis {
    /// Records waited long for a commit that then came: after a crash they are all read again.
    static func rareCommits(_ context: GroupContext) -> [Finding] {
        context.group.topics.compactMap { topic in
            guard let wait = context.commitWaits[topic.name], wait >= context.thresholds.commitWait
            else { return nil }
            var evidence = [Finding.Evidence("commit_wait_seconds", wait)]
            if let age = context.commitAge(of: topic) {
                evidence.append(.init("commit_age_seconds", age, .grows))
            }
            return Finding(
                .rareCommits, .info,
                "Records of \(topic.name) waited \(Wording.duration(wait)) for the newest commit.",
                evidence: evidence, suggestions: Advice.rareCommits, topic: topic.name)
        }
    }

    /// How long rare commits only get older: for ever, but for those that a clock ahead of ours has dated.
    static func stillnessOfRareCommits(_ context: GroupContext) -> Stillness? {
        let now = context.cluster.endOffsetsRead.wall
        let topics = context.group.topics
        let isFromFuture = topics.indices.contains { place in
            topics[place].lastCommit.map { now < $0 } ?? false
        }
        return isFromFuture ? nil : Stillness(time: nil)
    }

    /// Commits that the coordinator will forget, after which the group begins anew.
    ///
    /// A classic group's expire `offsets.retention.minutes` after it became empty, those of other groups that
    /// long after the commit, and those on topics that a group with members no longer reads likewise.
    static func offsetsExpiring(_ context: GroupContext) -> [Finding] {
        guard let retention = context.cluster.offsetsRetention else { return [] }
        let limit = min(context.thresholds.expiry, retention / 2)
        let remaining = context.group.topics.compactMap { topic -> (topic: TopicName, time: Duration)? in
            idleTime(of: topic, context).map { (topic.name, max(.zero, retention - $0)) }
        }
        guard let soonest = remaining.min(by: { ($0.time, $0.topic) < ($1.time, $1.topic) }),
            soonest.time <= limit
        else { return [] }
        return [
            Finding(
                .offsetsExpiring, soonest.time <= limit / 4 ? .critical : .warning,
                "The commits on \(soonest.topic) are forgotten in \(Wording.duration(soonest.time)): nobody "
                    + "uses them, and they are kept for \(Wording.duration(retention)).",
                evidence: [
                    .init("remaining_seconds", soonest.time), .init("offsets_retention_seconds", retention),
                    .init("topics", Int64(remaining.count { $0.time <= limit })),
                ],
                suggestions: Advice.offsetsExpiring, topic: soonest.topic)
        ]
    }

    /// In how long commits of the group may be worth a finding because they expire; `nil` when they do not
    /// while nothing is new.
    package static func timeToExpiry(_ context: GroupContext) -> Duration? {
        guard let retention = context.cluster.offsetsRetention else { return nil }
        let limit = min(context.thresholds.expiry, retention / 2)
        return context.group.topics.compactMap { idleTime(of: $0, context) }.max().map {
            max(.zero, retention - $0 - limit)
        }
    }

    /// How long nobody has used a topic's commits, as Kafka counts it; `nil` while they do not expire, or it
    /// is not known since when they do.
    private static func idleTime(of topic: GroupTopicSnapshot, _ context: GroupContext) -> Duration? {
        let group = context.group
        guard let type = group.type, let state = group.state else { return nil }
        let sinceCommit = context.cluster.commitAge(of: topic)
        switch (type, state) {
        case (.simple, _): return sinceCommit
        case (.classic, .empty): return context.cluster.timeInState(of: group)
        case (.consumer, .empty): return sinceCommit
        case (.classic, .stable), (.consumer, .stable):
            guard group.protocolType == "consumer", let members = group.members?.members,
                members.allSatisfy({ $0.isAssignmentKnown && $0.unnamedPartitions == 0 }),
                !members.contains(where: { $0.assignment.contains { $0.topic == topic.name } })
            else { return nil }
            return sinceCommit
        case (.classic, _), (.consumer, _), (.share, _), (.streams, _): return nil
        }
    }

    /// Records were deleted before the group read them, or its next one is already gone.
    static func recordsLost(_ context: GroupContext) -> [Finding] {
        context.group.topics.compactMap { topic in
            let recent = context.recentlyLost[topic.name] ?? 0
            let (gone, worst) = goneRecords(of: topic, context)
            guard recent > 0 || gone > 0 else { return nil }
            return Finding(
                .recordsLost, .critical,
                "\(Wording.count(max(recent, gone), "record")) of \(topic.name) "
                    + (max(recent, gone) == 1 ? "was" : "were") + " deleted before the group had read that "
                    + "far.",
                evidence: [
                    .init("recently_lost_records", recent), .init("records_before_log_start", gone),
                    .init("lost_records_since_start", topic.counters.lost),
                ],
                suggestions: Advice.loss(context, topic), topic: topic.name, partition: worst)
        }
    }

    /// How long lost records are the same: for ever, once none was lost lately.
    static func stillnessOfRecordsLost(_ context: GroupContext) -> Stillness? {
        context.recentlyLost.isEmpty ? Stillness(time: nil) : nil
    }

    /// Records before the log starts that were not read, and the partition with most of them.
    private static func goneRecords(
        of topic: GroupTopicSnapshot, _ context: GroupContext
    ) -> (count: Int64, worst: Int32?) {
        guard let index = topic.topicIndex, context.cluster.topics.indices.contains(index) else {
            return (0, nil)
        }
        let starts = context.cluster.topics[index].logStart
        var (sum, most, worst): (Int64, Int64, Int32?) = (0, 0, nil)
        for (partition, committed) in zip(topic.partitions, topic.committed) {
            guard let start = starts[partition], start > committed else { continue }
            let lost = start.saturatingSubtract(committed)
            sum = sum.saturatingAdd(lost)
            if lost > most { (most, worst) = (lost, partition) }
        }
        return (sum, worst)
    }

    /// Unread records will be deleted soon, and the group will not have read them by then.
    static func lossImminent(_ context: GroupContext) -> [Finding] {
        let topics = context.group.topics
        return topics.indices.compactMap { place in
            guard let margin = topics[place].lossMargin, margin <= context.thresholds.lossMargin
            else { return nil }
            let topic = topics[place]
            let catchUp = context.group.outlook?.catchUp
            if let catchUp, catchUp <= margin / 2 { return nil }
            var evidence = [Finding.Evidence("loss_margin_seconds", margin, .shrinks)]
            if let lag = topic.totals.lag { evidence.append(.init("topic_lag_records", lag)) }
            if let catchUp { evidence.append(.init("catch_up_seconds", catchUp)) }
            return Finding(
                .lossImminent, margin <= context.thresholds.lossMargin / 4 ? .critical : .warning,
                margin == .zero
                    ? Finding.Sentence(
                        "The oldest unread record of \(topic.name) may be deleted at any moment.")
                    : Finding.Sentence(
                        "The oldest unread record of \(topic.name) may be deleted in ", margin, .shrinks,
                        "."),
                evidence: evidence,
                suggestions: context.suggestions(.lossImminent, topic.name) { Advice.loss(context, topic) },
                topic: topic.name)
        }
    }

    /// Commits beyond the end of the log: whatever is written there next is not read.
    static func commitAhead(_ context: GroupContext) -> [Finding] {
        context.group.topics.compactMap { topic in
            guard let partition = topic.ahead.first else { return nil }
            return Finding(
                .commitAhead, .warning,
                "The commit on partition \(partition) of \(topic.name) lies beyond the end of its log: the "
                    + "topic "
                    + "was recreated or truncated.",
                evidence: [.init("partitions", Int64(topic.ahead.count))], suggestions: Advice.commitAhead,
                topic: topic.name, partition: partition)
        }
    }
}
