import ClusterAccess
import Configuration
import HTTPService
import KafkaClient
import LagModel
import Monitor
import Notifications
import Service
import StructuredLog

/// `lagwarden serve`: one client and one sequence of rounds for each cluster, and the port.
enum ServeCommand {
    /// Time from a signal to the end of the process.
    static let stopLimit = Duration.milliseconds(4500)

    static func run(_ settings: Settings) async -> ExitCode {
        let logger = StandardStreams.logger(level: settings.log.level, format: settings.log.format)
        logger.info(
            "starting", ["version": BuildInfo.version, "librdkafka": KafkaCluster.libraryVersion])
        var clusters: [Exporter.Cluster] = []
        for cluster in settings.clusters {
            do throws(ClusterError) {
                let source = try KafkaCluster(
                    settings: .init(cluster), logger: logger.with("cluster", cluster.name))
                clusters.append(
                    Exporter.Cluster(
                        source: source, feeds: source, sampler: source,
                        settings: RoundSettings(cluster, of: settings)))
            } catch {
                logger.error("cluster \(cluster.name): \(error.detail)", ["error": error.description])
                return .configuration
            }
        }
        do throws(HTTPServerError) {
            let clock = MonitorClock.system()
            let exporter = try Exporter(
                clusters: clusters, options: .init(settings, librdkafka: KafkaCluster.libraryVersion),
                clock: clock, logger: logger,
                notifier: Notifier(settings, clock: clock, logger: logger))
            await TerminationSignals.cancelling(limit: stopLimit) { await exporter.run() }
            return .success
        } catch {
            logger.error(error.description)
            return .runtime
        }
    }
}
