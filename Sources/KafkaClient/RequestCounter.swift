import ClusterAccess
import Locking

/// Counts requests from any thread.
final class RequestCounter: Sendable {
    private let statistics = Mutex(RequestStatistics())

    init() {}

    var snapshot: RequestStatistics { statistics.withLock { $0 } }

    /// Books one protocol request that ended.
    func record(
        _ kind: RequestKind, broker: BrokerID?, took duration: Duration, failure: ClusterError.Reason? = nil
    ) {
        statistics.withLock {
            $0.record(kind, broker: broker, seconds: duration.inSeconds, failure: failure)
        }
    }

    /// Books the time for which a broker asked us to hold back.
    func throttled(broker: Int32, milliseconds: Int32) {
        guard broker >= 0, milliseconds > 0 else { return }
        statistics.withLock {
            $0.throttleMilliseconds[BrokerID(broker), default: 0] += Int64(milliseconds)
        }
    }
}

/// Is told on the thread that polls when a broker asks to be left alone.
final class ThrottleListener: Sendable {
    private let counter: RequestCounter
    private let gates: BrokerGates?

    /// Without `gates` throttling is counted only.
    init(counter: RequestCounter, gates: BrokerGates? = nil) {
        self.counter = counter
        self.gates = gates
    }

    /// `milliseconds` is 0 in the first answer after such a time, which says nothing new.
    func throttled(broker: Int32, milliseconds: Int32) {
        guard broker >= 0, milliseconds > 0 else { return }
        counter.throttled(broker: broker, milliseconds: milliseconds)
        gates?.throttled(BrokerID(broker), for: .milliseconds(Int64(milliseconds)))
    }
}
