import ClusterAccess
import Exposition
import HTTPService
import LagModel
import Locking
import Monitor

/// `/metrics`: the snapshots' part rendered once per set of snapshots, the exporter's own part for each
/// scrape.
///
/// The first scraper after a round renders (and compresses) under a lock, the others find it done. Nothing
/// here waits for Kafka.
final class MetricsEndpoint: Sendable {
    /// Which snapshots a rendering shows: one round number for each cluster, none where it is withheld.
    private typealias Key = [Int64?]

    private struct Rendered {
        var key: Key
        var part: RenderedPart
        var compressed: GzipSegment?
    }

    private struct Cache {
        var byFormat: [ScrapeFormat: Rendered] = [:]
    }

    private let cache = Mutex(Cache())
    private let statistics: ServingStatistics
    private let build: ExporterFacts.BuildFacts

    init(build: ExporterFacts.BuildFacts, statistics: ServingStatistics) {
        self.build = build
        self.statistics = statistics
    }

    /// Answers one scrape of `clusters`, whose own facts are in `facts`, in the same order.
    func respond(
        to request: HTTPRequest, clusters: [PublishedCluster], facts: [ClusterFacts],
        sinks: [ExporterFacts.SinkFacts] = []
    ) -> HTTPResponse {
        let started = ContinuousClock.now
        let format = ScrapeFormat.negotiated(accept: request.headers["Accept"])
        let encoding = ContentEncoding.negotiated(acceptEncoding: request.headers["Accept-Encoding"])
        let rendered = rendering(of: clusters, format: format, compressed: encoding == .gzip)
        var exporter = ExporterFacts(
            build: build, clusters: facts, seriesByFamily: rendered.part.seriesByFamily,
            process: ProcessFacts.current())
        exporter.sinks = sinks
        statistics.fill(&exporter)
        let own = ExporterExposition.render(exporter, format: format.expositionFormat)
        var response: HTTPResponse
        switch encoding {
        case .gzip:
            let segments = [rendered.compressed ?? GzipSegment(rendered.part.bytes), GzipSegment(own)]
            response = HTTPResponse(contentType: format.contentType, body: Gzip.member(segments))
            response.headers["Content-Encoding"] = "gzip"
        case .identity:
            response = HTTPResponse(
                contentType: format.contentType, body: HTTPBody([rendered.part.bytes, own]))
        }
        response.headers["Vary"] = "Accept, Accept-Encoding"
        let duration = (ContinuousClock.now - started).seconds
        statistics.recordScrape(encoding: encoding.label, bytes: response.body.count, seconds: duration)
        return response
    }

    private func rendering(
        of clusters: [PublishedCluster], format: ScrapeFormat, compressed: Bool
    ) -> Rendered {
        let fresh = clusters.map(\.freshSnapshot)
        let key = fresh.map { $0?.round }
        return cache.withLock { cache in
            var rendered: Rendered
            if let kept = cache.byFormat[format], kept.key == key {
                rendered = kept
            } else {
                let size = cache.byFormat[format]?.part.bytes.count ?? 0
                cache.byFormat[format] = nil
                let part = KafkaExposition.render(
                    fresh.compactMap { $0 }, format: format.expositionFormat, reservingBytes: size)
                rendered = Rendered(key: key, part: part)
            }
            if compressed, rendered.compressed == nil {
                rendered.compressed = GzipSegment(rendered.part.bytes)
            }
            cache.byFormat[format] = rendered
            return rendered
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
