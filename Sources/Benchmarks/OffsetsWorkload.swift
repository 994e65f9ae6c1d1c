import ClusterAccess
import GroupJournal
import LagModel
import LoadHarness
import OffsetsTopic

/// Commits as a busy cluster writes them into the offsets topic, and what must come of them.
struct OffsetsWorkload {
    var groupCount: Int
    var partitionsPerTopic: Int
    /// Commits of each group on each partition.
    var rounds: Int
    /// Partitions of the offsets topic.
    private let ownerCount = 50
    private let batchSize = 2_000

    var groupPartitions: Int { groupCount * partitionsPerTopic }

    var commitCount: Int { groupPartitions * rounds }

    /// The last commit of a group on a partition.
    func lastCommit(group: Int, partition: Int) -> Int64 {
        Int64(1_000_000 + rounds - 1 + group &* 31 &+ partition &* 7)
    }

    /// All records in batches; in each, those of one partition of the offsets topic follow each other.
    func batches() -> [RecordBatch] {
        var batches: [RecordBatch] = []
        var batch = RecordBatch()
        batch.reserve(batchSize)
        var next = Array(repeating: Int64(0), count: ownerCount)
        for round in 0..<rounds {
            for owner in 0..<ownerCount {
                for group in stride(from: owner, to: groupCount, by: ownerCount) {
                    for partition in 0..<partitionsPerTopic {
                        append(group, partition, round: round, at: next[owner], owner, to: &batch)
                        next[owner] += 1
                        guard batch.count == batchSize else { continue }
                        batches.append(batch)
                        batch = RecordBatch()
                        batch.reserve(batchSize)
                    }
                }
            }
        }
        if !batch.isEmpty { batches.append(batch) }
        return batches
    }

    private func append(
        _ group: Int, _ partition: Int, round: Int, at offset: Int64, _ owner: Int,
        to batch: inout RecordBatch
    ) {
        let key = OffsetCommitKey(
            group: groupID(group), topic: "orders.incoming.events", partition: PartitionID(Int32(partition)))
        let value = OffsetCommitValue(
            offset: lastCommit(group: group, partition: partition) - Int64(rounds - 1 - round),
            metadata: "",
            commitTimestamp: 1_700_000_000_000 + Int64(round))
        batch.append(
            partition: PartitionID(Int32(owner)), offset: offset, timestamp: 1_700_000_000_000,
            key: key.encoded(), value: value.encoded())
    }

    func groupID(_ group: Int) -> GroupID { GroupID("billing-consumer-group-\(100_000 + group)") }

    func journal() -> GroupJournal {
        var journal = GroupJournal()
        for owner in 0..<ownerCount { journal.begin(PartitionID(Int32(owner)), historyEnd: 0) }
        return journal
    }

    /// What is wrong with a journal that has read everything; `nil` when nothing is.
    func fault(of journal: GroupJournal) -> String? {
        for group in 0..<groupCount {
            guard let found = journal.group(groupID(group)), found.commits.topics.count == 1,
                let topic = found.activity.topics.first
            else { return "a group or its topic is missing" }
            if topic.commits != Int64(partitionsPerTopic * rounds) { return "commits were not counted" }
            if topic.resetsBackward + topic.resetsForward != 0 { return "resets that were none" }
            let committed = found.commits.topics[0].offsets
            let expected = (0..<partitionsPerTopic).map { lastCommit(group: group, partition: $0) }
            if committed != expected { return "last commits differ" }
        }
        return journal.recordsByKind["offset_commit"] == Int64(commitCount) ? nil : "records were left out"
    }
}

extension Benchmarks {
    /// Offset commits decoded and applied, in records of the offsets topic as brokers write them.
    func offsetsApply() -> Measurement {
        let workload = OffsetsWorkload(
            groupCount: isQuick ? 50 : 1_000, partitionsPerTopic: isQuick ? 10 : 50, rounds: isQuick ? 2 : 80)
        let batches = workload.batches()
        let before = ProcessMeter.residentBytes()
        var journal = workload.journal()
        let timing = fastest(of: isQuick ? 1 : 3) {
            journal = workload.journal()
            for batch in batches { journal.apply(batch) }
        }
        let after = ProcessMeter.residentBytes()
        var again = journal
        let skipping = fastest(of: 1) { for batch in batches { again.apply(batch) } }
        consume(again)
        let groups = (0..<workload.groupCount).map { workload.groupID($0) }
        let looking = fastest(of: isQuick ? 1 : 5) { for group in groups { consume(journal.group(group)) } }
        let count = Double(workload.commitCount)
        let bytes = Double(batches.reduce(0) { $0 + $1.bytes.count })
        let held = Double(max(0, (after ?? 0) - (before ?? 0)))
        return Measurement(
            name: "offsets_apply",
            figures: [
                ("commits", count), ("group_partitions", Double(workload.groupPartitions)),
                ("cpu_seconds", timing.cpuSeconds), ("wall_seconds", timing.wallSeconds),
                ("commits_per_second", count / timing.cpuSeconds),
                ("commits_skipped_per_second", count / skipping.cpuSeconds),
                ("nanoseconds_per_look_at_a_group", looking.cpuSeconds / Double(groups.count) * 1e9),
                ("megabytes_per_second", bytes / timing.cpuSeconds / 1e6),
                ("resident_bytes_per_group_partition", held / Double(workload.groupPartitions)),
            ],
            fault: workload.fault(of: journal))
    }
}
