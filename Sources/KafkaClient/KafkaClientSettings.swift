/// Everything that decides how one cluster is asked; durations are bounds, never sleeps.
package struct KafkaClientSettings: Sendable {
    /// Bootstrap list, `host:port` separated by commas.
    package var brokers: String
    /// `client.id`, as broker logs and quotas show it.
    package var clientID: String
    /// `group.id` of the handles: librdkafka crashes without one, but the group is never joined nor listed.
    package var groupID: String
    /// librdkafka properties by name, applied in order over our defaults; owned ones are refused.
    package var properties: [(String, String)]
    /// Bound of one request to a broker, connection included.
    package var requestTimeout: Duration
    /// Bound of one try of a metadata request; a second try is made when the first fails.
    package var metadataTimeout: Duration
    /// Bound of the wait for blocked calls in ``KafkaCluster/close()``.
    package var closeTimeout: Duration
    /// Requests outstanding at one broker.
    package var maximumInFlightPerBroker: Int
    /// Requests that one broker is sent in a second, of all kinds but fetching.
    package var maximumRequestsPerSecond: Int
    /// Partitions asked for in one ListOffsets request; librdkafka's cost is quadratic in it.
    package var offsetsChunk: Int
    /// Threads for the calls of librdkafka that block, over all brokers; started when needed.
    package var maximumWorkers: Int
    /// Groups with more commits than this are asked in explicit lists; parsing is quadratic in librdkafka.
    package var hugeGroupPartitions: Int
    /// Partitions of a huge group asked for in one OffsetFetch request.
    package var hugeGroupChunk: Int
    /// Every so many askings a huge group's list of partitions is read anew, on a handle of its own.
    package var hugeGroupRefresh: Int
    /// Whether `rd_kafka_ListOffsets` (librdkafka 2.3 and newer) is used where it exists.
    package var usesListOffsets: Bool

    package init(
        brokers: String, clientID: String = "lagwarden", groupID: String = "lagwarden",
        properties: [(String, String)] = [], requestTimeout: Duration = .seconds(10),
        metadataTimeout: Duration = .seconds(5), closeTimeout: Duration = .milliseconds(2500),
        maximumInFlightPerBroker: Int = 64, maximumRequestsPerSecond: Int = 1_000, offsetsChunk: Int = 500,
        maximumWorkers: Int = 16,
        hugeGroupPartitions: Int = 5_000, hugeGroupChunk: Int = 1_000, hugeGroupRefresh: Int = 30,
        usesListOffsets: Bool = true
    ) {
        self.brokers = brokers
        self.clientID = clientID
        self.groupID = groupID
        self.properties = properties
        self.requestTimeout = requestTimeout
        self.metadataTimeout = metadataTimeout
        self.closeTimeout = closeTimeout
        self.maximumInFlightPerBroker = max(1, maximumInFlightPerBroker)
        self.maximumRequestsPerSecond = max(1, maximumRequestsPerSecond)
        self.offsetsChunk = max(1, offsetsChunk)
        self.maximumWorkers = max(3, maximumWorkers)
        self.hugeGroupPartitions = max(1, hugeGroupPartitions)
        self.hugeGroupChunk = max(1, hugeGroupChunk)
        self.hugeGroupRefresh = max(1, hugeGroupRefresh)
        self.usesListOffsets = usesListOffsets
    }
}

extension KafkaClientSettings {
    /// The budget of one broker.
    var limits: RequestLimits {
        RequestLimits(perSecond: maximumRequestsPerSecond, inFlight: maximumInFlightPerBroker)
    }
}

extension Duration {
    /// Whole milliseconds for a C interface, at least 1 and at most an hour, as librdkafka accepts them.
    var boundedMilliseconds: Int32 {
        let (seconds, attoseconds) = components
        let whole = min(max(seconds, 0), 3_600)
        return Int32(min(max(whole * 1_000 + attoseconds / 1_000_000_000_000_000, 1), 3_600_000))
    }

    /// Seconds with fraction, for statistics only.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
