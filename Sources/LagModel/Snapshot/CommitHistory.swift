package import ClusterAccess

/// One group's commits on one topic as some recent rounds saw them, oldest first, the newest round last.
///
/// Its columns are those of the snapshots of these rounds, shared and not copied: recording a round costs
/// one more reference for each column, however many partitions there are, and columns that do not change
/// from round to round are kept once.
package struct CommitHistory: Sendable {
    /// One round.
    package struct Frame: Sendable {
        /// When the end offsets were read.
        package var moment: Moment
        /// Ascending.
        package var partitions: [Int32]
        /// Parallel to `partitions`.
        package var committed: [Int64]
        /// Parallel to `partitions`; `nil` where nobody tells.
        package var commitTimes: CommitTimeColumn?
        /// By partition number; `nil` when the topic was not described.
        package var logStart: OffsetColumn?
        package var highWatermark: OffsetColumn?

        package init(
            moment: Moment, partitions: [Int32], committed: [Int64], commitTimes: CommitTimeColumn? = nil,
            logStart: OffsetColumn? = nil, highWatermark: OffsetColumn? = nil
        ) {
            self.moment = moment
            self.partitions = partitions
            self.committed = committed
            self.commitTimes = commitTimes
            self.logStart = logStart
            self.highWatermark = highWatermark
        }

        /// Where a partition stands in the columns; `hint` is where it is looked for first.
        package func position(of partition: Int32, hint: Int) -> Int? {
            if partitions.indices.contains(hint), partitions[hint] == partition { return hint }
            var (low, high) = (0, partitions.count)
            while low < high {
                let middle = (low + high) / 2
                if partitions[middle] < partition { low = middle + 1 } else { high = middle }
            }
            return partitions.indices.contains(low) && partitions[low] == partition ? low : nil
        }
    }

    /// A commit that was followed by a lower one.
    package struct Fall: Hashable, Sendable {
        /// The highest commit before it.
        package var from: Int64
        /// The round that first saw the lower one.
        package var seen: MonotonicTime

        package init(from: Int64, seen: MonotonicTime) {
            self.from = from
            self.seen = seen
        }
    }

    package var frames: [Frame]
    /// By partition; only those whose commits have not yet reached where they fell from.
    package var falls: [Int32: Fall]

    package init(frames: [Frame] = [], falls: [Int32: Fall] = [:]) {
        self.frames = frames
        self.falls = falls
    }
}
