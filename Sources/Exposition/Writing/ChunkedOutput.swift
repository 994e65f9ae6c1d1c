/// Bytes that leave in chunks of whole lines.
///
/// A chunk has at most `chunkSize` bytes, unless a single line is longer. What has been written is never
/// copied again: a full chunk goes to the sink, and the next one begins.
struct ChunkedOutput: ~Copyable {
    /// Takes a full chunk and the places in it where a ``RenderedChunk`` says that a run ends.
    ///
    /// The memory of the array that the sink leaves there, that one or another, is used for the next chunk.
    /// What is in it does not matter.
    typealias Sink = (inout [UInt8], [Int]) -> Void

    /// Bytes behind a chunk's end that ``Swift/Array/appendSample(_:_:value:)`` and others may write to.
    static let slack = 64

    let chunkSize: Int
    /// Sum of the chunks that have left.
    private(set) var countBefore = 0
    private var chunk: [UInt8] = []
    private var cuts: [Int] = []
    private let sink: Sink

    init(chunkSize: Int, sink: @escaping Sink) {
        self.chunkSize = max(1, chunkSize)
        self.sink = sink
        chunk.reserveCapacity(self.chunkSize + Self.slack)
    }

    /// Appends one line, or part of one that is not to be torn apart.
    mutating func append(_ line: [UInt8]) {
        makeRoom(for: line.count)
        chunk.append(contentsOf: line)
    }

    /// Appends one sample line.
    mutating func appendSample(
        _ line: borrowing LineParts, value: Int64, as spelling: ValueSpelling = .integer
    ) {
        makeRoom(for: line.countMax)
        chunk.appendSample(line, value: value, as: spelling)
    }

    /// The same with a label's value between what stands before it and behind it.
    mutating func appendSample(
        _ line: borrowing LineParts, label: borrowing EscapedNames, at index: Int, value: Int64
    ) {
        makeRoom(for: line.countMax + label.count(at: index))
        chunk.appendSample(line, label: label, at: index, value: value)
    }

    /// Appends a sample line for each position whose value is known; returns how many.
    ///
    /// The label's value is the number at the same position.
    @inline(__always)
    mutating func appendSamples(
        _ line: borrowing LineParts, numbers: [Int32], positions: Range<Int>,
        as spelling: ValueSpelling = .integer, _ value: (Int) -> Int64?
    ) -> Int {
        var position = positions.lowerBound
        var count = 0
        while position < positions.upperBound {
            makeRoom(for: line.countMax)
            // More than `chunkSize` only where a single line is longer.
            let room = max(line.countMax, chunkSize - chunk.count)
            count += chunk.appendSamples(
                line, numbers: numbers, from: &position, to: positions.upperBound, room: room, as: spelling,
                value)
        }
        return count
    }

    /// Marks a place where equal runs of two renderings may begin and end.
    mutating func cut() { cuts.append(chunk.count) }

    /// Hands over what is left; nothing may be appended after that.
    mutating func finish() {
        if !chunk.isEmpty || !cuts.isEmpty { leave() }
    }

    @inline(__always)
    private mutating func makeRoom(for count: Int) {
        if chunk.count + count > chunkSize, !chunk.isEmpty { leave() }
    }

    private mutating func leave() {
        countBefore += chunk.count
        sink(&chunk, cuts)
        cuts.removeAll(keepingCapacity: true)
        chunk.removeAll(keepingCapacity: true)
        chunk.reserveCapacity(chunkSize + Self.slack)
    }
}

/// Chunks kept in the order in which they came.
final class CollectedChunks {
    private(set) var chunks: [[UInt8]] = []

    /// A sink that keeps what it is given.
    func take(_ chunk: inout [UInt8], _ cuts: [Int]) {
        chunks.append(chunk)
        chunk = []
    }

    /// All chunks, one behind the other.
    var bytes: [UInt8] { chunks.count == 1 ? chunks[0] : [UInt8](joining: chunks) }
}

extension [UInt8] {
    /// All bytes of `chunks`, copied chunk by chunk.
    init(joining chunks: [[UInt8]]) {
        self = []
        reserveCapacity(chunks.reduce(0) { $0 + $1.count })
        for chunk in chunks { append(contentsOf: chunk) }
    }
}
