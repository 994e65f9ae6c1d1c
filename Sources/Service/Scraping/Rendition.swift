import ClusterAccess
import Exposition
import HTTPService
import LagModel

/// The snapshots' part of a scrape in one format, plain, compressed or both.
struct Rendition: Sendable {
    /// Which snapshots a rendering shows.
    struct Key: Equatable, Sendable {
        /// One for each cluster: its round and how many groups are left in it, nothing where it is withheld.
        private let rounds: [[Int64]?]

        init(_ snapshots: [ClusterSnapshot?]) {
            rounds = snapshots.map { snapshot in
                snapshot.map { [$0.round, Int64($0.groups.count)] }
            }
        }
    }

    let key: Key
    let seriesByFamily: [FamilySeries]
    let generation: BodyGeneration
    /// Whole lines, one chunk behind the other, and where runs end in each.
    fileprivate(set) var plain: [Chunk]?
    /// Runs one behind the other.
    fileprivate(set) var segments: [GzipSegment]?
    /// For the rendition after this one.
    fileprivate(set) var memory: RunCompressor.Memory

    struct Chunk: Sendable {
        var bytes: [UInt8]
        var runEnds: [Int]
    }

    /// Adds the compressed form, where it is missing, from the plain one.
    mutating func compress() {
        guard segments == nil, let plain else { return }
        let compressor = RunCompressor(known: memory)
        for chunk in plain { compressor.take(chunk.bytes, chunk.runEnds) }
        compressor.finish()
        take(compressor)
    }

    fileprivate mutating func take(_ compressor: RunCompressor) {
        segments = compressor.segments
        memory = compressor.memory
        generation.add(bytes: compressor.segments.reduce(0) { $0 + $1.deflated.count })
    }

    /// The part of a plain body, from the chunks or, where they were not kept, out of the segments.
    var plainRuns: [HTTPBody.Run] {
        if let plain { return plain.map { .bytes($0.bytes) } }
        return (segments ?? []).map(HTTPBody.Run.inflated)
    }
}

/// Makes a rendition: renders, and compresses or keeps what was rendered.
final class RenditionMaker {
    /// Largest plain body that is kept, in bytes.
    ///
    /// The lines of a million series take some 126 MB. A larger body is kept compressed only, and unpacked
    /// run by run for those who want it plain.
    static let plainMax = 160 << 20

    private let plainMax: Int
    private var spare: [[UInt8]]
    private var plain: [Rendition.Chunk]?
    private var plainBytes = 0
    private let known: RunCompressor.Memory
    private var compressor: RunCompressor?

    /// - Parameters:
    ///   - wantsPlain: keep the plain form, if it is not too large.
    ///   - wantsGzip: make the compressed form; it is made as well where nothing else is kept.
    ///   - known: runs of the last rendering.
    ///   - spare: chunks whose memory may be used again.
    private init(
        wantsPlain: Bool, wantsGzip: Bool, plainMax: Int, known: RunCompressor.Memory,
        spare: consuming [[UInt8]]
    ) {
        self.plainMax = plainMax
        self.known = known
        self.spare = spare
        if wantsPlain { plain = [] }
        if wantsGzip || !wantsPlain { compressor = RunCompressor(known: known) }
    }

    /// Renders `snapshots`, those that are not withheld.
    static func make(
        _ key: Rendition.Key, _ snapshots: [ClusterSnapshot], format: ExpositionFormat, wantsPlain: Bool,
        wantsGzip: Bool, plainMax: Int = RenditionMaker.plainMax, chunkSize: Int = KafkaExposition.chunkSize,
        known: RunCompressor.Memory = .init(), spare: consuming [[UInt8]] = []
    ) -> Rendition {
        let maker = RenditionMaker(
            wantsPlain: wantsPlain, wantsGzip: wantsGzip, plainMax: plainMax, known: known, spare: spare)
        let series = KafkaExposition.render(
            snapshots, format: format, chunkSize: chunkSize, into: maker.take)
        return maker.finish(key, series)
    }

    private func take(_ chunk: inout [UInt8], _ runEnds: [Int]) {
        compressor?.take(chunk, runEnds)
        guard plain != nil else { return }
        plainBytes += chunk.count
        plain?.append(Rendition.Chunk(bytes: chunk, runEnds: runEnds))
        chunk = spare.popLast() ?? []
        if plainBytes > plainMax { dropPlain() }
    }

    /// Goes on with the compressed form alone.
    private func dropPlain() {
        let kept = plain ?? []
        plain = nil
        spare = []
        guard compressor == nil else { return }
        let late = RunCompressor(known: known)
        for chunk in kept { late.take(chunk.bytes, chunk.runEnds) }
        compressor = late
    }

    private func finish(_ key: Rendition.Key, _ series: [FamilySeries]) -> Rendition {
        spare = []
        let generation = BodyGeneration()
        var rendition = Rendition(
            key: key, seriesByFamily: series, generation: generation, plain: plain, segments: nil,
            memory: .init())
        if plain != nil { generation.add(bytes: plainBytes) }
        if let compressor {
            compressor.finish()
            rendition.take(compressor)
        }
        return rendition
    }
}
