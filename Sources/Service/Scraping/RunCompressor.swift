import HTTPService

/// Compresses a rendering run by run, and takes runs that are what they were from the last rendering.
///
/// Used by one thread at a time.
final class RunCompressor {
    /// What tells a run from others: a hash of its bytes and its length.
    ///
    /// The key of the hash is made anew for each process. That two different runs of two renderings agree in
    /// both has odds of one to 2⁶⁴.
    fileprivate struct Name: Hashable {
        var hash: Int
        var length: Int
    }

    /// Segments of one rendering by their plain bytes.
    struct Memory: Sendable {
        fileprivate var segments: [Name: GzipSegment] = [:]

        init() {}
    }

    private let known: Memory
    private(set) var memory = Memory()
    private(set) var segments: [GzipSegment] = []
    /// Runs whose segment was known.
    private(set) var reused = 0
    private var run: [UInt8] = []

    init(known: Memory) { self.known = known }

    /// Takes the next bytes; `runEnds` are the places in them where a run ends.
    func take(_ chunk: [UInt8], _ runEnds: [Int]) {
        var start = 0
        for end in runEnds {
            run += chunk[start..<end]
            start = end
            endRun()
        }
        run += chunk[start...]
    }

    /// Ends the last run.
    func finish() {
        endRun()
        run = []
    }

    private func endRun() {
        guard !run.isEmpty else { return }
        var hasher = Hasher()
        unsafe run.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        let name = Name(hash: hasher.finalize(), length: run.count)
        let segment: GzipSegment
        if let kept = known.segments[name] {
            segment = kept
            reused += 1
        } else {
            segment = GzipSegment(run)
        }
        memory.segments[name] = segment
        segments.append(segment)
        run.removeAll(keepingCapacity: true)
    }
}
