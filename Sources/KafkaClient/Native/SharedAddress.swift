/// Address of a librdkafka client, queue or topic, whose functions may be called from any thread.
///
/// The whole C API is thread-safe for `rd_kafka_t`, `rd_kafka_queue_t` and `rd_kafka_topic_t` (introduction
/// of rdkafka.h). ``ClientHandle`` alone makes and destroys them: see its lifecycle.
// SAFETY: the C API is thread-safe for all three; they are destroyed only when no call is inside.
@safe struct SharedAddress: @unchecked Sendable {
    let raw: OpaquePointer

    init(_ raw: OpaquePointer) { unsafe self.raw = unsafe raw }
}
