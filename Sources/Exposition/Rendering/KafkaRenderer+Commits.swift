import ClusterAccess
import LagModel

/// Families that follow from commits: by partition, their sums, and what they add up to over time.
extension KafkaRenderer {
    mutating func renderCommits() {
        eachGroupTopic(Catalogue.groupPartitionCommittedOffset) { _, topic, writer in
            writer.committedOffsets(of: topic)
        }
        eachGroupTopic(Catalogue.groupPartitionLag) { snapshot, topic, writer in
            guard let log = snapshot.log(of: topic) else { return }
            writer.lags(of: topic, logStart: log.logStart, end: log.highWatermark)
        }
        eachGroupTopic(Catalogue.groupPartitionStableLag) { snapshot, topic, writer in
            guard topic.wantsStableLag, let log = snapshot.log(of: topic), let end = log.lastStable
            else { return }
            writer.lags(of: topic, logStart: log.logStart, end: end, passed: topic.passedMarkers)
        }
        eachGroupTopic(Catalogue.groupPartitionAhead) { _, topic, writer in
            guard !topic.ahead.isEmpty else { return }
            writer.push(topic.name.rawValue)
            writer.openLabel()
            for partition in topic.ahead { writer.sample(number: partition, 1) }
        }
    }

    mutating func renderTotals() {
        groupTopicValues(Catalogue.groupTopicLag) { topic in topic.totals.lag }
        groupTopicValues(Catalogue.groupTopicLagMax) { topic in topic.totals.lagMax }
        groupValues(Catalogue.groupLag) { group in group.totals?.lag }
        groupValues(Catalogue.groupLagMax) { group in group.totals?.lagMax }
        groupValues(Catalogue.groupStableLag) { group in group.totals?.stableLag }
    }

    mutating func renderConsumption() {
        groupTopicValues(Catalogue.groupRecordsConsumed) { topic in topic.counters.consumed }
        groupTopicValues(Catalogue.groupRecordsLost) { topic in topic.counters.lost }
        eachGroupTopic(Catalogue.groupOffsetResets) { _, topic, writer in
            writer.push(topic.name.rawValue)
            let mark = writer.push("backward")
            writer.sample(topic.counters.resetsBackward)
            writer.pop(to: mark)
            writer.push("forward")
            writer.sample(topic.counters.resetsForward)
        }
        eachGroupTopic(Catalogue.groupOffsetResetRecords) { _, topic, writer in
            writer.push(topic.name.rawValue)
            let mark = writer.push("backward")
            writer.sample(topic.counters.rewoundRecords)
            writer.pop(to: mark)
            writer.push("forward")
            writer.sample(topic.counters.skippedRecords)
        }
    }

    mutating func renderOutlook() {
        eachGroupTopic(Catalogue.groupLagGrowth) { _, topic, writer in
            guard let growth = topic.lagGrowth else { return }
            writer.push(topic.name.rawValue)
            writer.sample(growth)
        }
        groupValues(Catalogue.groupUnknownPartitions) { group in
            group.totals.map { Int64($0.unknownPartitions) }
        }
    }
}

extension ClusterSnapshot {
    /// The log that a group's topic refers to; `nil` when the topic is not described.
    fileprivate func log(of topic: borrowing GroupTopicSnapshot) -> TopicSnapshot? {
        guard let index = topic.topicIndex, topics.indices.contains(index) else { return nil }
        return topics[index]
    }
}

extension SampleWriter {
    /// One sample for each commit.
    fileprivate mutating func committedOffsets(of topic: borrowing GroupTopicSnapshot) {
        push(topic.name.rawValue)
        openLabel()
        let partitions = topic.partitions
        let committed = topic.committed
        for position in 0..<min(partitions.count, committed.count) {
            sample(number: partitions[position], committed[position])
        }
    }

    /// One sample for each commit whose partition has both a log start and an end.
    fileprivate mutating func lags(
        of topic: borrowing GroupTopicSnapshot, logStart: OffsetColumn, end: OffsetColumn,
        passed: [Int32] = []
    ) {
        push(topic.name.rawValue)
        openLabel()
        let partitions = topic.partitions
        let committed = topic.committed
        let starts = logStart.values
        let ends = end.values
        let known = 0..<min(starts.count, ends.count)
        for position in 0..<min(partitions.count, committed.count) {
            let partition = Int(partitions[position])
            guard known.contains(partition) else { continue }
            let (start, end) = (starts[partition], ends[partition])
            guard start != OffsetColumn.unknown, end != OffsetColumn.unknown else { continue }
            // What is nothing but markers is no lag.
            let isPassed = !passed.isEmpty && passed.contains(partitions[position])
            let lag = PartitionLag(committed: committed[position], logStart: start, end: end).lag
            sample(number: partitions[position], isPassed ? 0 : lag)
        }
    }
}
