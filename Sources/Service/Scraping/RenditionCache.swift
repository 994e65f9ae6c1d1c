import ClusterAccess
import Exposition
import HTTPService
import LagModel
import Locking

/// The newest rendition of one format, made once for all scrapers.
///
/// Who asks for one that is being made waits for it; nobody makes a second one.
final class RenditionCache: Sendable {
    private struct State {
        var demand = ScrapeDemand()
        var newest: Rendition?
        var outdated = OutdatedGenerations()
    }

    private let format: ExpositionFormat
    private let state = Mutex(State())

    init(format: ExpositionFormat) { self.format = format }

    /// Memory of renditions that are kept or still being sent, in bytes.
    var bytes: Int {
        state.withLock { ($0.newest?.generation.bytes ?? 0) + $0.outdated.bytes }
    }

    /// The rendition of `snapshots` for a scrape that wants `encoding`; nothing stands for a snapshot that is
    /// withheld.
    ///
    /// Renders or compresses where that has not been done, on the calling thread.
    func rendition(
        of snapshots: [ClusterSnapshot?], for encoding: ContentEncoding, at now: MonotonicTime
    ) -> Rendition {
        state.withLock { state in
            state.demand.note(encoding, at: now)
            var rendition = refresh(&state, snapshots, at: now)
            if encoding == .gzip, rendition.segments == nil {
                rendition.compress()
                state.newest = rendition
            }
            return rendition
        }
    }

    /// Makes ready what scrapes asked for lately, and drops what they did not; for a thread that may take its
    /// time.
    func prepare(_ snapshots: [ClusterSnapshot?], at now: MonotonicTime) {
        state.withLock { state in
            guard state.demand.wantsAny(at: now) else {
                if let old = state.newest?.generation { state.outdated.add(old) }
                state.newest = nil
                return
            }
            _ = refresh(&state, snapshots, at: now)
        }
    }

    /// The rendition that is kept, or one that takes its place.
    private func refresh(
        _ state: inout State, _ snapshots: [ClusterSnapshot?], at now: MonotonicTime
    ) -> Rendition {
        let key = Rendition.Key(snapshots)
        if let kept = state.newest, kept.key == key { return kept }
        let memory = state.newest?.memory ?? .init()
        if let old = state.newest?.generation { state.outdated.add(old) }
        state.newest = nil
        let rendition = RenditionMaker.make(
            key, snapshots.compactMap { $0 }, format: format,
            wantsPlain: state.demand.wants(.identity, at: now),
            wantsGzip: state.demand.wants(.gzip, at: now), known: memory)
        state.newest = rendition
        return rendition
    }
}
