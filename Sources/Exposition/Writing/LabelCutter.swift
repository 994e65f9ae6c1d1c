/// Keeps label values within a length, so that a name from the cluster cannot make every line long.
///
/// A value that is too long is shown with its beginning, a tilde and the first 24 hexadecimal digits (96
/// bits) of the SHA-256 of its UTF-8. So two names with the same beginning stay two series, a name is cut in
/// the same way by every version and after every restart, and the end can be compared with `sha256sum`. A
/// name that is itself as long and ends as a cut one does is cut as well, so that nobody can take another's
/// place.
struct LabelCutter {
    /// Bytes of what stands for the rest: a tilde and 24 digits.
    static let tailBytes = 25
    /// Least length that leaves room for a beginning.
    static let bytesMaxLeast = 128

    private struct Key: Hashable {
        var cluster: Int
        /// Bytes, for Swift takes different spellings of one character for equal.
        var value: [UInt8]
    }

    private var bytesMax = Int.max
    private var cluster = 0
    private var cuts: [Key: String] = [:]
    private var counts: [Int: Int] = [:]

    /// Turns to the values of another cluster and its longest one, which is 128 bytes or more.
    mutating func turn(to cluster: Int, bytesMax: Int) {
        self.cluster = cluster
        self.bytesMax = max(Self.bytesMaxLeast, bytesMax)
    }

    /// Distinct values of the cluster in hand that were cut so far.
    var cutCount: Int { counts[cluster] ?? 0 }

    /// The value, or what stands for it; at most the longest, and valid UTF-8.
    mutating func fit(_ value: String) -> String {
        // A beginning may be up to three bytes short of its room, for it ends with a whole character.
        value.utf8.count <= bytesMax - 4 ? value : cut(value)
    }

    private mutating func cut(_ value: String) -> String {
        guard value.utf8.count > bytesMax || Self.looksCut(value) else { return value }
        let key = Key(cluster: cluster, value: Array(value.utf8))
        if let known = cuts[key] { return known }
        let cut = Self.cut(value, bytesMax: bytesMax)
        cuts[key] = cut
        counts[cluster, default: 0] += 1
        return cut
    }

    /// Whether a value ends as cut ones do.
    private static func looksCut(_ value: String) -> Bool {
        let tail = value.utf8.suffix(tailBytes)
        return tail.first == UInt8(ascii: "~")
            && tail.dropFirst().allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
                default: false
                }
            }
    }

    /// The beginning of a value that leaves room for the tail, and the tail.
    static func cut(_ value: String, bytesMax: Int) -> String {
        var room = max(0, bytesMax - tailBytes)
        var beginning = ""
        for scalar in value.unicodeScalars {
            let size = UTF8.width(scalar)
            guard size <= room else { break }
            room -= size
            beginning.unicodeScalars.append(scalar)
        }
        let digits: [UInt8] = Array("0123456789abcdef".utf8)
        var tail: [UInt8] = [UInt8(ascii: "~")]
        for byte in SHA256.digest(of: value.utf8).prefix((tailBytes - 1) / 2) {
            tail.append(digits[Int(byte >> 4)])
            tail.append(digits[Int(byte & 15)])
        }
        return beginning + String(decoding: tail, as: UTF8.self)
    }
}
