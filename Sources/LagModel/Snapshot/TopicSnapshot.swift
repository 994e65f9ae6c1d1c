package import ClusterAccess

/// One topic's log by partition, in columns of equal length.
package struct TopicSnapshot: Sendable {
    package var name: TopicName
    package var logStart: OffsetColumn
    package var highWatermark: OffsetColumn
    /// `nil` where no group asked for stable lag.
    package var lastStable: OffsetColumn?
    /// Leader of each partition, or -1 while there is none; parallel to the columns.
    package var leaders: [Int32]
    /// Growth of the high watermarks since the topic was first seen.
    package var recordsProduced: Int64
    /// How long it keeps its records; `nil` while its configuration was not read.
    package var retention: TopicRetention? = nil
    /// Partitions with fewer replicas in sync than there are; `nil` where metadata does not tell.
    package var underReplicatedPartitions: Int? = nil
    /// Nothing finer is exported, because of the limit of series; `partition` where that takes nothing away.
    package var fold = ExportLevel.partition

    package init(
        name: TopicName, logStart: OffsetColumn, highWatermark: OffsetColumn, lastStable: OffsetColumn? = nil,
        leaders: [Int32], recordsProduced: Int64 = 0
    ) {
        self.name = name
        self.logStart = logStart
        self.highWatermark = highWatermark
        self.lastStable = lastStable
        self.leaders = leaders
        self.recordsProduced = recordsProduced
    }

    package var partitionCount: Int { leaders.count }
}
