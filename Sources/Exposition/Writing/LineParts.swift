/// What is the same in many sample lines: all that stands before the last label's value, and between it and
/// the sample's value.
struct LineParts {
    /// Name and labels, the last one still open.
    var prefix: [UInt8] = []
    /// Quote, constant labels, brace and space.
    private(set) var tail: [UInt8] = []
    /// `tail` in the order of its bytes from the lowest on, where it has at most eight.
    private(set) var shortTail: UInt64 = 0

    /// Most bytes of a line with a number as its last label: two numbers of at most 20 digits, a line feed.
    @inline(__always)
    var countMax: Int { prefix.count + tail.count + 2 * 20 + 1 }

    mutating func setTail(_ bytes: [UInt8]) {
        tail = bytes
        shortTail = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// How a sample's value is written.
enum ValueSpelling {
    case integer
    /// As seconds, with at most six decimals.
    case microseconds
}
