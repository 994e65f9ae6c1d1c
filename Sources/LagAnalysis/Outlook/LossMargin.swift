import ClusterAccess
package import LagModel

/// Time until the oldest unread record of a partition is deleted.
package enum LossMargin: Hashable, Sendable {
    /// Zero: it may be deleted at any moment.
    case time(Duration)
    /// Nothing that is known will delete it, or nothing is unread.
    case unlimited
    case unknown

    /// What is known of one partition.
    package struct Partition: Sendable {
        package var committed: Int64
        package var logStart: Int64?
        package var end: Int64?
        /// Age of the oldest unread record; `nil` where nobody knows.
        package var age: Duration?
        /// How fast the log start advances; `nil` while that has not shown.
        package var logStartOffsetsPerSecond: Double?

        package init(
            committed: Int64, logStart: Int64?, end: Int64?, age: Duration? = nil,
            logStartOffsetsPerSecond: Double? = nil
        ) {
            self.committed = committed
            self.logStart = logStart
            self.end = end
            self.age = age
            self.logStartOffsetsPerSecond = logStartOffsetsPerSecond
        }
    }

    /// The margin of one partition under its topic's retention; `nil` where that was not read.
    ///
    /// Age decides where the topic has a `retention.ms`: Kafka compares it with the records' own timestamps,
    /// and deletes a segment once its newest record is too old, so a record may live longer. Deletion by size
    /// cannot be told from offsets (no request of ours tells the bytes of a log), only extrapolated from the
    /// movement of the log start; the same goes for a topic whose configuration may not be read.
    package init(_ partition: Partition, retention: TopicRetention?) {
        guard let start = partition.logStart, let end = partition.end else {
            self = .unknown
            return
        }
        let lag = PartitionLag(committed: partition.committed, logStart: start, end: end)
        guard lag.lag > 0 else {
            self = .unlimited
            return
        }
        let distance = max(0, partition.committed.saturatingSubtract(start))
        self = Self.margin(partition, distance: distance, retention: retention)
    }

    private static func margin(
        _ partition: Partition, distance: Int64, retention: TopicRetention?
    ) -> LossMargin {
        let byMovement = partition.logStartOffsetsPerSecond.flatMap { rate -> LossMargin? in
            guard rate > 0, Double(distance) / rate < 3e11 else { return nil }
            return .time(.seconds(Double(distance) / rate))
        }
        guard let retention else { return byMovement ?? .unknown }
        guard retention.deletes else { return .unlimited }
        let byAge: LossMargin =
            retention.time.map { limit in
                partition.age.map { .time(max(.zero, limit - $0)) } ?? .unknown
            } ?? .unlimited
        guard retention.bytes != nil else { return byAge }
        guard let byMovement else { return retention.time == nil ? .unknown : byAge }
        return byAge == .unlimited ? byMovement : smallest([byAge, byMovement])
    }

    /// The smallest of some margins; unknown where one of them is.
    package static func smallest(_ margins: some Sequence<LossMargin>) -> LossMargin {
        var result = LossMargin.unlimited
        for margin in margins {
            switch (margin, result) {
            case (.unknown, _): return .unknown
            case (.unlimited, _): continue
            case (.time(let one), .time(let other)): result = .time(min(one, other))
            case (.time, .unlimited): result = margin
            case (.time, .unknown): return .unknown
            }
        }
        return result
    }

    /// The time, where it is known.
    package var time: Duration? {
        switch self {
        case .time(let time): time
        case .unlimited, .unknown: nil
        }
    }
}
