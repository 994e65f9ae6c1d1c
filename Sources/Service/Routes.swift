import ClusterAccess
import Exposition
import HTTPService
import LagModel
import Monitor
import Notifications

/// What the port serves: a table from paths to answers over the newest snapshots.
struct Routes: Sendable {
    private let router: Router
    private let statistics: ServingStatistics
    private let metrics: MetricsEndpoint
    private let publications: Publications

    /// Label of requests that no route answered.
    private static let elsewhere = "other"

    init(
        clusters: [Exporter.Cluster], store: SnapshotStore, options: Exporter.Options, clock: MonitorClock,
        notifier: Notifier? = nil
    ) {
        let statistics = ServingStatistics()
        let publications = Publications(
            clusters: clusters, store: store, staleAfter: options.staleAfter, clock: clock)
        let metrics = MetricsEndpoint(build: options.build, statistics: statistics)
        let gate = ScrapeGate(limit: options.concurrentScrapes)
        let version = options.build.version
        var router = Router()
        func serve(_ path: String, _ handler: @escaping Router.Handler) {
            router.on(path) { request in
                let response = handler(request)
                statistics.recordRequest(route: path, code: response.status)
                return response
            }
        }
        serve("/") { _ in LandingPage.respond(publications.newest(), version: version) }
        serve("/metrics") { request in
            gate.admit {
                let clusters = publications.newest()
                let notifications = notifier?.statistics()
                return metrics.respond(
                    to: request, clusters: clusters, facts: publications.facts(of: clusters, notifications),
                    sinks: notifications?.facts ?? [], at: publications.clock.now().monotonic)
            }
        }
        serve("/-/healthy") { _ in .text("healthy") }
        serve("/-/ready") { _ in Readiness.respond(publications.newest()) }
        serve("/api/v1/clusters") { _ in ClustersAPI.respond(publications.newest()) }
        serve("/api/v1/groups") { GroupsAPI.respond($0, publications.newest()) }
        serve("/api/v1/groups/{group}") { GroupDetailAPI.respond($0, publications.newest()) }
        serve("/api/v1/findings") { FindingsAPI.respond($0, publications.newest()) }
        serve("/api/v1/shards") { ShardsAPI.respond($0, publications.newest()) }
        for route in BurrowAPI(publications).routes { serve(route.path, route.handler) }
        self.router = router
        self.statistics = statistics
        self.metrics = metrics
        self.publications = publications
    }

    /// Makes ready what scrapes asked for lately, of the newest snapshots; for a thread that may take its
    /// time.
    func prepareScrapes() {
        metrics.prepare(publications.newest(), at: publications.clock.now().monotonic)
    }

    /// The answer to any request; runs on the server's threads.
    func respond(to request: HTTPRequest) -> HTTPResponse {
        let response = router.respond(to: request)
        if response.status == 404 || response.status == 405,
            response.headers["Content-Type"]?.hasPrefix("text/") ?? false
        {
            statistics.recordRequest(route: Self.elsewhere, code: response.status)
            if response.status == 404, BurrowAPI.isAbout(request) { return BurrowAPI.unknownPath }
        }
        return response
    }
}

/// The newest snapshots with their age, and what the exporter knows of its own rounds.
struct Publications: Sendable {
    let clusters: [Exporter.Cluster]
    let store: SnapshotStore
    let staleAfter: Duration
    let clock: MonitorClock

    func newest() -> [PublishedCluster] {
        let now = clock.now().monotonic
        return zip(clusters, store.view()).map { cluster, view in
            PublishedCluster(
                view, configuredSource: cluster.settings.source, at: now, staleAfter: staleAfter)
        }
    }

    /// One for each cluster, in the same order.
    func facts(
        of published: [PublishedCluster], _ notifications: NotifierStatistics? = nil
    ) -> [ClusterFacts] {
        zip(clusters, published).map { cluster, published in
            var rounds = Dictionary(
                uniqueKeysWithValues: RoundOutcome.allCases.map { ($0.rawValue, Int64(0)) })
            for (outcome, count) in published.view.rounds { rounds[outcome.rawValue] = count }
            var facts = ClusterFacts(
                cluster: published.view.cluster, constantLabels: cluster.settings.ledger.constantLabels,
                isUp: published.view.isUp, snapshotAge: published.age, source: published.source,
                roundDurations: published.view.roundDurations, rounds: rounds,
                lastSuccess: published.view.lastSuccess?.wall, requests: cluster.source.requestStatistics())
            facts.openIncidents = notifications?.openIncidents[published.view.cluster]
            return facts
        }
    }
}
