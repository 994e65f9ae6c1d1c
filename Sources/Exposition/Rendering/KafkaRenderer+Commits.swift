import ClusterAccess
import LagModel

/// Families that follow from commits: by partition, their sums, and what they add up to over time.
extension KafkaRenderer {
    mutating func renderCommits() {
        eachGroupTopic(Catalogue.groupPartitionCommittedOffset) { _, topics, row, writer in
            writer.committedOffsets(of: topics, row)
        }
        eachGroupTopic(Catalogue.groupPartitionLag) { snapshot, topics, row, writer in
            guard let log = snapshot.log(of: topics, row) else { return }
            writer.lags(
                of: topics, row, logStart: snapshot.topics[log].logStart,
                end: snapshot.topics[log].highWatermark)
        }
        eachGroupTopic(Catalogue.groupPartitionStableLag, where: .stableLag) {
            snapshot, topics, row, writer in
            guard topics[row].wantsStableLag, let log = snapshot.log(of: topics, row),
                let end = snapshot.topics[log].lastStable
            else { return }
            writer.lags(
                of: topics, row, logStart: snapshot.topics[log].logStart, end: end,
                passed: topics[row].passedMarkers)
        }
        eachGroupTopic(Catalogue.groupPartitionAhead, where: .ahead) { _, topics, row, writer in
            guard !topics[row].ahead.isEmpty else { return }
            writer.push(topics, row)
            writer.openLabel()
            writer.samples(numbers: topics[row].ahead) { _ in 1 }
        }
    }

    mutating func renderTotals() {
        groupTopicValues(Catalogue.groupTopicLag) { topics, row in topics[row].totals.lag }
        groupTopicValues(Catalogue.groupTopicLagMax) { topics, row in topics[row].totals.lagMax }
        groupValues(Catalogue.groupLag) { groups, row in groups[row].totals?.lag }
        groupValues(Catalogue.groupLagMax) { groups, row in groups[row].totals?.lagMax }
        groupValues(Catalogue.groupStableLag) { groups, row in groups[row].totals?.stableLag }
    }

    mutating func renderConsumption() {
        groupTopicValues(Catalogue.groupRecordsConsumed) { topics, row in topics[row].counters.consumed }
        groupTopicValues(Catalogue.groupRecordsLost) { topics, row in topics[row].counters.lost }
        eachGroupTopic(Catalogue.groupOffsetResets) { _, topics, row, writer in
            writer.push(topics, row)
            let mark = writer.push("backward")
            writer.sample(topics[row].counters.resetsBackward)
            writer.pop(to: mark)
            writer.push("forward")
            writer.sample(topics[row].counters.resetsForward)
        }
        eachGroupTopic(Catalogue.groupOffsetResetRecords) { _, topics, row, writer in
            writer.push(topics, row)
            let mark = writer.push("backward")
            writer.sample(topics[row].counters.rewoundRecords)
            writer.pop(to: mark)
            writer.push("forward")
            writer.sample(topics[row].counters.skippedRecords)
        }
    }

    mutating func renderOutlook() {
        eachGroupTopic(Catalogue.groupLagGrowth, where: .growth) { _, topics, row, writer in
            guard let growth = topics[row].lagGrowth else { return }
            writer.push(topics, row)
            writer.sample(growth)
        }
        groupValues(Catalogue.groupUnknownPartitions) { groups, row in
            groups[row].totals.map { Int64($0.unknownPartitions) }
        }
    }
}

extension ClusterSnapshot {
    /// The place of the topic that a group's topic refers to; `nil` when it is not described.
    fileprivate func log(of parts: Span<GroupTopicSnapshot>, _ row: Int) -> Int? {
        guard let index = parts[row].topicIndex, topics.indices.contains(index) else { return nil }
        return index
    }
}

extension SampleWriter {
    /// One sample for each commit.
    fileprivate mutating func committedOffsets(of topics: Span<GroupTopicSnapshot>, _ row: Int) {
        push(topics, row)
        openLabel()
        let committed = topics[row].committed
        samples(numbers: topics[row].partitions) { position in
            position < committed.count ? committed[position] : nil
        }
    }

    /// One sample for each commit whose partition has both a log start and an end.
    fileprivate mutating func lags(
        of topics: Span<GroupTopicSnapshot>, _ row: Int, logStart: OffsetColumn, end: OffsetColumn,
        passed: [Int32] = []
    ) {
        push(topics, row)
        openLabel()
        let partitions = topics[row].partitions
        let committed = topics[row].committed
        let starts = logStart.values
        let ends = end.values
        let known = min(starts.count, ends.count)
        samples(numbers: partitions) { position in
            let partition = Int(partitions[position])
            guard position < committed.count, partition >= 0, partition < known else { return nil }
            let (start, end) = (starts[partition], ends[partition])
            guard start != OffsetColumn.unknown, end != OffsetColumn.unknown else { return nil }
            // What is nothing but markers is no lag.
            if !passed.isEmpty, passed.contains(partitions[position]) { return 0 }
            return PartitionLag(committed: committed[position], logStart: start, end: end).lag
        }
    }
}
