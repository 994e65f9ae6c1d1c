import CRdKafka
import ClusterAccess
import Locking

/// Where and how clients that write to a cluster connect; for `lagwarden demo` and for tests only.
package struct TrafficSettings: Sendable {
    /// Bootstrap list, `host:port` separated by commas.
    package var brokers: String
    package var clientID: String
    /// librdkafka properties, applied last.
    package var properties: [(String, String)]

    package init(
        brokers: String, clientID: String = "lagwarden-demo", properties: [(String, String)] = []
    ) {
        self.brokers = brokers
        self.clientID = clientID
        self.properties = properties
    }
}

/// One librdkafka client of the demo or a test with the calls that run in it.
///
/// Blocking calls run on a thread started for them; the client is destroyed when none is inside any more.
final class TrafficClient: Sendable {
    let client: SharedAddress
    private let lifecycle = Mutex(Lifecycle())

    private struct Lifecycle {
        var callsInside = 0
        var isClosed = false
    }

    /// Makes the client; `prepare` sets what cannot be said by properties.
    init(
        _ type: rd_kafka_type_t, _ settings: TrafficSettings, properties: [(String, String)],
        prepare: (borrowing ClientConfiguration) -> Void = { _ in }
    ) throws(ClusterError) {
        let configuration = ClientConfiguration()
        let redactor = Redactor(properties: settings.properties)
        let own = [
            ("bootstrap.servers", settings.brokers), ("client.id", settings.clientID), ("log_level", "2"),
            ("socket.nagle.disable", "true"), ("reconnect.backoff.max.ms", "2000"),
        ]
        for (property, value) in own + properties + settings.properties {
            try configuration.set(property, value, redactor)
        }
        prepare(configuration)
        client = try configuration.makeClient(type, redactor)
    }

    /// Runs a C call on the calling thread unless the client is closed.
    func inside<Value>(
        _ context: RequestContext, _ body: (SharedAddress) throws(ClusterError) -> Value
    ) throws(ClusterError) -> Value {
        let mayEnter = lifecycle.withLock { state in
            guard !state.isClosed else { return false }
            state.callsInside += 1
            return true
        }
        guard mayEnter else { throw context.error(.closed) }
        defer { lifecycle.withLock { $0.callsInside -= 1 } }
        return try body(client)
    }

    /// Runs a C call that blocks on a thread of its own; the call must end by a time-out of its own.
    func blocking<Value: Sendable>(
        _ context: RequestContext,
        _ body: @escaping @Sendable (SharedAddress) throws(ClusterError) -> Value
    ) async throws(ClusterError) -> Value {
        let reply = OneShot<Value>()
        let thread = NativeThread(named: "kafka-traffic") {
            reply.resolve(
                Result { () throws(ClusterError) in try self.inside(context, body) })
        }
        guard let thread else { throw context.error(.other, "no thread to be had") }
        thread.detach()
        return try await reply.value(orOnCancel: context.error(.cancelled))
    }

    /// Refuses later calls, waits until none is inside and frees the client; later closings do nothing.
    ///
    /// Blocks the calling thread for as long as the slowest call inside; `last` runs just before the end.
    func close(flags: Int32, last: (SharedAddress) -> Void = { _ in }) {
        let isFirst = lifecycle.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        let nap = Doorbell()
        while lifecycle.withLock({ $0.callsInside > 0 }) { _ = nap.wait(milliseconds: 5) }
        last(client)
        unsafe rd_kafka_destroy_flags(client.raw, flags)
    }

    /// The same on a thread of its own.
    func closeAside(flags: Int32, last: @escaping @Sendable (SharedAddress) -> Void) async {
        let done = OneShot<Void>()
        let thread = NativeThread(named: "kafka-traffic") {
            self.close(flags: flags, last: last)
            done.resolve(.success(()))
        }
        guard let thread else { return close(flags: flags, last: last) }
        thread.detach()
        _ = try? await done.value(orOnCancel: ClusterError(.cancelled, operation: "close"))
    }
}
