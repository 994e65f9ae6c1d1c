/// Sizes parallel to some commits; takes no room while all are the same, as they nearly always are.
struct SizeColumn: Sendable {
    /// Of every commit while `sizes` is empty.
    private var common: Int32 = 0
    private var sizes: [Int32] = []
    private var count = 0

    subscript(position: Int) -> Int32 {
        @inline(__always) get { sizes.isEmpty ? common : sizes[position] }
    }

    @inline(__always)
    mutating func set(_ size: Int32, at position: Int) {
        if size == common, sizes.isEmpty { return }
        setDifferent(size, at: position)
    }

    private mutating func setDifferent(_ size: Int32, at position: Int) {
        if sizes.isEmpty, count == 1 {
            common = size
        } else {
            spread()
            sizes[position] = size
        }
    }

    /// Makes room for a commit at `position`, which lies in the column or at its end.
    mutating func insert(_ size: Int32, at position: Int) {
        if count == 0 { self = SizeColumn(common: size) }
        if size != common { spread() }
        if !sizes.isEmpty { sizes.insert(size, at: position) }
        count += 1
    }

    /// Takes a commit out.
    mutating func remove(at position: Int) {
        if !sizes.isEmpty { sizes.remove(at: position) }
        count -= 1
    }

    /// One size for each commit from now on.
    private mutating func spread() {
        if sizes.isEmpty { sizes = Array(repeating: common, count: count) }
    }

    init(common: Int32 = 0) { self.common = common }
}
