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
