/// Protocol request whose count and duration the exporter shows; raw values are the `api` label.
package enum RequestKind: String, CaseIterable, Hashable, Sendable {
    case metadata = "Metadata"
    case listGroups = "ListGroups"
    case describeGroups = "DescribeGroups"
    case offsetFetch = "OffsetFetch"
    case listOffsets = "ListOffsets"
    case describeConfigs = "DescribeConfigs"
}

/// What one client has sent since it was made; counters only grow.
package struct RequestStatistics: Hashable, Sendable {
    /// Requests sent, by broker (`nil`: any broker) and kind.
    package var requests: [Key: Int64]
    /// Requests that failed, by broker, kind and reason.
    package var errors: [ErrorKey: Int64]
    package var durations: [RequestKind: DurationHistogram]
    /// Time for which brokers asked us to hold back, in milliseconds, summed over answers.
    package var throttleMilliseconds: [BrokerID: Int64]
    /// What each broker may be asked now; empty where nothing bounds that.
    package var allowances: [BrokerID: RequestAllowance]

    package init(
        requests: [Key: Int64] = [:], errors: [ErrorKey: Int64] = [:],
        durations: [RequestKind: DurationHistogram] = [:],
        throttleMilliseconds: [BrokerID: Int64] = [:], allowances: [BrokerID: RequestAllowance] = [:]
    ) {
        self.requests = requests
        self.errors = errors
        self.durations = durations
        self.throttleMilliseconds = throttleMilliseconds
        self.allowances = allowances
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

    /// Counts one finished request.
    package mutating func record(
        _ kind: RequestKind, broker: BrokerID?, seconds: Double, failure: ClusterError.Reason?
    ) {
        requests[Key(broker: broker, kind: kind), default: 0] += 1
        durations[kind, default: DurationHistogram()].record(seconds: seconds)
        if let failure {
            errors[ErrorKey(broker: broker, kind: kind, reason: failure), default: 0] += 1
        }
    }
}

/// What one broker may be asked now; less than configured while it holds this client back.
package struct RequestAllowance: Hashable, Sendable {
    package var requestsPerSecond: Double
    package var inFlight: Int
    /// Time from now in which nothing is sent to it.
    package var rest: Duration

    package init(requestsPerSecond: Double, inFlight: Int, rest: Duration = .zero) {
        self.requestsPerSecond = requestsPerSecond
        self.inFlight = inFlight
        self.rest = rest
    }
}
