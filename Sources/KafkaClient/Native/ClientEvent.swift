import CRdKafka
import ClusterAccess

/// One event taken from a queue (`rd_kafka_event_t`); everything read from it lives as long as it does.
@safe
struct ClientEvent: ~Copyable {
    let raw: OpaquePointer

    /// Waits on the calling thread for at most `milliseconds`; `nil` when nothing came.
    init?(from queue: SharedAddress, milliseconds: Int32) {
        guard let event = unsafe rd_kafka_queue_poll(queue.raw, milliseconds) else { return nil }
        unsafe raw = unsafe event
    }

    deinit { unsafe rd_kafka_event_destroy(raw) }

    var type: rd_kafka_event_type_t { unsafe rd_kafka_event_type(raw) }

    var errorCode: rd_kafka_resp_err_t { unsafe rd_kafka_event_error(raw) }

    var errorText: String { unsafe NativeText.string(rd_kafka_event_error_string(raw)) }

    /// The request that this event answers; meaningless for events that answer none.
    var ticket: ReplyTicket { unsafe ReplyTicket(opaque: rd_kafka_event_opaque(raw)) }

    /// Facility, text and syslog level of a log event.
    var log: (facility: String, text: String, level: Int32)? {
        var facility: UnsafePointer<CChar>?
        var text: UnsafePointer<CChar>?
        var level: Int32 = 0
        guard unsafe rd_kafka_event_log(raw, &facility, &text, &level) == 0 else { return nil }
        return unsafe (NativeText.string(facility), NativeText.string(text), level)
    }
}
