import CRdKafka
package import ClusterAccess
import Locking

/// A Kafka cluster made of librdkafka's mock brokers in this process, for `lagwarden demo` and for tests.
///
/// It listens on loopback ports of its own choice, keeps records in memory, and any client can use it. It
/// does not know ListGroups, DescribeGroups, CreateTopics or timestamps, and isolation levels are ignored.
/// Never describe groups against it: librdkafka's client dead-locks. To be closed explicitly.
package final class MockCluster: Sendable {
    private let owner: SharedAddress
    private let cluster: SharedAddress
    private let isClosed = Mutex(false)
    /// `host:port` of every broker, separated by commas.
    package let bootstrapServers: String

    /// Starts `brokers` brokers with the ids 1, 2 and so on.
    package init(brokers: Int) throws(ClusterError) {
        let configuration = ClientConfiguration()
        let redactor = Redactor(properties: [])
        try configuration.set("client.id", "lagwarden-mock", redactor)
        try configuration.set("log_level", "3", redactor)
        owner = try configuration.makeClient(RD_KAFKA_PRODUCER, redactor)
        guard let made = unsafe rd_kafka_mock_cluster_new(owner.raw, Int32(clamping: brokers)) else {
            unsafe rd_kafka_destroy(owner.raw)
            throw ClusterError(.other, operation: "start mock brokers")
        }
        unsafe cluster = SharedAddress(made)
        bootstrapServers = unsafe NativeText.string(rd_kafka_mock_cluster_bootstraps(made))
    }

    deinit { close() }

    /// Stops the brokers; further calls do nothing.
    ///
    /// Nobody may be inside another method meanwhile.
    package func close() {
        let isFirst = isClosed.withLock { closed in
            defer { closed = true }
            return !closed
        }
        guard isFirst else { return }
        unsafe rd_kafka_mock_cluster_destroy(cluster.raw)
        unsafe rd_kafka_destroy(owner.raw)
    }

    /// Makes a topic; partitions are led by the brokers in turn.
    package func createTopic(
        _ topic: TopicName, partitions: Int, replicationFactor: Int = 1
    ) throws(ClusterError) {
        let code = unsafe rd_kafka_mock_topic_create(
            cluster.raw, topic.rawValue, Int32(clamping: partitions), Int32(clamping: replicationFactor))
        try check(code, "create a mock topic", subject: "topic \(topic)")
    }

    /// Moves a partition to another leader, or leaves it without one; clients learn of it by metadata only.
    package func setLeader(
        of partition: PartitionID, in topic: TopicName, to broker: BrokerID?
    ) throws(ClusterError) {
        let code = unsafe rd_kafka_mock_partition_set_leader(
            cluster.raw, topic.rawValue, partition.rawValue, broker?.rawValue ?? -1)
        try check(code, "move a mock partition", subject: "topic \(topic)")
    }

    /// Makes metadata answer with an error for this topic, or with none again.
    package func setError(_ failure: Failure?, of topic: TopicName) {
        unsafe rd_kafka_mock_topic_set_error(
            cluster.raw, topic.rawValue, failure?.code ?? RD_KAFKA_RESP_ERR_NO_ERROR)
    }

    /// Chooses which broker FindCoordinator names for a group.
    package func setCoordinator(of group: GroupID, to broker: BrokerID) throws(ClusterError) {
        let code = unsafe rd_kafka_mock_coordinator_set(
            cluster.raw, "group", group.rawValue, broker.rawValue)
        try check(code, "move a mock coordinator", subject: "group \(group)")
    }

    /// Closes a broker's connections and refuses new ones.
    ///
    /// librdkafka closes the port and takes it anew at once, and ends the process where somebody was given it
    /// in between. No port with an accepted connection on it is given away: the caller must have one that
    /// stays open until this returns.
    /// Source: `rd_kafka_mock_broker_cmd` of rdkafka_mock.c.
    package func setDown(_ broker: BrokerID) throws(ClusterError) {
        try check(unsafe rd_kafka_mock_broker_set_down(cluster.raw, broker.rawValue), "stop a mock broker")
    }

    /// Opens a broker's port again.
    package func bringUp(_ broker: BrokerID) throws(ClusterError) {
        try check(unsafe rd_kafka_mock_broker_set_up(cluster.raw, broker.rawValue), "start a mock broker")
    }

    /// Delays every answer of a broker.
    package func setRoundTrip(of broker: BrokerID, _ time: Duration) throws(ClusterError) {
        let milliseconds = time == .zero ? 0 : time.boundedMilliseconds
        try check(
            unsafe rd_kafka_mock_broker_set_rtt(cluster.raw, broker.rawValue, milliseconds),
            "slow a mock broker down")
    }

    /// Makes the next `count` requests of one kind fail, at whichever broker they arrive.
    package func failNext(_ request: Request, with failure: Failure, count: Int = 1) {
        var codes = Array(repeating: failure.code, count: max(count, 0))
        unsafe rd_kafka_mock_push_request_errors_array(cluster.raw, request.rawValue, codes.count, &codes)
    }

    /// Makes one broker's next answer of one kind fail, or come late when there is no failure.
    package func delayNext(
        _ request: Request, at broker: BrokerID, by time: Duration, failure: Failure? = nil
    ) throws(ClusterError) {
        let code = unsafe lagwarden_mock_push_error(
            cluster.raw, broker.rawValue, request.rawValue, failure?.code ?? RD_KAFKA_RESP_ERR_NO_ERROR,
            time.boundedMilliseconds)
        try check(code, "slow a mock request down")
    }

    /// Forgets failures that were ordered and not yet used.
    package func clearFailures(of request: Request) {
        unsafe rd_kafka_mock_clear_request_errors(cluster.raw, request.rawValue)
    }

    private func check(
        _ code: rd_kafka_resp_err_t, _ operation: String, subject: String = ""
    ) throws(ClusterError) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw RequestContext(operation: operation, subject: subject).error(code)
    }

    /// Requests that can be made to fail; raw values are Kafka's API keys.
    package enum Request: Int16, Sendable {
        case produce = 0
        case fetch = 1
        case listOffsets = 2
        case metadata = 3
        case offsetCommit = 8
        case offsetFetch = 9
        case findCoordinator = 10
        case joinGroup = 11
        case heartbeat = 12
    }

    /// How a request can be made to fail.
    package enum Failure: Sendable, CaseIterable {
        case notLeader, unknownTopicOrPartition, leaderUnavailable, topicUnauthorized, groupUnauthorized
        case notCoordinator, coordinatorLoading, coordinatorUnavailable, requestTimedOut
        /// The broker closes the connection instead of answering.
        case disconnect

        var code: rd_kafka_resp_err_t {
            switch self {
            case .notLeader: RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION
            case .unknownTopicOrPartition: RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
            case .leaderUnavailable: RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE
            case .topicUnauthorized: RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED
            case .groupUnauthorized: RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED
            case .notCoordinator: RD_KAFKA_RESP_ERR_NOT_COORDINATOR
            case .coordinatorLoading: RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS
            case .coordinatorUnavailable: RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE
            case .requestTimedOut: RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT
            case .disconnect: RD_KAFKA_RESP_ERR__TRANSPORT
            }
        }
    }
}
