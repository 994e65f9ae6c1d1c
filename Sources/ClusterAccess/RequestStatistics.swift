/// Protocol request whose count and duration the exporter shows; raw values are the `api` label.
package enum RequestKind: String, CaseIterable, Hashable, Sendable {
    case metadata = "Metadata"
    case listGroups = "ListGroups"
    case describeGroups = "DescribeGroups"
    case offsetFetch = "OffsetFetch"
    case listOffsets = "ListOffsets"
}

/// What one client has sent since it was made; counters only grow.
package struct RequestStatistics: Hashable, Sendable {
    /// Upper bounds of the duration histogram's buckets, in seconds; the last bucket is unbounded.
    package static let durationBounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    /// Requests sent, by broker (`nil`: any broker) and kind.
    package var requests: [Key: Int64]
    /// Requests that failed, by broker, kind and reason.
    package var errors: [ErrorKey: Int64]
    package var durations: [RequestKind: Durations]
    /// Time for which brokers asked us to hold back, in milliseconds, summed over answers.
    package var throttleMilliseconds: [BrokerID: Int64]

    package init(
        requests: [Key: Int64] = [:], errors: [ErrorKey: Int64] = [:],
        durations: [RequestKind: Durations] = [:],
        throttleMilliseconds: [BrokerID: Int64] = [:]
    ) {
        self.requests = requests
        self.errors = errors
        self.durations = durations
        self.throttleMilliseconds = throttleMilliseconds
    }

    package struct Key: Hashable, Sendable {
        package var broker: BrokerID?
        package var kind: RequestKind

        package init(broker: BrokerID?, kind: RequestKind) {
            self.broker = broker
            self.kind = kind
        }
    }

    package struct ErrorKey: Hashable, Sendable {
        package var broker: BrokerID?
        package var kind: RequestKind
        package var reason: ClusterError.Reason

        package init(broker: BrokerID?, kind: RequestKind, reason: ClusterError.Reason) {
            self.broker = broker
            self.kind = kind
            self.reason = reason
        }
    }

    /// Histogram of request durations; bucket counts are not cumulative.
    package struct Durations: Hashable, Sendable {
        /// One count for each bound and one for what lies above the last.
        package var counts: [Int64]
        package var sumSeconds: Double

        package init() {
            counts = Array(repeating: 0, count: RequestStatistics.durationBounds.count + 1)
            sumSeconds = 0
        }

        package mutating func record(seconds: Double) {
            let bounds = RequestStatistics.durationBounds
            let bucket = bounds.firstIndex { seconds <= $0 } ?? bounds.count
            counts[bucket] += 1
            sumSeconds += seconds
        }
    }

    /// Counts one finished request.
    package mutating func record(
        _ kind: RequestKind, broker: BrokerID?, seconds: Double, failure: ClusterError.Reason?
    ) {
        requests[Key(broker: broker, kind: kind), default: 0] += 1
        durations[kind, default: Durations()].record(seconds: seconds)
        if let failure {
            errors[ErrorKey(broker: broker, kind: kind, reason: failure), default: 0] += 1
        }
    }
}
