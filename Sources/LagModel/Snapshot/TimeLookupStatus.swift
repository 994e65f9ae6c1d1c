package import ClusterAccess

/// What lag in seconds has cost in look-ups, and where it is missing.
package struct TimeLookupStatus: Hashable, Sendable {
    /// ListOffsets requests by time since the exporter started.
    package var requests: Int64
    /// Places in logs whose time is not known to the tolerance; they are asked about in the next round.
    package var pending: Int
    /// Committed partitions with lag whose age is unknown, by reason.
    package var absent: [Absence: Int]

    package init(requests: Int64 = 0, pending: Int = 0, absent: [Absence: Int] = [:]) {
        self.requests = requests
        self.pending = pending
        self.absent = absent
    }

    /// Why a partition has lag but no lag in seconds.
    package enum Absence: Error, Hashable, Sendable {
        /// The budget of requests was used up; the next rounds go on.
        case pending
        /// No record of the partition carries a timestamp.
        case noTimestamps
        case failed(ClusterError.Reason)

        /// The `reason` label.
        package var label: String {
            switch self {
            case .pending: "pending"
            case .noTimestamps: "no_timestamps"
            case .failed(let reason): reason.rawValue
            }
        }
    }
}
