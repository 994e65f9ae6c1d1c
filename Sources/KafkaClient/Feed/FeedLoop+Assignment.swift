import CRdKafka
import ClusterAccess

extension FeedLoop {
    // MARK: - By hand

    mutating func carryOut(_ command: FeedMailbox.Command) -> Result<Void, ClusterError> {
        switch command {
        case .follow(let starts):
            let offsets = starts.mapValues(\.nativeOffset)
            let known = partitions.all.intersection(offsets.keys)
            return unassign(known).flatMap { assign(offsets) }
        case .unfollow(let gone):
            return unassign(partitions.all.intersection(gone))
        }
    }

    /// Reads these from now on; none of them is read already.
    private mutating func assign(_ offsets: [PartitionID: Int64]) -> Result<Void, ClusterError> {
        guard !offsets.isEmpty else { return .success(()) }
        learnLeaders()
        let list = list(offsets)
        let error = unsafe failure(of: rd_kafka_incremental_assign(core.client.raw, list.raw))
        if let error { return .failure(error) }
        partitions.add(offsets, at: .now)
        return .success(())
    }

    /// Reads these no more and forgets what was read of them and not yet asked for.
    ///
    /// librdkafka drops what it has queued of a partition that is not assigned any more.
    private mutating func unassign(_ gone: Set<PartitionID>) -> Result<Void, ClusterError> {
        guard !gone.isEmpty else { return .success(()) }
        shutdown.keepQueues(of: partitions.failing.intersection(gone), in: core.topic)
        partitions.remove(gone)
        pending.records = pending.records.removing(gone)
        core.mailbox.discard(gone)
        let list = list(Self.offsets(0, of: gone))
        let error = unsafe failure(of: rd_kafka_incremental_unassign(core.client.raw, list.raw))
        return error.map { .failure($0) } ?? .success(())
    }

    /// Reads these again from there, with what has been queued of them forgotten.
    mutating func seek(_ offsets: [PartitionID: Int64]) {
        guard !offsets.isEmpty else { return }
        let list = list(offsets)
        // A partition that has not begun yet needs no push, so its refusal is none.
        if let error = unsafe failure(of: rd_kafka_seek_partitions(core.client.raw, list.raw, 0)) {
            core.voice.log.oddity("\(error)")
        }
    }

    /// Reads these anew from the beginning of what is in their logs.
    mutating func restart(_ due: Set<PartitionID>) {
        guard !due.isEmpty else { return }
        let list = list(Self.offsets(FeedStart.beginning.nativeOffset, of: due))
        var error = unsafe failure(of: rd_kafka_incremental_unassign(core.client.raw, list.raw))
        if error == nil { unsafe error = failure(of: rd_kafka_incremental_assign(core.client.raw, list.raw)) }
        if let error { core.voice.log.oddity("\(error)") }
    }

    // MARK: - By a group

    /// Does what the group wants and tells of it before any later record.
    mutating func carryOut(_ rebalance: FeedVoice.Rebalance) {
        switch rebalance.kind {
        case .assign:
            let offsets = Self.offsets(FeedStart.beginning.nativeOffset, of: rebalance.partitions)
            let list = list(offsets)
            if let error = unsafe failure(of: rd_kafka_incremental_assign(core.client.raw, list.raw)) {
                core.voice.log.oddity("\(error)")
                unsafe rd_kafka_assign(core.client.raw, nil)
                return
            }
            hasBeenAssigned = true
            partitions.brokersAnswered()
            partitions.add(offsets, at: .now)
            core.membership.joined(true)
            pending.changes.append(.assigned(rebalance.partitions))
        case .revoke, .lose:
            shutdown.keepQueues(
                of: partitions.failing.intersection(rebalance.partitions), in: core.topic)
            let list = list(Self.offsets(0, of: rebalance.partitions))
            if let error = unsafe failure(of: rd_kafka_incremental_unassign(core.client.raw, list.raw)) {
                core.voice.log.oddity("\(error)")
                unsafe rd_kafka_assign(core.client.raw, nil)
            }
            if rebalance.kind == .lose {
                lose(rebalance.partitions)
            } else {
                partitions.remove(rebalance.partitions)
                pending.changes.append(.revoked(rebalance.partitions))
            }
        }
    }

    /// Tells that partitions are somebody else's, as far as that has not been told.
    mutating func lose(_ gone: Set<PartitionID>) {
        core.membership.joined(false)
        let held = partitions.all.intersection(gone)
        partitions.remove(held)
        if !held.isEmpty { pending.changes.append(.lost(held)) }
    }

    // MARK: - Lists and errors

    /// The same offset for each partition; calls that take partitions only do not look at it.
    private static func offsets(_ offset: Int64, of partitions: Set<PartitionID>) -> [PartitionID: Int64] {
        Dictionary(uniqueKeysWithValues: partitions.map { ($0, offset) })
    }

    private func list(_ offsets: [PartitionID: Int64]) -> PartitionList {
        let list = PartitionList(capacity: offsets.count)
        for (partition, offset) in offsets { list.append(core.topic, partition, offset: offset) }
        return list
    }

    /// Takes an error object over.
    func failure(of error: OpaquePointer?) -> ClusterError? {
        guard let error = unsafe error else { return nil }
        defer { unsafe rd_kafka_error_destroy(error) }
        return unsafe NativeText.failure(error).map { core.context.error($0.code, $0.text) }
    }
}

extension FeedStart {
    /// As librdkafka writes it.
    fileprivate var nativeOffset: Int64 {
        switch self {
        case .beginning: Int64(RD_KAFKA_OFFSET_BEGINNING)
        case .offset(let offset): offset
        }
    }
}
