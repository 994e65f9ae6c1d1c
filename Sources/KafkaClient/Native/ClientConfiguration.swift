import CRdKafka
import ClusterAccess

/// A configuration under construction (`rd_kafka_conf_t`); a client takes it over only when it comes to life.
@safe
struct ClientConfiguration: ~Copyable {
    private let raw: OpaquePointer

    /// An empty configuration.
    init() { unsafe raw = unsafe rd_kafka_conf_new() }

    deinit { unsafe rd_kafka_conf_destroy(raw) }

    /// Sets one property; the error names it, carries librdkafka's words and never a secret value.
    func set(_ property: String, _ value: String, _ redactor: Redactor) throws(ClusterError) {
        let (code, text) = unsafe NativeText.written {
            unsafe rd_kafka_conf_set(raw, property, value, $0, $1)
        }
        guard code != RD_KAFKA_CONF_OK else { return }
        let said = ClientProperty.isSecret(property) ? "its value is not accepted" : redactor.clean(text)
        throw ClusterError(
            .invalidRequest, operation: "configure the client", subject: "property \(property)", detail: said)
    }

    /// Chooses the event types that go to a queue (`RD_KAFKA_EVENT_…`).
    func enableEvents(_ mask: Int32) { unsafe rd_kafka_conf_set_events(raw, mask) }

    /// Gives librdkafka a pointer for its callbacks; the caller keeps it alive longer than the client.
    func setOpaque(_ opaque: UnsafeMutableRawPointer) { unsafe rd_kafka_conf_set_opaque(raw, opaque) }

    /// Chooses the function that is told how long a broker asked us to hold back.
    func setThrottleCallback(
        _ callback:
            @convention(c) (
                OpaquePointer?, UnsafePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?
            ) -> Void
    ) {
        unsafe rd_kafka_conf_set_throttle_cb(raw, callback)
    }

    /// Chooses the function that is told what became of each record produced.
    func setDeliveryCallback(
        _ callback:
            @convention(c) (
                OpaquePointer?, UnsafePointer<rd_kafka_message_t>?, UnsafeMutableRawPointer?
            ) -> Void
    ) {
        unsafe rd_kafka_conf_set_dr_msg_cb(raw, callback)
    }

    /// Chooses the function that is told of the client's troubles, on the thread that polls.
    func setErrorCallback(
        _ callback:
            @convention(c) (
                OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafeMutableRawPointer?
            ) -> Void
    ) {
        unsafe rd_kafka_conf_set_error_cb(raw, callback)
    }

    /// Chooses the function that gets log lines, on whichever thread they arise unless `log.queue` is set.
    func setLogCallback(
        _ callback:
            @convention(c) (
                OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?
            ) -> Void
    ) {
        unsafe rd_kafka_conf_set_log_cb(raw, callback)
    }

    /// Chooses the function that is told what the group gives and takes, on the thread that polls.
    func setRebalanceCallback(
        _ callback:
            @convention(c) (
                OpaquePointer?, rd_kafka_resp_err_t,
                UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?, UnsafeMutableRawPointer?
            ) -> Void
    ) {
        unsafe rd_kafka_conf_set_rebalance_cb(raw, callback)
    }

    /// Serves SASL callbacks (token refresh) on a thread of librdkafka's own, once the client asks for it.
    func enableSASLQueue() { unsafe rd_kafka_conf_enable_sasl_queue(raw, 1) }

    /// Makes the client; librdkafka owns the configuration from then on, and we still do when it fails.
    consuming func makeClient(
        _ type: rd_kafka_type_t, _ redactor: Redactor
    ) throws(ClusterError) -> SharedAddress {
        let (client, text) = unsafe NativeText.written { unsafe rd_kafka_new(type, raw, $0, $1) }
        if let client = unsafe client {
            discard self
            return unsafe SharedAddress(client)
        }
        _ = consume self
        throw ClusterError(.invalidRequest, operation: "configure the client", detail: redactor.clean(text))
    }
}
