import ClusterAccess
import Exposition
import HTTPService
import LagModel
import Locking
import Monitor

/// `/metrics`: the snapshots' part rendered once per set of snapshots, the exporter's own part for each
/// scrape.
///
/// What was asked for lately is made ready after each round (``prepare(_:at:)``), so that scrapes find it.
/// Nothing here waits for Kafka.
final class MetricsEndpoint: Sendable {
    private let text = RenditionCache(format: .text)
    private let openMetrics = RenditionCache(format: .openMetrics)
    private let statistics: ServingStatistics
    private let build: ExporterFacts.BuildFacts

    init(build: ExporterFacts.BuildFacts, statistics: ServingStatistics) {
        self.build = build
        self.statistics = statistics
    }

    /// Answers one scrape of `clusters`, whose own facts are in `facts`, in the same order.
    func respond(
        to request: HTTPRequest, clusters: [PublishedCluster], facts: [ClusterFacts],
        sinks: [ExporterFacts.SinkFacts] = [], at now: MonotonicTime
    ) -> HTTPResponse {
        let started = ContinuousClock.now
        let format = ScrapeFormat.negotiated(accept: request.headers["Accept"])
        let encoding = ContentEncoding.negotiated(acceptEncoding: request.headers["Accept-Encoding"])
        let rendition = cache(of: format).rendition(
            of: clusters.map(\.freshSnapshot), for: encoding, at: now)
        var exporter = ExporterFacts(
            build: build, clusters: facts, seriesByFamily: rendition.seriesByFamily,
            process: ProcessFacts.current())
        exporter.sinks = sinks
        statistics.fill(&exporter)
        let own = ExporterExposition.render(exporter, format: format.expositionFormat)
        var response: HTTPResponse
        switch encoding {
        case .gzip:
            let segments = (rendition.segments ?? []) + [GzipSegment(own)]
            response = HTTPResponse(contentType: format.contentType, body: Gzip.member(segments))
            response.headers["Content-Encoding"] = "gzip"
        case .identity:
            response = HTTPResponse(
                contentType: format.contentType, body: HTTPBody(runs: rendition.plainRuns + [.bytes(own)]))
        }
        response.body.hold = rendition.generation
        response.headers["Vary"] = "Accept, Accept-Encoding"
        let duration = (ContinuousClock.now - started).seconds
        statistics.recordScrape(encoding: encoding.label, bytes: response.body.count, seconds: duration)
        return response
    }

    /// Makes ready what scrapes of `clusters` asked for lately; for a thread that may take its time.
    func prepare(_ clusters: [PublishedCluster], at now: MonotonicTime) {
        let snapshots = clusters.map(\.freshSnapshot)
        for cache in [text, openMetrics] { cache.prepare(snapshots, at: now) }
    }

    private func cache(of format: ScrapeFormat) -> RenditionCache {
        switch format {
        case .text: text
        case .openMetrics: openMetrics
        }
    }
}

extension ScrapeFormat {
    /// The writer's name for the format.
    var expositionFormat: ExpositionFormat {
        switch self {
        case .text: .text
        case .openMetrics: .openMetrics
        }
    }
}

extension ContentEncoding {
    /// The `encoding` label.
    var label: String {
        switch self {
        case .identity: "identity"
        case .gzip: "gzip"
        }
    }
}
