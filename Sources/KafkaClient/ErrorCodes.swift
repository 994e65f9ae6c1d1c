import CRdKafka
import ClusterAccess

extension ClusterError.Reason {
    /// The class of a librdkafka or broker error code (`rd_kafka_resp_err_t`); one table decides.
    init(code: rd_kafka_resp_err_t) {
        self = Self.byCode[code.rawValue] ?? .other
    }

    /// Every code that is not ``other``; negative ones are librdkafka's own, the rest is Kafka's protocol.
    static let byCode: [rd_kafka_resp_err_t.RawValue: Self] = {
        var table: [rd_kafka_resp_err_t.RawValue: Self] = [:]
        for (reason, codes) in codesByReason {
            for code in codes { table[code.rawValue] = reason }
        }
        return table
    }()

    private static let codesByReason: [(Self, [rd_kafka_resp_err_t])] = [
        (
            .timedOut,
            [
                RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
                RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            ]
        ),
        (
            .brokerUnavailable,
            [
                RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
                RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
                RD_KAFKA_RESP_ERR__NODE_UPDATE,
            ]
        ),
        (
            .authenticationFailed,
            [
                RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
                RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE, RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM,
            ]
        ),
        (.tlsFailed, [RD_KAFKA_RESP_ERR__SSL]),
        (.nameNotResolved, [RD_KAFKA_RESP_ERR__RESOLVE]),
        (
            .clusterUnauthorized,
            [
                RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
                RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTHORIZATION_FAILED,
                RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            ]
        ),
        (.groupUnauthorized, [RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED]),
        (.topicUnauthorized, [RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED]),
        (.notCoordinator, [RD_KAFKA_RESP_ERR_NOT_COORDINATOR]),
        (.coordinatorLoading, [RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS]),
        (
            .coordinatorUnavailable,
            [RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR__WAIT_COORD]
        ),
        (
            .leaderUnavailable,
            [
                RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
                RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
            ]
        ),
        (
            .notLeader,
            [
                RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
                RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE,
                RD_KAFKA_RESP_ERR_ELIGIBLE_LEADERS_NOT_AVAILABLE,
            ]
        ),
        (
            .unknownTopicOrPartition,
            [
                RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
                RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR_TOPIC_DELETION_DISABLED,
            ]
        ),
        (
            .offsetOutOfRange,
            [RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET]
        ),
        (.instanceFenced, [RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID]),
        (.unstableOffset, [RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT]),
        (.notAConsumerGroup, [RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL]),
        (
            .unsupported,
            [
                RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE,
                RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT,
                RD_KAFKA_RESP_ERR_SECURITY_DISABLED,
            ]
        ),
        (.closed, [RD_KAFKA_RESP_ERR__DESTROY]),
        (
            .invalidRequest,
            [
                RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR__CONFLICT, RD_KAFKA_RESP_ERR__STATE,
                RD_KAFKA_RESP_ERR_INVALID_REQUEST, RD_KAFKA_RESP_ERR_INVALID_CONFIG,
                RD_KAFKA_RESP_ERR_INVALID_GROUP_ID, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION,
                RD_KAFKA_RESP_ERR_POLICY_VIOLATION, RD_KAFKA_RESP_ERR_INVALID_PARTITIONS,
                RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS,
            ]
        ),
    ]
}

/// Text that librdkafka owns for ever, such as an error's description.
enum NativeText {
    /// Description of an error code (`rd_kafka_err2str`).
    static func description(of code: rd_kafka_resp_err_t) -> String {
        unsafe string(rd_kafka_err2str(code))
    }

    /// Copies a C string; empty for none, with invalid UTF-8 repaired.
    static func string(_ text: UnsafePointer<CChar>?) -> String {
        guard let text = unsafe text else { return "" }
        return unsafe String(cString: text)
    }

    /// Code and text of an error object that somebody else frees; `nil` for none and for success.
    static func failure(_ error: OpaquePointer?) -> (code: rd_kafka_resp_err_t, text: String)? {
        guard let error = unsafe error else { return nil }
        let code = unsafe rd_kafka_error_code(error)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        let text = unsafe string(rd_kafka_error_string(error))
        return (code, text)
    }

    /// Reads text that a C function writes into a buffer of 512 bytes, terminated.
    static func written<Result>(
        by body: (UnsafeMutablePointer<CChar>, Int) -> Result
    ) -> (result: Result, text: String) {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
            guard let start = buffer.baseAddress else {
                var single = CChar(0)
                return unsafe (body(&single, 1), "")
            }
            unsafe start.initialize(repeating: 0, count: 512)
            let result = unsafe body(start, 512)
            return unsafe (result, String(cString: start))
        }
    }
}

/// One error code that the loaded librdkafka knows.
struct KnownErrorCode: Hashable, Sendable {
    var value: rd_kafka_resp_err_t.RawValue
    /// As in the header, without its prefix, such as `_TIMED_OUT`.
    var name: String

    /// All of them (`rd_kafka_get_err_descs`).
    static func all() -> [KnownErrorCode] {
        var start: UnsafePointer<rd_kafka_err_desc>?
        var count = 0
        unsafe rd_kafka_get_err_descs(&start, &count)
        return unsafe UnsafeBufferPointer(start: start, count: start == nil ? 0 : count).compactMap {
            guard let name = unsafe $0.name else { return nil }
            return unsafe KnownErrorCode(value: $0.code.rawValue, name: NativeText.string(name))
        }
    }
}
