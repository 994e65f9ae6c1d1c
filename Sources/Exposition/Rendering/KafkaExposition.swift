import ClusterAccess
package import LagModel

/// The part of a scrape that follows from snapshots alone, so that one rendering serves many scrapes.
///
/// Pure and deterministic: the same snapshots give the same bytes, whoever renders them.
package enum KafkaExposition {
    /// Largest chunk of a body, unless a single line is longer.
    package static let chunkSize = 1 << 18

    /// Renders all families of ``Catalogue/snapshot`` over all clusters.
    ///
    /// Clusters come by name, everything below in the order of the snapshot, which is ascending.
    package static func render(
        _ snapshots: [ClusterSnapshot], format: ExpositionFormat, chunkSize: Int = Self.chunkSize
    ) -> RenderedPart {
        let kept = CollectedChunks()
        let series = render(snapshots, format: format, chunkSize: chunkSize, into: kept.take)
        return RenderedPart(chunks: kept.chunks, seriesByFamily: series)
    }

    /// The same, handing each chunk to `sink` as soon as it is full; returns the series of each family.
    ///
    /// The sink gets a chunk and the places in it where a run ends: runs of two renderings that have the same
    /// names in them begin and end at the same places of those names, so that runs in which no value changed
    /// are equal. The memory of what it leaves there is used for the next chunk.
    package static func render(
        _ snapshots: [ClusterSnapshot], format: ExpositionFormat, chunkSize: Int = Self.chunkSize,
        into sink: @escaping (_ chunk: inout [UInt8], _ runEnds: [Int]) -> Void
    ) -> [FamilySeries] {
        let snapshots = snapshots.sorted { $0.cluster < $1.cluster }
        var renderer = KafkaRenderer(
            snapshots: snapshots,
            writer: SampleWriter(
                format: format, output: ChunkedOutput(chunkSize: chunkSize, sink: sink)))
        renderer.renderAll()
        renderer.writer.finish(endingBody: false)
        return renderer.writer.series
    }
}

/// A rendered run of whole families, and how many series each of them has.
package struct RenderedPart: Sendable {
    /// Whole lines, one chunk behind the other.
    package var chunks: [[UInt8]]
    /// Every family of the part in catalogue order, those without series with 0.
    package var seriesByFamily: [FamilySeries]

    package init(chunks: [[UInt8]] = [], seriesByFamily: [FamilySeries] = []) {
        self.chunks = chunks
        self.seriesByFamily = seriesByFamily
    }

    /// The whole part in one array, which is a copy.
    package var bytes: [UInt8] { [UInt8](joining: chunks) }
}

/// Walks snapshots family by family; extensions hold the families by subject.
struct KafkaRenderer: ~Copyable {
    let snapshots: [ClusterSnapshot]
    /// One for each snapshot.
    let tables: [SnapshotTables]
    var writer: SampleWriter
    /// Series written so far for each of the snapshots.
    private(set) var seriesBySnapshot: [Int]

    init(snapshots: [ClusterSnapshot], writer: consuming SampleWriter) {
        self.snapshots = snapshots
        self.writer = writer
        tables = snapshots.map { SnapshotTables($0) }
        seriesBySnapshot = snapshots.map { _ in 0 }
    }

    /// Renders every family of ``Catalogue/snapshot``, in its order.
    mutating func renderAll() {
        renderCluster()
        renderTopics()
        renderTopicSettings()
        renderGroups()
        renderCommits()
        renderTotals()
        renderConsumption()
        renderRebalances()
        renderCommitTimes()
        renderOutlook()
        renderLagAge()
        renderEvaluation()
        renderForecast()
        renderMembers()
        renderFolding()
        renderGroupsRemoved()
        renderOffsetsAge()
        renderReasons()
        renderOffsetsTopic()
        renderSharding()
        renderTimeLookups()
        renderRequestPlan()
        renderLimits()
    }

    /// Begins `family` and calls `body` for every cluster, with the cluster's label pushed.
    @inline(__always)
    mutating func eachCluster(
        _ family: MetricFamily, _ body: (borrowing ClusterSnapshot, inout SampleWriter) -> Void
    ) {
        eachCluster(family) { snapshot, _, writer in body(snapshot, &writer) }
    }

    /// The same with the cluster's tables.
    @inline(__always)
    mutating func eachCluster(
        _ family: MetricFamily,
        _ body: (borrowing ClusterSnapshot, borrowing SnapshotTables, inout SampleWriter) -> Void
    ) {
        writer.begin(family)
        let ordered = snapshots
        let snapshots = ordered.span
        for position in snapshots.indices {
            writer.labels.turn(to: position, bytesMax: snapshots[position].series.labelBytes)
            writer.setConstantLabels(snapshots[position].constantLabels)
            writer.setTopics(tables[position].topics)
            let mark = writer.push(snapshots[position].cluster)
            let before = writer.seriesWritten
            body(snapshots[position], tables[position], &writer)
            seriesBySnapshot[position] += writer.seriesWritten - before
            writer.pop(to: mark)
        }
    }

    /// The same for every topic of every cluster whose granularity includes the family.
    @inline(__always)
    mutating func eachTopic(
        _ family: MetricFamily, _ body: (borrowing TopicSnapshot, inout SampleWriter) -> Void
    ) {
        eachCluster(family) { snapshot, tables, writer in
            let topics = snapshot.topics.span
            for position in topics.indices
            where snapshot.exportLevel(of: topics[position]).includes(family.level) {
                let mark =
                    tables.topics.holds(position)
                    ? writer.push(tables.topics, at: position)
                    : writer.push(topics[position].name.rawValue)
                body(topics[position], &writer)
                writer.pop(to: mark)
                writer.endUnit(tables.topics.hashes[position])
            }
        }
    }

    typealias GroupRows = SharedList<GroupSnapshot>

    /// The same for every group of every cluster whose granularity includes the family.
    ///
    /// Here and below `body` gets a row of a list or span, because handing the element over would copy it.
    @inline(__always)
    mutating func eachGroup(
        _ family: MetricFamily,
        _ body: (borrowing ClusterSnapshot, borrowing GroupRows, Int, inout SampleWriter) -> Void
    ) {
        eachGroup(family, where: []) { snapshot, groups, row, writer in body(snapshot, groups, row, &writer) }
    }

    /// The same for every group of which `known` is known for some topic.
    @inline(__always)
    private mutating func eachGroup(
        _ family: MetricFamily, where known: TopicKnowledge,
        _ body: (borrowing ClusterSnapshot, borrowing GroupRows, Int, inout SampleWriter) -> Void
    ) {
        eachCluster(family) { snapshot, tables, writer in
            let groups = snapshot.groups
            for row in groups.indices
            where tables.knowledge[row].isSuperset(of: known)
                && groups[row].exportLevel.includes(family.level)
            {
                let mark =
                    tables.groups.holds(row)
                    ? writer.push(tables.groups, at: row) : writer.push(groups[row].id.rawValue)
                body(snapshot, groups, row, &writer)
                writer.pop(to: mark)
                writer.endUnit(tables.groups.hashes[row])
            }
        }
    }

    /// The same for every topic of every group whose granularity includes the family.
    ///
    /// The label of the topic is opened; `body` gives it a value with ``SampleWriter/push(_:_:)`` or
    /// ``SampleWriter/sample(_:_:_:)``, so that a topic without a sample costs nothing. Groups of which
    /// `known` is known for no topic are left out. Families by partition see those partitions only that are
    /// to be exported.
    @inline(__always)
    mutating func eachGroupTopic(
        _ family: MetricFamily, where known: TopicKnowledge = [],
        _ body: (borrowing ClusterSnapshot, Span<GroupTopicSnapshot>, Int, inout SampleWriter) -> Void
    ) {
        eachGroupAndTopic(family, where: known) { snapshot, _, _, topics, row, writer in
            body(snapshot, topics, row, &writer)
        }
    }

    /// One sample for each topic of every group where `value` knows a time, told how much of it has passed
    /// since the group's ages were told.
    @inline(__always)
    mutating func eachAge(
        _ family: MetricFamily, where known: TopicKnowledge,
        _ value: (Span<GroupTopicSnapshot>, Int, Duration) -> Duration?
    ) {
        eachGroupAndTopic(family, where: known) { snapshot, groups, group, topics, row, writer in
            guard let time = value(topics, row, snapshot.timeSinceAges(of: groups[group])) else { return }
            writer.push(topics, row)
            writer.sample(time.seconds)
        }
    }

    /// The loop of both, whose `body` gets the group's row before the topic's.
    @inline(__always)
    private mutating func eachGroupAndTopic(
        _ family: MetricFamily, where known: TopicKnowledge,
        _ body: (
            borrowing ClusterSnapshot, borrowing GroupRows, Int, Span<GroupTopicSnapshot>, Int,
            inout SampleWriter
        ) -> Void
    ) {
        eachGroup(family, where: known) { snapshot, groups, group, writer in
            Self.eachTopic(of: groups[group], family, &writer) { topics, row, writer in
                body(snapshot, groups, group, topics, row, &writer)
            }
        }
    }

    /// The inner loop of that: a span of topics reaches no further than the group is lent.
    @inline(__always)
    private static func eachTopic(
        of group: borrowing GroupSnapshot, _ family: MetricFamily, _ writer: inout SampleWriter,
        _ body: (Span<GroupTopicSnapshot>, Int, inout SampleWriter) -> Void
    ) {
        let topics = group.topics.span
        writer.openLabel()
        let mark = writer.mark
        for row in topics.indices {
            if family.level == .partition, topics[row].exportedPositions != nil {
                let exported = [topics[row].exported]
                body(exported.span, 0, &writer)
            } else {
                body(topics, row, &writer)
            }
            writer.pop(to: mark)
            // Any number will do that follows from the topic alone.
            writer.endUnit(UInt32(truncatingIfNeeded: topics[row].topicIndex ?? 0))
        }
    }

    /// One sample for each group where `value` knows it.
    @inline(__always)
    mutating func groupValues(_ family: MetricFamily, _ value: (borrowing GroupRows, Int) -> Int64?) {
        eachGroup(family) { _, groups, row, writer in
            if let value = value(groups, row) { writer.sample(value) }
        }
    }

    /// One sample for each topic of a group where `value` knows it.
    @inline(__always)
    mutating func groupTopicValues(
        _ family: MetricFamily, where known: TopicKnowledge = [],
        _ value: (Span<GroupTopicSnapshot>, Int) -> Int64?
    ) {
        eachGroupTopic(family, where: known) { _, topics, row, writer in
            if let value = value(topics, row) { writer.sample(topics, row, value) }
        }
    }
}

extension ExportLevel {
    /// Whether families of `level` are exported at this level.
    func includes(_ level: MetricFamily.Level) -> Bool { self <= level.exportLevel }
}
