package import ClusterAccess
import Locking

/// A `__consumer_offsets` in memory, whose records and transactions a test makes, read by feeds like the real
/// one.
///
/// Its partitions stand in a ``ScriptedSource`` too, so that the ends which rounds ask for are its ends.
/// Feeds wait without a time-out until there is something to deliver.
package final class ScriptedOffsetsTopic: OffsetsFeedProvider {
    private struct Record {
        var offset: Int64
        var timestamp: Int64
        var key: [UInt8]
        var value: [UInt8]?
        /// Part of a transaction that is still open.
        var isOpen: Bool
    }

    private struct Partition {
        /// Aborted records and markers leave gaps.
        var records: [Record] = []
        var end: Int64 = 0

        var lastStable: Int64 { records.first(where: \.isOpen)?.offset ?? end }
    }

    private struct State {
        var partitions: [Partition]
        var refusal: ClusterError?
        var feeds: [ScriptedFeed] = []
    }

    private let source: ScriptedSource
    private let state: Mutex<State>

    /// Adds the topic with empty partitions to the cluster of `source`.
    package init(source: ScriptedSource, partitions: Int) {
        self.source = source
        state = Mutex(State(partitions: Array(repeating: Partition(), count: partitions)))
        source.withCluster { $0.addTopic(CoordinatorPartition.topic, partitions: partitions) }
    }

    package func makeFeed(_ options: FeedOptions) throws(ClusterError) -> any OffsetsFeed {
        let feed = ScriptedFeed(topic: self, options: options)
        state.withLock { $0.feeds.append(feed) }
        return feed
    }

    /// Feeds made so far, in order, also closed ones.
    package var feeds: [ScriptedFeed] { state.withLock { $0.feeds } }

    /// Appends a record; an open one belongs to a transaction that ``endTransactions(of:commit:)`` ends.
    package func append(
        to partition: PartitionID, key: [UInt8], value: [UInt8]?, timestamp: Int64 = 0, isOpen: Bool = false
    ) {
        change(partition) { partition in
            partition.records.append(
                Record(offset: partition.end, timestamp: timestamp, key: key, value: value, isOpen: isOpen))
            partition.end += 1
        }
    }

    /// Ends all transactions of a partition, which leaves a marker behind.
    package func endTransactions(of partition: PartitionID, commit: Bool) {
        change(partition) { partition in
            if !commit { partition.records.removeAll(where: \.isOpen) }
            for index in partition.records.indices { partition.records[index].isOpen = false }
            partition.end += 1
        }
    }

    /// Forgets records as compaction does; the others keep their offsets.
    package func compact(_ partition: PartitionID, keeping isKept: (_ offset: Int64) -> Bool) {
        change(partition) { $0.records.removeAll { !isKept($0.offset) } }
    }

    /// Refuses reading from now on, or (`nil`) allows it.
    package func refuse(_ reason: ClusterError.Reason?) {
        state.withLock { state in
            state.refusal = reason.map { ClusterError($0, operation: "read records", detail: "scripted") }
        }
        wakeFeeds()
    }

    private func change(_ id: PartitionID, _ body: (inout Partition) -> Void) {
        let ends = state.withLock { state -> (Int64, Int64) in
            let index = Int(id.rawValue)
            body(&state.partitions[index])
            return (state.partitions[index].end, state.partitions[index].lastStable)
        }
        source.withCluster { cluster in
            cluster.update(CoordinatorPartition.topic, id.rawValue) { partition in
                partition.highWatermark = ends.0
                partition.lastStable = ends.1
            }
        }
        wakeFeeds()
    }

    private func wakeFeeds() {
        for feed in state.withLock({ $0.feeds }) { feed.wake() }
    }

    /// What a feed at `positions` gets now, and where it then stands; `nil` when there is nothing new.
    fileprivate func records(
        from positions: [PartitionID: Int64], ended: [PartitionID: Int64], committed: Bool
    ) -> (RecordBatch, [PartitionID: Int64])? {
        state.withLock { state in
            var batch = RecordBatch()
            var after = positions
            if let refusal = state.refusal {
                for partition in positions.keys.sorted() {
                    batch.appendFailure(
                        PartitionFailure(
                            topic: CoordinatorPartition.topic, partition: partition, error: refusal))
                }
                return positions.isEmpty ? nil : (batch, positions)
            }
            var hasNews = false
            for (id, position) in positions.sorted(by: { $0.key < $1.key }) {
                let partition = state.partitions[Int(id.rawValue)]
                let end = committed ? partition.lastStable : partition.end
                for record in partition.records where record.offset >= position && record.offset < end {
                    batch.append(
                        partition: id, offset: record.offset, timestamp: record.timestamp, key: record.key,
                        value: record.value)
                }
                after[id] = max(position, end)
                guard ended[id] != end else { continue }
                batch.appendEnd(of: id, offset: end)
                hasNews = true
            }
            return hasNews ? (batch, after) : nil
        }
    }
}

/// A feed of a ``ScriptedOffsetsTopic``.
package final class ScriptedFeed: OffsetsFeed {
    private struct State {
        var positions: [PartitionID: Int64] = [:]
        /// Ends that were delivered.
        var ended: [PartitionID: Int64] = [:]
        var changes: [FeedChange] = []
        /// Where reading was begun, in order.
        var starts: [[PartitionID: FeedStart]] = []
    }

    package let options: FeedOptions
    /// The topic keeps its feeds, so they do not keep it.
    private weak let topic: ScriptedOffsetsTopic?
    private let bell = NewsBell()
    private let state = Mutex(State())

    fileprivate init(topic: ScriptedOffsetsTopic, options: FeedOptions) {
        self.topic = topic
        self.options = options
    }

    package var isClosed: Bool { bell.isClosed }

    package var starts: [[PartitionID: FeedStart]] { state.withLock { $0.starts } }

    package var followed: Set<PartitionID> { state.withLock { Set($0.positions.keys) } }

    /// Lets the group give or take partitions.
    package func change(_ change: FeedChange) {
        state.withLock { state in
            state.changes.append(change)
            switch change {
            case .assigned(let partitions):
                for partition in partitions { state.positions[partition] = 0 }
            case .revoked(let partitions), .lost(let partitions):
                for partition in partitions {
                    state.positions[partition] = nil
                    state.ended[partition] = nil
                }
            }
        }
        wake()
    }

    /// Waits until everything was delivered and the reader asks for more.
    package func waitUntilIdle() async { await bell.waitUntilIdle() }

    package func nextBatch(limit: Int, within timeout: Duration) async throws(ClusterError) -> FeedBatch {
        while true {
            guard !bell.isClosed, let topic, !Task.isCancelled else {
                throw ClusterError(.closed, operation: "read records")
            }
            let (changes, positions, ended) = state.withLock { state in
                defer { state.changes = [] }
                return (state.changes, state.positions, state.ended)
            }
            let found = topic.records(from: positions, ended: ended, committed: options.readsCommitted)
            if let (records, after) = found {
                state.withLock { state in
                    for (partition, position) in after where state.positions[partition] != nil {
                        state.positions[partition] = position
                    }
                    for end in records.endsReached { state.ended[end.partition] = end.offset }
                }
                return FeedBatch(changes: changes, records: records)
            }
            if !changes.isEmpty { return FeedBatch(changes: changes) }
            await bell.wait()
        }
    }

    fileprivate func wake() { bell.ring() }

    package func follow(_ starts: [PartitionID: FeedStart]) async throws(ClusterError) {
        state.withLock { state in
            state.starts.append(starts)
            for (partition, start) in starts {
                state.ended[partition] = nil
                switch start {
                case .beginning: state.positions[partition] = 0
                case .offset(let offset): state.positions[partition] = offset
                }
            }
        }
        wake()
    }

    package func unfollow(_ partitions: Set<PartitionID>) async throws(ClusterError) {
        state.withLock { state in
            for partition in partitions {
                state.positions[partition] = nil
                state.ended[partition] = nil
            }
        }
    }

    package func close() async { bell.close() }
}
