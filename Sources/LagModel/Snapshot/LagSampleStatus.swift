package import ClusterAccess

/// What came of the records that were read to learn their age, since the exporter started.
package struct LagSampleStatus: Hashable, Sendable {
    /// Answers by what they were.
    package var outcomes: [Outcome: Int64]

    package init(outcomes: [Outcome: Int64] = [:]) { self.outcomes = outcomes }

    package enum Outcome: Hashable, Sendable {
        /// The record was read.
        case record
        /// No record up to the end: transaction markers, aborted records.
        case markers
        case failed(ClusterError.Reason)

        /// The `outcome` label.
        package var label: String {
            switch self {
            case .record: "record"
            case .markers: "markers"
            case .failed(let reason): reason.rawValue
            }
        }
    }
}
