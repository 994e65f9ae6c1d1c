/// What is counted of notifications since the start.
package struct NotifierStatistics: Hashable, Sendable {
    /// In the order of the configuration.
    package var sinks: [Sink]
    /// By cluster.
    package var openIncidents: [String: Int]

    /// One sink; every outcome and reason is there from the start, with 0.
    package struct Sink: Hashable, Sendable {
        package var name: String
        /// Attempts by how they ended: `delivered`, `failed`, `refused`.
        package var attempts: [String: Int64]
        /// Notices that were given up, by reason.
        package var dropped: [String: Int64]
        /// Notices that wait, the one being sent among them.
        package var queueLength: Int

        init(_ name: String, _ statistics: SinkWorker.Statistics) {
            self.name = name
            attempts = [
                "delivered": statistics.delivered, "failed": statistics.failed,
                "refused": statistics.refused,
            ]
            dropped = Dictionary(
                uniqueKeysWithValues: DeliveryQueue.DropReason.allCases.map {
                    ($0.rawValue, statistics.dropped[$0] ?? 0)
                })
            queueLength = statistics.queueLength
        }
    }
}
