import ClusterAccess

/// How a cluster's snapshot is exported: within which bounds, and what is left out for their sake.
package struct SeriesPlan: Hashable, Sendable {
    /// Most series that the snapshot may have (`limits.series`); `nil` where there is no limit.
    package var limit: Int?
    /// Longest label value in bytes (`limits.label_length`).
    package var labelBytes: Int
    /// Series that the snapshot has, as they were counted; `nil` where nobody had to count, because there is
    /// no limit or it is out of reach.
    package var exported: Int?
    /// Series that were left out because of the limit, of groups and topics, by the level of their families.
    package var folded = SeriesCounts()
    /// Series of partitions that were left out because of `top_partitions`; `nil` where no group has that.
    package var beyondTop: Int?

    /// Levels that can be taken away, the finest first.
    package static let foldedLevels: [ExportLevel] = [.partition, .topic, .group]

    package init(limit: Int? = nil, labelBytes: Int = Int.max) {
        self.limit = limit
        self.labelBytes = labelBytes
    }

    /// Whether there is more than the limit although every group and topic is down to its summary.
    package var isExceeded: Bool {
        guard let limit, let exported else { return false }
        return exported > limit
    }
}

extension GroupSnapshot {
    /// How fine the group is exported: as configured, or as coarse as the limit of series makes it.
    package var exportLevel: ExportLevel { max(ExportLevel(granularity), fold) }

    /// The lag that the group is known to have, 0 where none is: its sum, or while that is unknown the sums
    /// of those topics that are known.
    package var knownLag: Int64 {
        if let lag = totals?.lag { return lag }
        return topics.reduce(0) { $0.saturatingAdd($1.totals.lag ?? 0) }
    }
}

extension GroupTopicSnapshot {
    /// The topic as families by partition show it: with those partitions only that are to be exported.
    package var exported: GroupTopicSnapshot {
        guard let positions = exportedPositions else { return self }
        var part = self
        part.exportedPositions = nil
        let kept = positions.lazy.map { Int($0) }.filter { partitions.indices.contains($0) }
        part.partitions = kept.map { partitions[$0] }
        part.committed = kept.filter { committed.indices.contains($0) }.map { committed[$0] }
        part.statuses = kept.filter { statuses.indices.contains($0) }.map { statuses[$0] }
        part.lagAges = lagAges?.selecting(kept)
        part.ahead = ahead.filter(part.partitions.contains)
        return part
    }
}

extension ClusterSnapshot {
    /// How fine a topic's own series are exported.
    package func exportLevel(of topic: borrowing TopicSnapshot) -> ExportLevel {
        max(ExportLevel(topicGranularity), topic.fold)
    }
}
