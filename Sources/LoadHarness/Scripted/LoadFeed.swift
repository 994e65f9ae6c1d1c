import ClusterAccess
import LagwardenTestKit
import Locking

/// A feed of the offsets topic of a ``LoadSource``: records get their bytes when they are delivered.
///
/// Waits without a time-out until there is something to deliver.
final class LoadFeed: OffsetsFeed {
    /// What is still to be delivered of one partition.
    private struct Queue {
        var entries: [OffsetsEntry]
        /// The entry that comes next, and how many of its records were delivered.
        var head = 0
        var done = 0
        /// Offset of the next record.
        var next: Int64
        /// Whether it was said that everything is delivered.
        var isEndTold = false

        var isEmpty: Bool { head == entries.count }
    }

    private struct State {
        var queues: [Int: Queue] = [:]
    }

    let bell = NewsBell()
    private let meter: CallMeter
    /// The source keeps its feeds, so they do not keep it.
    private weak let source: LoadSource?
    private let state = Mutex(State())

    init(source: LoadSource, meter: CallMeter) {
        self.source = source
        self.meter = meter
    }

    /// Takes what was written behind everything else; the source calls it in the order of writing.
    func push(_ written: [OffsetsEntry]) {
        state.withLock { state in
            for entry in written {
                state.queues[entry.owner]?.entries.append(entry)
                state.queues[entry.owner]?.isEndTold = false
            }
        }
    }

    func nextBatch(limit: Int, within timeout: Duration) async throws(ClusterError) -> FeedBatch {
        while true {
            guard !bell.isClosed, !Task.isCancelled else {
                throw ClusterError(.closed, operation: "read records")
            }
            let batch = meter.measure { state.withLock { Self.take(limit, from: &$0) } }
            if !batch.isEmpty || !batch.endsReached.isEmpty {
                meter.count(recordBytes: batch.bytes.count)
                return FeedBatch(records: batch)
            }
            await bell.wait()
        }
    }

    private static func take(_ limit: Int, from state: inout State) -> RecordBatch {
        var batch = RecordBatch()
        for (owner, queue) in state.queues where !queue.isEmpty || !queue.isEndTold {
            guard batch.count < limit else { break }
            if batch.isEmpty { batch.reserve(limit) }
            state.queues[owner] = nil
            state.queues[owner] = deliver(queue, owner, limit, into: &batch)
        }
        return batch
    }

    /// Moves records of one partition into the batch and returns what is left.
    private static func deliver(
        _ queue: consuming Queue, _ owner: Int, _ limit: Int, into batch: inout RecordBatch
    ) -> Queue {
        var queue = queue
        while !queue.isEmpty, batch.count < limit {
            let entry = queue.entries[queue.head]
            let count = min(entry.count - queue.done, limit - batch.count)
            entry.append(queue.done..<(queue.done + count), offset: queue.next, to: &batch)
            queue.next += Int64(count)
            queue.done += count
            if queue.done == entry.count {
                queue.head += 1
                queue.done = 0
            }
        }
        if queue.isEmpty {
            queue.entries = []
            queue.head = 0
            queue.isEndTold = true
            batch.appendEnd(of: PartitionID(Int32(clamping: owner)), offset: queue.next)
        }
        return queue
    }

    func follow(_ starts: [PartitionID: FeedStart]) async throws(ClusterError) {
        source?.begin(starts) { begun in
            state.withLock { state in
                for (owner, history, end) in begun {
                    let count = history.reduce(0) { $0 + $1.count }
                    state.queues[owner] = Queue(entries: history, next: end - Int64(count))
                }
            }
        }
        bell.ring()
    }

    func unfollow(_ partitions: Set<PartitionID>) async throws(ClusterError) {
        state.withLock { state in
            for partition in partitions { state.queues[Int(partition.rawValue)] = nil }
        }
    }

    func close() async { bell.close() }
}
