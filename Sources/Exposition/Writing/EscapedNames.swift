/// Names escaped as label values once, to be copied as often as they are written.
struct EscapedNames {
    /// All of them, one behind the other.
    private(set) var bytes: [UInt8] = []
    /// A number for each that depends on its bytes alone.
    private(set) var hashes: [UInt32] = []
    private var ends: [Int] = []
    /// Places of those that were too long to be kept.
    private var missing: Set<Int> = []

    var count: Int { ends.count }

    /// Adds a name; one with more than `bytesMax` bytes keeps its place, but is not kept.
    mutating func append(_ name: String, bytesMax: Int = .max) {
        let start = bytes.count
        bytes.appendLabelValue(name)
        // FNV-1a; its low bits are good enough to tell where runs end.
        var hash: UInt32 = 2_166_136_261
        for position in start..<bytes.count { hash = (hash ^ UInt32(bytes[position])) &* 16_777_619 }
        hashes.append(hash)
        if name.utf8.count > bytesMax {
            bytes.removeLast(bytes.count - start)
            missing.insert(ends.count)
        }
        ends.append(bytes.count)
    }

    /// Whether there is a name at `index` that is kept.
    @inline(__always)
    func holds(_ index: Int) -> Bool {
        index >= 0 && index < ends.count && (missing.isEmpty || !missing.contains(index))
    }

    /// Where the name at `index`, which must be below ``count``, stands in ``bytes``.
    @inline(__always)
    func range(at index: Int) -> Range<Int> {
        let end = ends[index]
        return (index > 0 ? ends[index - 1] : 0)..<end
    }

    /// Bytes of the name at `index`.
    @inline(__always)
    func count(at index: Int) -> Int { range(at: index).count }
}
