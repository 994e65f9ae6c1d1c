import ClusterAccess
import LagModel

/// Families about how the offsets topic is read and shared, in catalogue order.
extension KafkaRenderer {
    mutating func renderGroupsRemoved() {
        eachOffsetsTopic(Catalogue.groupsRemoved) { status, writer in writer.sample(status.groupsRemoved) }
    }

    mutating func renderOffsetsTopic() {
        eachOffsetsTopic(Catalogue.sourceFallback) { status, writer in
            guard let reason = status.fallback else { return }
            writer.push(reason.rawValue)
            writer.sample(1 as Int64)
        }
        eachOffsetsTopic(Catalogue.offsetsPartitions) { status, writer in
            guard !status.partitions.isEmpty else { return }
            var counts: [OffsetsTopicStatus.State: Int64] = [:]
            for partition in status.partitions { counts[partition.state, default: 0] += 1 }
            for state in OffsetsTopicStatus.State.allCases {
                let mark = writer.push(state.rawValue)
                writer.sample(counts[state] ?? 0)
                writer.pop(to: mark)
            }
        }
        eachOffsetsTopic(Catalogue.offsetsPartitionBlocked) { status, writer in
            writer.openLabel()
            for partition in status.partitions where partition.state == .blocked {
                writer.sample(number: partition.id.rawValue, 1)
            }
        }
        eachOffsetsTopic(Catalogue.offsetsUnreadRecords) { status, writer in
            if let unread = status.unreadRecords { writer.sample(unread) }
        }
        eachOffsetsTopic(Catalogue.offsetsRecords) { status, writer in
            writer.samples(of: status.recordsByKind)
        }
        eachOffsetsTopic(Catalogue.offsetsRecordsSkipped) { status, writer in
            writer.samples(of: status.recordsSkipped)
        }
        eachOffsetsTopic(Catalogue.reconciledGroups) { status, writer in writer.sample(status.reconciled) }
        eachOffsetsTopic(Catalogue.reconciliationDifferences) { status, writer in
            writer.sample(status.reconciliationDifferences)
        }
    }

    mutating func renderSharding() {
        eachShard(Catalogue.shardInfo) { shard, _, writer in
            writer.push(shard.group.rawValue)
            writer.push(shard.instanceID ?? "")
            writer.sample(1 as Int64)
        }
        eachShard(Catalogue.shardMember) { shard, _, writer in
            writer.sample(shard.isMember ? 1 : 0 as Int64)
        }
        eachShard(Catalogue.shardPartitions) { _, status, writer in
            guard !status.partitions.isEmpty else { return }
            writer.sample(Int64(status.partitions.count { $0.isHeld }))
        }
        eachShard(Catalogue.shardPartition) { _, status, writer in
            writer.openLabel()
            for partition in status.partitions where partition.isHeld {
                writer.sample(number: partition.id.rawValue, 1)
            }
        }
        eachShard(Catalogue.shardChanges) { shard, _, writer in writer.sample(shard.changes) }
    }

    /// Begins `family` and calls `body` for every cluster whose offsets topic is asked for.
    private mutating func eachOffsetsTopic(
        _ family: MetricFamily, _ body: (OffsetsTopicStatus, inout SampleWriter) -> Void
    ) {
        eachCluster(family) { snapshot, writer in
            if let status = snapshot.offsetsTopic { body(status, &writer) }
        }
    }

    /// The same for every cluster whose groups are shared with other replicas.
    private mutating func eachShard(
        _ family: MetricFamily,
        _ body: (OffsetsTopicStatus.Shard, OffsetsTopicStatus, inout SampleWriter) -> Void
    ) {
        eachOffsetsTopic(family) { status, writer in
            if let shard = status.shard { body(shard, status, &writer) }
        }
    }
}

extension SampleWriter {
    /// One sample for each entry, ascending by key.
    fileprivate mutating func samples(of counts: [String: Int64]) {
        for (key, count) in counts.sorted(by: { $0.key < $1.key }) {
            let mark = push(key)
            sample(count)
            pop(to: mark)
        }
    }
}
