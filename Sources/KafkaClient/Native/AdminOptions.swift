import CRdKafka
import ClusterAccess

/// Options of one admin request (`rd_kafka_AdminOptions_t`); needed only until the request is sent.
@safe
struct AdminOptions: ~Copyable {
    let raw: OpaquePointer

    /// Options for `operation`; fails only for an operation that the library does not know.
    init(_ client: SharedAddress, for operation: rd_kafka_admin_op_t) throws(ClusterError) {
        guard let made = unsafe rd_kafka_AdminOptions_new(client.raw, operation) else {
            throw ClusterError(
                .unsupported, operation: "prepare a request", detail: "unknown admin operation")
        }
        unsafe raw = unsafe made
    }

    deinit { unsafe rd_kafka_AdminOptions_destroy(raw) }

    /// Routes the request: without this a stalled broker can abort the process (librdkafka issue 4605).
    func setBroker(_ broker: BrokerID) throws(ClusterError) {
        let (code, text) = unsafe NativeText.written {
            unsafe rd_kafka_AdminOptions_set_broker(raw, broker.rawValue, $0, $1)
        }
        try Self.check(code, text)
    }

    /// Bounds the request: waiting for a connection, sending and answering.
    func setTimeout(_ timeout: Duration) throws(ClusterError) {
        let milliseconds = timeout.boundedMilliseconds
        let (code, text) = unsafe NativeText.written {
            unsafe rd_kafka_AdminOptions_set_request_timeout(raw, milliseconds, $0, $1)
        }
        try Self.check(code, text)
    }

    /// Time that the broker itself may take for an operation on topics.
    func setOperationTimeout(_ timeout: Duration) throws(ClusterError) {
        let milliseconds = timeout.boundedMilliseconds
        let (code, text) = unsafe NativeText.written {
            unsafe rd_kafka_AdminOptions_set_operation_timeout(raw, milliseconds, $0, $1)
        }
        try Self.check(code, text)
    }

    /// Chooses what the reply's event will carry to tell us which request it answers.
    func setTicket(_ ticket: ReplyTicket) {
        unsafe rd_kafka_AdminOptions_set_opaque(raw, ticket.opaque)
    }

    private static func check(_ code: rd_kafka_resp_err_t, _ text: String) throws(ClusterError) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw ClusterError(.init(code: code), operation: "prepare a request", detail: text)
    }
}
