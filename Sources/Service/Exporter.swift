package import ClusterAccess
package import Exposition
package import HTTPService
import LagModel
package import Monitor
package import Notifications
package import StructuredLog

/// The running exporter: rounds of every cluster and the port that serves what they find.
///
/// One task tree: ``run()`` ends when its task is cancelled, after everything it started has ended.
package final class Exporter: Sendable {
    /// One cluster to watch; the exporter closes the source when it ends.
    package struct Cluster: Sendable {
        package var source: any ClusterSource
        /// Reads the offsets topic, where `settings` say that it is read.
        package var feeds: (any OffsetsFeedProvider)?
        /// Reads single records, where `settings` say so.
        package var sampler: (any RecordSampler)?
        package var settings: RoundSettings

        package init(
            source: any ClusterSource, feeds: (any OffsetsFeedProvider)? = nil,
            sampler: (any RecordSampler)? = nil, settings: RoundSettings
        ) {
            self.source = source
            self.feeds = feeds
            self.sampler = sampler
            self.settings = settings
        }
    }

    package struct Options: Sendable {
        package var address: ListenAddress
        package var server: HTTPServerOptions
        /// Age beyond which a snapshot's numbers are withheld from `/metrics`.
        package var staleAfter: Duration
        /// Scrapes that are answered at the same time; further ones get 503.
        package var concurrentScrapes: Int
        package var build: ExporterFacts.BuildFacts

        package init(
            address: ListenAddress, server: HTTPServerOptions = HTTPServerOptions(), staleAfter: Duration,
            concurrentScrapes: Int = 100, build: ExporterFacts.BuildFacts
        ) {
            self.address = address
            self.server = server
            self.staleAfter = staleAfter
            self.concurrentScrapes = concurrentScrapes
            self.build = build
        }
    }

    private let clusters: [Cluster]
    private let monitors: [ClusterMonitor]
    private let server: HTTPServer
    /// `nil` where no notifications are configured.
    private let notifier: Notifier?
    private let clock: MonitorClock
    private let logger: Logger
    private let preparation: ScrapePreparation
    /// What the rounds publish; also for those who run the exporter inside their own process.
    package let store: SnapshotStore

    /// Binds the port and makes ready; nothing is asked of Kafka before ``run()``.
    package init(
        clusters: [Cluster], options: Options, clock: MonitorClock, logger: Logger,
        notifier: Notifier? = nil
    ) throws(HTTPServerError) {
        let store = SnapshotStore(clusters: clusters.map(\.settings.ledger.cluster))
        self.clusters = clusters
        self.store = store
        self.logger = logger
        self.notifier = notifier
        self.clock = clock
        monitors = clusters.map { cluster in
            ClusterMonitor(
                source: cluster.source, feeds: cluster.feeds, sampler: cluster.sampler,
                settings: cluster.settings, store: store, clock: clock, logger: logger)
        }
        let routes = Routes(
            clusters: clusters, store: store, options: options, clock: clock, notifier: notifier)
        preparation = ScrapePreparation(store: store, prepare: routes.prepareScrapes)
        server = try HTTPServer(
            address: options.address, options: options.server, logger: logger, handler: routes.respond(to:))
    }

    /// The port that was bound, also where the configuration said 0.
    package var port: UInt16 { server.port }

    /// Watches and serves until the task is cancelled, then stops in order: the port, the rounds, the
    /// clients, and what is still to be told.
    package func run() async {
        logger.info("serving", ["address": server.address.description, "port": "\(server.port)"])
        await notifier?.start()
        await withTaskGroup(of: Void.self) { tasks in
            for monitor in monitors { tasks.addTask { await monitor.run() } }
            tasks.addTask { await self.preparation.run() }
            if let notifier {
                let feed = NotificationFeed(store: store, notifier: notifier, clock: clock)
                tasks.addTask { await feed.run() }
            }
            await Self.waitForCancellation()
            logger.info("stopping")
            tasks.cancelAll()
            async let stopped: Void = server.shutDown()
            async let closed: Void = closeSources()
            async let told: Void? = notifier?.stop()
            _ = await (stopped, closed, told)
        }
        logger.info("stopped")
    }

    /// Closing ends what rounds still wait for.
    private func closeSources() async {
        await withTaskGroup(of: Void.self) { tasks in
            for cluster in clusters { tasks.addTask { await cluster.source.close() } }
        }
    }

    private static func waitForCancellation() async {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    }
}
