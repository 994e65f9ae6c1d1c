import ClusterAccess
import LagModel
import StructuredLog

extension ClusterMonitor {
    /// Asks for the settings of topics and brokers whose time has come, and tells the log what is refused.
    ///
    /// All topics are in the metadata.
    func readConfigurations(
        of described: Set<TopicName>, topology: ClusterTopology, unreachable: [BrokerID: ClusterError.Reason]
    ) async {
        let reachable = topology.metadata.brokers.map(\.id).filter { unreachable[$0] == nil }
        let controller = topology.metadata.controller
        guard let broker = reachable.first(where: { $0 == controller }) ?? reachable.first else { return }
        let now = clock.now().monotonic
        let due = configurations.due(
            described, of: broker, at: now, interval: settings.metadataInterval)
        let source = source
        let replies = await withTaskGroup(of: [ConfigurationReply].self) { tasks in
            for request in due {
                tasks.addTask {
                    await source.configurations(
                        of: request.resources, settings: request.settings, on: broker)
                }
            }
            var replies: [ConfigurationReply] = []
            for await reply in tasks { replies += reply }
            return replies
        }
        for error in configurations.absorb(replies, at: now) {
            let remedy = ClusterSnapshot.Unavailable(scope: .configuration, reason: error.reason).remedy
            logger.info(
                "settings cannot be read; margins that need them are absent",
                ["error": error.description, "remedy": remedy])
        }
    }
}
