/// Open addressing from hashes to numbers of things that are kept elsewhere, where their keys are too.
///
/// Grows and shrinks with what is in it; removal leaves nothing behind, so coming and going costs no memory.
struct KeyTable: Sendable {
    /// Lower half of the hash above, number plus one below; 0 where nothing is.
    private var entries: [UInt64] = Array(repeating: 0, count: countMin)
    private(set) var count = 0

    private static let countMin = 16
    /// To begin hashes with, so that nobody outside the process can foresee them.
    static let seed = UInt64.random(in: .min ... .max)

    private var mask: Int { entries.count - 1 }

    private func home(of entry: UInt64) -> Int { Int(truncatingIfNeeded: entry >> 32) & mask }

    private func makeEntry(_ hash: UInt64, _ number: Int) -> UInt64 {
        hash << 32 | UInt64(UInt32(truncatingIfNeeded: number &+ 1))
    }

    /// The number under this hash for which `isSame` holds.
    @inline(__always)
    func find(_ hash: UInt64, _ isSame: (Int) -> Bool) -> Int? {
        let wanted = hash << 32
        var place = home(of: wanted)
        while entries[place] != 0 {
            let entry = entries[place]
            if entry >> 32 == wanted >> 32 {
                let number = Int(UInt32(truncatingIfNeeded: entry)) - 1
                if isSame(number) { return number }
            }
            place = (place + 1) & mask
        }
        return nil
    }

    /// Adds a number that is not in it; at most 2³² - 2 is kept.
    mutating func insert(_ hash: UInt64, _ number: Int) {
        if (count + 1) * 3 > entries.count * 2 { resize(to: entries.count * 2) }
        place(makeEntry(hash, number))
        count += 1
    }

    private mutating func place(_ entry: UInt64) {
        var place = home(of: entry)
        while entries[place] != 0 { place = (place + 1) & mask }
        entries[place] = entry
    }

    /// Takes a number out; nothing happens where it is not in it.
    mutating func remove(_ hash: UInt64, _ number: Int) {
        let entry = makeEntry(hash, number)
        var hole = home(of: entry)
        while entries[hole] != entry {
            if entries[hole] == 0 { return }
            hole = (hole + 1) & mask
        }
        // Entries behind the hole move up as far as their own place lets them, so no search stops too early.
        var next = (hole + 1) & mask
        while entries[next] != 0 {
            let distance = (next - home(of: entries[next])) & mask
            if distance >= (next - hole) & mask {
                entries[hole] = entries[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        entries[hole] = 0
        count -= 1
        if entries.count > Self.countMin, count * 8 < entries.count { resize(to: entries.count / 2) }
    }

    private mutating func resize(to size: Int) {
        let old = entries
        entries = Array(repeating: 0, count: size)
        for entry in old where entry != 0 { place(entry) }
    }
}

/// Things in numbered places; places that become free are used again.
struct Slots<Element: Sendable>: Sendable {
    private var elements: [Element] = []
    private var free: [Int] = []
    /// Stands where nothing is.
    private let vacant: Element

    init(vacant: Element) { self.vacant = vacant }

    subscript(_ slot: Int) -> Element {
        @inline(__always) get { elements[slot] }
        @inline(__always) _modify { yield &elements[slot] }
    }

    var count: Int { elements.count - free.count }

    /// Numbers of all places, free ones included.
    var indices: Range<Int> { elements.indices }

    mutating func insert(_ element: Element) -> Int {
        guard let slot = free.popLast() else {
            elements.append(element)
            return elements.count - 1
        }
        elements[slot] = element
        return slot
    }

    mutating func remove(_ slot: Int) {
        elements[slot] = vacant
        free.append(slot)
    }
}
