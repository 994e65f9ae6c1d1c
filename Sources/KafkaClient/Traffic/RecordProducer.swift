import CRdKafka
package import ClusterAccess
import Locking

/// Writes records to a cluster; for `lagwarden demo` and for tests only.
///
/// Records are copied once, into librdkafka's queue. Any thread may produce; a thread of our own serves
/// delivery reports. ``close()`` must be called, after a flush when the records matter.
package final class RecordProducer: Sendable {
    private let traffic: TrafficClient
    private let deliveries: Deliveries
    private let isServing = Mutex(true)

    /// What became of records so far.
    package struct Counts: Hashable, Sendable {
        package var delivered: Int64 = 0
        package var failed: Int64 = 0
        /// Of the last record that failed.
        package var lastFailure: ClusterError.Reason?
    }

    private final class Deliveries: Sendable {
        let counts = Mutex(Counts())
    }

    /// Makes the producer; brokers are dialled in the background.
    package init(settings: TrafficSettings) throws(ClusterError) {
        let deliveries = Deliveries()
        self.deliveries = deliveries
        let properties = [("linger.ms", "5"), ("message.timeout.ms", "30000")]
        // The reports come on the serving thread only, which keeps this object alive.
        traffic = try TrafficClient(RD_KAFKA_PRODUCER, settings, properties: properties) { configuration in
            unsafe configuration.setOpaque(Unmanaged.passUnretained(deliveries).toOpaque())
            unsafe configuration.setDeliveryCallback { _, message, opaque in
                guard let message = unsafe message, let opaque = unsafe opaque else { return }
                let code = unsafe message.pointee.err
                unsafe Unmanaged<Deliveries>.fromOpaque(opaque).takeUnretainedValue().counts.withLock {
                    if code == RD_KAFKA_RESP_ERR_NO_ERROR {
                        $0.delivered += 1
                    } else {
                        $0.failed += 1
                        $0.lastFailure = ClusterError.Reason(code: code)
                    }
                }
            }
        }
        guard let thread = NativeThread(named: "kafka-produce", { self.serve() }) else {
            traffic.close(flags: 0)
            throw ClusterError(.other, operation: "start a producer", detail: "no thread to be had")
        }
        thread.detach()
    }

    package var counts: Counts { deliveries.counts.withLock { $0 } }

    /// Queues one record without waiting; returns false when the queue is full and the caller should pause.
    ///
    /// No partition lets the key choose; no key and no partition choose at random; no timestamp means now.
    package func tryProduce(
        _ topic: TopicName, partition: PartitionID? = nil, key: [UInt8]?, value: [UInt8]?,
        timestampMilliseconds: Int64? = nil
    ) throws(ClusterError) -> Bool {
        let context = RequestContext(operation: "produce", subject: "topic \(topic)")
        let code = try traffic.inside(context) { client throws(ClusterError) in
            unsafe Self.withBytes(key) { key in
                unsafe Self.withBytes(value) { value in
                    unsafe lagwarden_produce(
                        client.raw, topic.rawValue, partition?.rawValue ?? -1, key.baseAddress, key.count,
                        value.baseAddress, value.count, timestampMilliseconds ?? 0)
                }
            }
        }
        if code == RD_KAFKA_RESP_ERR__QUEUE_FULL { return false }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw context.error(code) }
        return true
    }

    /// Queues one record, waiting for room in the queue for at most `patience`.
    package func produce(
        _ topic: TopicName, partition: PartitionID? = nil, key: [UInt8]?, value: [UInt8]?,
        timestampMilliseconds: Int64? = nil, patience: Duration = .seconds(10)
    ) async throws(ClusterError) {
        let deadline = ContinuousClock.now + patience
        while try !tryProduce(
            topic, partition: partition, key: key, value: value, timestampMilliseconds: timestampMilliseconds)
        {
            let context = RequestContext(operation: "produce", subject: "topic \(topic)")
            guard ContinuousClock.now < deadline else { throw context.error(.timedOut, "the queue is full") }
            do { try await Task.sleep(for: .milliseconds(10)) } catch { throw context.error(.cancelled) }
        }
    }

    /// Waits until everything queued was delivered or failed; throws when that takes longer than `timeout`.
    package func flush(within timeout: Duration) async throws(ClusterError) {
        let context = RequestContext(operation: "flush records")
        let milliseconds = timeout.boundedMilliseconds
        let code = try await traffic.blocking(context) { client in
            unsafe rd_kafka_flush(client.raw, milliseconds)
        }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw context.error(code) }
    }

    /// Drops what is still queued and frees the client.
    package func close() async {
        isServing.withLock { $0 = false }
        await traffic.closeAside(flags: 0) { client in
            unsafe rd_kafka_purge(client.raw, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        }
    }

    /// Body of the serving thread.
    private func serve() {
        let context = RequestContext(operation: "serve delivery reports")
        while isServing.withLock({ $0 }) {
            let isOpen =
                (try? traffic.inside(context) { client throws(ClusterError) in
                    unsafe rd_kafka_poll(client.raw, 100)
                }) != nil
            guard isOpen else { return }
        }
    }

    private static func withBytes<Value>(
        _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer) -> Value
    ) -> Value {
        guard let bytes else { return unsafe body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        if bytes.isEmpty {
            // Empty is not null, so it needs an address.
            var nothing: UInt8 = 0
            return unsafe withUnsafeBytes(of: &nothing) {
                unsafe body(UnsafeRawBufferPointer(rebasing: $0[..<0]))
            }
        }
        return unsafe bytes.withUnsafeBytes { unsafe body($0) }
    }
}
