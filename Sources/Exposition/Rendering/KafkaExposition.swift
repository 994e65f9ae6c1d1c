import ClusterAccess
package import LagModel

/// The part of a scrape that follows from snapshots alone, so that one rendering serves many scrapes.
///
/// Pure and deterministic: the same snapshots give the same bytes, whoever renders them.
package enum KafkaExposition {
    /// Renders all families of ``Catalogue/snapshot`` over all clusters.
    ///
    /// Clusters come by name, everything below in the order of the snapshot, which is ascending.
    /// `reservingBytes` is a hint, for instance the size of the last rendering.
    package static func render(
        _ snapshots: [ClusterSnapshot], format: ExpositionFormat, reservingBytes: Int = 0
    ) -> RenderedPart {
        var renderer = KafkaRenderer(
            snapshots: snapshots.sorted { $0.cluster < $1.cluster },
            writer: SampleWriter(format: format, reservingBytes: reservingBytes))
        renderer.renderCluster()
        renderer.renderTopics()
        renderer.renderTopicSettings()
        renderer.renderGroups()
        renderer.renderCommits()
        renderer.renderTotals()
        renderer.renderConsumption()
        renderer.renderRebalances()
        renderer.renderCommitTimes()
        renderer.renderOutlook()
        renderer.renderLagAge()
        renderer.renderEvaluation()
        renderer.renderForecast()
        renderer.renderMembers()
        renderer.renderFolding()
        renderer.renderGroupsRemoved()
        renderer.renderOffsetsAge()
        renderer.renderReasons()
        renderer.renderOffsetsTopic()
        renderer.renderSharding()
        renderer.renderTimeLookups()
        renderer.renderLimits()
        renderer.renderRequestPlan()
        renderer.writer.finish(endingBody: false)
        return RenderedPart(bytes: renderer.writer.bytes, seriesByFamily: renderer.writer.series)
    }
}

/// A rendered run of whole families, and how many series each of them has.
package struct RenderedPart: Sendable {
    package var bytes: [UInt8]
    /// Every family of the part in catalogue order, those without series with 0.
    package var seriesByFamily: [FamilySeries]

    package init(bytes: [UInt8] = [], seriesByFamily: [FamilySeries] = []) {
        self.bytes = bytes
        self.seriesByFamily = seriesByFamily
    }
}

/// Walks snapshots family by family; extensions hold the families by subject.
struct KafkaRenderer: ~Copyable {
    let snapshots: [ClusterSnapshot]
    var writer: SampleWriter
    /// Series written so far for each of the snapshots.
    private(set) var seriesBySnapshot: [Int]

    init(snapshots: [ClusterSnapshot], writer: consuming SampleWriter) {
        self.snapshots = snapshots
        self.writer = writer
        seriesBySnapshot = snapshots.map { _ in 0 }
    }

    /// Begins `family` and calls `body` for every cluster, with the cluster's label pushed.
    mutating func eachCluster(
        _ family: MetricFamily, _ body: (borrowing ClusterSnapshot, inout SampleWriter) -> Void
    ) {
        writer.begin(family)
        let ordered = snapshots
        let snapshots = ordered.span
        for position in snapshots.indices {
            writer.labels.turn(to: position, bytesMax: snapshots[position].series.labelBytes)
            writer.setConstantLabels(snapshots[position].constantLabels)
            let mark = writer.push(snapshots[position].cluster)
            let before = writer.seriesWritten
            body(snapshots[position], &writer)
            seriesBySnapshot[position] += writer.seriesWritten - before
            writer.pop(to: mark)
        }
    }

    /// The same for every topic of every cluster whose granularity includes the family.
    mutating func eachTopic(
        _ family: MetricFamily, _ body: (borrowing TopicSnapshot, inout SampleWriter) -> Void
    ) {
        eachCluster(family) { snapshot, writer in
            let topics = snapshot.topics.span
            for position in topics.indices
            where snapshot.exportLevel(of: topics[position]).includes(family.level) {
                let mark = writer.push(topics[position].name.rawValue)
                body(topics[position], &writer)
                writer.pop(to: mark)
            }
        }
    }

    /// The same for every group of every cluster whose granularity includes the family.
    mutating func eachGroup(
        _ family: MetricFamily,
        _ body: (borrowing ClusterSnapshot, borrowing GroupSnapshot, inout SampleWriter) -> Void
    ) {
        eachCluster(family) { snapshot, writer in
            let groups = snapshot.groups.span
            for position in groups.indices where groups[position].exportLevel.includes(family.level) {
                let mark = writer.push(groups[position].id.rawValue)
                body(snapshot, groups[position], &writer)
                writer.pop(to: mark)
            }
        }
    }

    /// The same for every topic of every group whose granularity includes the family.
    ///
    /// Here `body` pushes the topic's label itself, so that a topic without a sample costs nothing. Families
    /// by partition see those partitions only that are to be exported.
    mutating func eachGroupTopic(
        _ family: MetricFamily,
        _ body: (borrowing ClusterSnapshot, borrowing GroupTopicSnapshot, inout SampleWriter) -> Void
    ) {
        eachGroup(family) { snapshot, group, writer in
            let topics = group.topics.span
            let mark = writer.mark
            for position in topics.indices {
                if family.level == .partition, topics[position].exportedPositions != nil {
                    body(snapshot, topics[position].exported, &writer)
                } else {
                    body(snapshot, topics[position], &writer)
                }
                writer.pop(to: mark)
            }
        }
    }

    /// One sample for each group where `value` knows it.
    mutating func groupValues(_ family: MetricFamily, _ value: (borrowing GroupSnapshot) -> Int64?) {
        eachGroup(family) { _, group, writer in
            if let value = value(group) { writer.sample(value) }
        }
    }

    /// One sample for each topic of a group where `value` knows it.
    mutating func groupTopicValues(
        _ family: MetricFamily, _ value: (borrowing GroupTopicSnapshot) -> Int64?
    ) {
        eachGroupTopic(family) { _, topic, writer in
            guard let value = value(topic) else { return }
            writer.push(topic.name.rawValue)
            writer.sample(value)
        }
    }
}

extension ExportLevel {
    /// Whether families of `level` are exported at this level.
    func includes(_ level: MetricFamily.Level) -> Bool { self <= level.exportLevel }
}
