import ClusterAccess
import LagModel

extension Diagnosis {
    /// The group is far behind, in records or in time.
    static func highLag(_ context: GroupContext) -> [Finding] {
        guard let lag = context.group.totals?.lag, lag > 0 else { return [] }
        let isOld = context.lagAge.map { $0 > context.thresholds.lagAge } ?? false
        guard lag > context.thresholds.lag || isOld else { return [] }
        let group = context.group
        var evidence = [Finding.Evidence("lag_records", lag)]
        if let age = context.lagAge { evidence.append(.init("lag_seconds", age, .grows)) }
        if let growth = group.lagGrowth { evidence.append(.init("growth_records_per_second", growth)) }
        if let catchUp = group.outlook?.catchUp { evidence.append(.init("catch_up_seconds", catchUp)) }
        let behind = "The group is \(Wording.count(lag, "record")) behind"
        let pace = group.outlook?.catchUp.map {
            "; at its present pace it catches up in \(Wording.duration($0))"
        }
        let sentence: Finding.Sentence =
            context.lagAge.map {
                .init(behind + ", the oldest ", $0, .grows, " old\(pace ?? "").")
            } ?? .init("\(behind)\(pace ?? "").")
        let isCritical = group.outlook?.isCatchUpImpossible == true
        return [
            Finding(
                .highLag, isCritical ? .critical : .warning, sentence, evidence: evidence,
                suggestions: context.suggestions(.highLag) { Advice.throughput(context) })
        ]
    }

    /// Over the whole window the group was behind and consumed no faster than was produced.
    static func growingLag(_ context: GroupContext) -> [Finding] {
        guard context.group.outlook?.isCatchUpImpossible == true, let lag = context.group.totals?.lag,
            lag >= context.thresholds.notableLag, let growth = context.group.lagGrowth
        else { return [] }
        let rate = Wording.grouped(Int64(min(growth.rounded(), 9e18)))
        let pace = growth > 0 ? "grows by \(rate) records a second" : "does not shrink"
        return [
            Finding(
                .growingLag, .warning,
                "The lag of \(Wording.count(lag, "record")) \(pace): the group never catches up like this.",
                evidence: [.init("growth_records_per_second", growth), .init("lag_records", lag)],
                suggestions: context.suggestions(.growingLag) { Advice.throughput(context) })
        ]
    }

    /// One partition of a topic is far behind and the others are not: more members would not help.
    static func hotPartition(_ context: GroupContext) -> [Finding] {
        context.group.topics.compactMap { topic in
            // The largest lag is known without a look at every partition, which nearly all groups are spared.
            guard topic.totals.lagMax ?? 0 >= context.thresholds.notableLag,
                topic.totals.unknownPartitions == 0, topic.totals.partitions > 1,
                let sum = topic.totals.lag, let worst = context.worstPartition(of: topic)
            else { return nil }
            let others = sum.saturatingSubtract(worst.lag) / Int64(topic.totals.partitions - 1)
            guard worst.lag / context.thresholds.hotFactor >= others else { return nil }
            return Finding(
                .hotPartition, .warning,
                "Partition \(worst.partition) of \(topic.name) lags by "
                    + "\(Wording.count(worst.lag, "record")), the "
                    + "others by \(Wording.grouped(others)) on average.",
                evidence: [
                    .init("partition_lag_records", worst.lag), .init("mean_lag_of_others_records", others),
                    .init("topic_lag_records", sum), .init("partitions", Int64(topic.totals.partitions)),
                ],
                suggestions: Advice.hotPartition, topic: topic.name, partition: worst.partition,
                member: context.owner(of: topic.name, worst.partition))
        }
    }

    /// Partitions whose commits stand still although there is something to read, one finding for each kind
    /// and topic; where the group has no members, that alone is said.
    static func standingPartitions(_ context: GroupContext) -> [Finding] {
        guard context.isUnmanaged || context.group.state != .empty else { return [] }
        return context.group.topics.flatMap { topic -> [Finding] in
            guard let standing = context.standing[topic.name] else { return [] }
            return [
                standingFinding(.stoppedPartition, standing.stopped, of: topic, context),
                standingFinding(.stalledPartition, standing.stalled, of: topic, context),
            ].compactMap { $0 }
        }
    }

    private static func standingFinding(
        _ kind: Finding.Kind, _ partitions: [Int32], of topic: GroupTopicSnapshot, _ context: GroupContext
    ) -> Finding? {
        // They stand in the order of the topic's own: the next one is soon found.
        var next = 0
        let lags = partitions.compactMap { partition -> (partition: Int32, lag: Int64)? in
            guard
                let position = topic.partitions[next...].firstIndex(of: partition)
                    ?? topic.partitions.firstIndex(of: partition)
            else { return nil }
            next = position
            guard let lag = context.cluster.lag(of: topic, at: position)?.lag else { return nil }
            return (partition, lag)
        }
        let worst = lags.max { ($0.lag, $1.partition) < ($1.lag, $0.partition) }
        guard let worst else { return nil }
        var evidence = [
            Finding.Evidence("partitions", Int64(partitions.count)),
            .init("partition_lag_records", worst.lag),
        ]
        if let age = context.commitAge(of: topic) {
            evidence.append(.init("commit_age_seconds", age, .grows))
        }
        let count = partitions.count > 1 ? " and \(partitions.count - 1) more" : ""
        let what =
            kind == .stoppedPartition
            ? "is not committed on any more" : "is committed at the same offset again and again"
        return Finding(
            kind, .critical,
            "Partition \(worst.partition)\(count) of \(topic.name) \(what), with "
                + "\(Wording.count(worst.lag, "record")) to read.",
            evidence: evidence, suggestions: Advice.standing(context), topic: topic.name,
            partition: worst.partition, member: context.owner(of: topic.name, worst.partition))
    }
}
