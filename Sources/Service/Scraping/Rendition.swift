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
    /// Whole lines, one chunk behind the other.
    fileprivate(set) var plain: [Chunk]?
    /// Runs one behind the other.
    fileprivate(set) var segments: [GzipSegment]?
    /// For the rendition after this one.
    fileprivate(set) var memory: RunCompressor.Memory

    /// Some lines, and the places in them where runs end.
    struct Chunk: Sendable {
        var lines: PackedLines
        var runEnds: [Int]
    }

    /// Adds the compressed form, where it is missing, from the plain one.
    mutating func compress() {
        guard segments == nil, let plain else { return }
        let compressor = RunCompressor(known: memory)
        for chunk in plain { compressor.take(chunk.lines.unpacked(), chunk.runEnds) }
        compressor.finish()
        take(compressor)
    }

    fileprivate mutating func take(_ compressor: RunCompressor) {
        segments = compressor.segments
        memory = compressor.memory
        generation.add(bytes: compressor.segments.reduce(0) { $0 + $1.deflated.count })
    }

    /// The part of a plain body, from the lines or, where they were not kept, out of the segments.
    var plainRuns: [HTTPBody.Run] {
        if let plain { return plain.map { .packed($0.lines) } }
        return (segments ?? []).map(HTTPBody.Run.inflated)
    }
}

/// Makes a rendition: renders, and packs or compresses chunk by chunk what was rendered.
///
/// The plain form of the whole exists nowhere, only one chunk of it at a time.
final class RenditionMaker {
    private var plain: [Rendition.Chunk]?
    private var packer = LinePacker()
    private let compressor: RunCompressor?

    /// - Parameters:
    ///   - wantsPlain: keep the plain form, packed.
    ///   - wantsGzip: make the compressed form; it is made as well where nothing else is kept.
    ///   - known: runs of the last rendering.
    private init(wantsPlain: Bool, wantsGzip: Bool, known: RunCompressor.Memory) {
        plain = wantsPlain ? [] : nil
        compressor = wantsGzip || !wantsPlain ? RunCompressor(known: known) : nil
    }

    /// Renders `snapshots`, those that are not withheld.
    static func make(
        _ key: Rendition.Key, _ snapshots: [ClusterSnapshot], format: ExpositionFormat, wantsPlain: Bool,
        wantsGzip: Bool, chunkSize: Int = KafkaExposition.chunkSize, known: RunCompressor.Memory = .init()
    ) -> Rendition {
        let maker = RenditionMaker(wantsPlain: wantsPlain, wantsGzip: wantsGzip, known: known)
        let series = KafkaExposition.render(
            snapshots, format: format, chunkSize: chunkSize, into: maker.take)
        return maker.finish(key, series)
    }

    /// Leaves the chunk where it is, so that its memory is used for the next one.
    private func take(_ chunk: inout [UInt8], _ runEnds: [Int]) {
        compressor?.take(chunk, runEnds)
        guard plain != nil else { return }
        plain?.append(Rendition.Chunk(lines: packer.pack(chunk), runEnds: runEnds))
    }

    private func finish(_ key: Rendition.Key, _ series: [FamilySeries]) -> Rendition {
        let generation = BodyGeneration()
        var rendition = Rendition(
            key: key, seriesByFamily: series, generation: generation, plain: plain, segments: nil,
            memory: .init())
        generation.add(bytes: (plain ?? []).reduce(0) { $0 + $1.lines.packedCount })
        if let compressor {
            compressor.finish()
            rendition.take(compressor)
        }
        return rendition
    }
}
