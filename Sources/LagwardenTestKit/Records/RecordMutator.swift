/// Damages records in the ways that hurt decoders, the same for the same seed and number.
package struct RecordMutator: Sendable {
    private var corpus: [(key: [UInt8], value: [UInt8])] = []
    private let seed: UInt64

    /// `corpus` is not empty.
    ///
    /// Its tombstones are given the value of another record of their type: what is null anyway decodes
    /// nothing.
    package init(corpus: [EncodedRecord], seed: UInt64) {
        precondition(!corpus.isEmpty)
        self.seed = seed
        for record in corpus {
            let alike = corpus.first { $0.value != nil && $0.key.prefix(2) == record.key.prefix(2) }
            self.corpus.append((record.key, record.value ?? alike?.value ?? []))
        }
    }

    /// A damaged record; a key of `nil` is null.
    package struct Mutant: Sendable {
        package var key: [UInt8]?
        package var value: [UInt8]?
    }

    /// Record `number` of this seed; numbers need not be asked for in order.
    package func mutant(_ number: Int) -> Mutant {
        var dice = Dice(seed: seed &* 0x2545_f491_4f6c_dd1d &+ UInt64(truncatingIfNeeded: number))
        let sample = corpus[dice.below(corpus.count)]
        let other = corpus[dice.below(corpus.count)]
        var key = sample.key
        var value = sample.value
        switch dice.below(64) {
        case 0: return Mutant(key: nil, value: value)
        case 1: return Mutant(key: dice.bytes(below: 24), value: dice.bytes(below: 64))
        case 2: return Mutant(key: key, value: nil)
        case 3...4:
            // The value of one record below the key of another.
            value = other.value
        case 5...10: Self.splice(&value, with: other.value, &dice)
        case 11...12: Self.splice(&key, with: other.key, &dice)
        case 13...15: Self.nest(&value, &dice)
        default: break
        }
        for _ in 0...dice.below(3) {
            if dice.below(6) == 0 {
                Self.damage(&key, numbers: 26, &dice)
            } else {
                Self.damage(&value, numbers: 6, &dice)
            }
        }
        return Mutant(key: key, value: value)
    }

    /// One small damage, anywhere; `numbers` is how many types or versions there may be.
    private static func damage(_ bytes: inout [UInt8], numbers: Int, _ dice: inout Dice) {
        guard !bytes.isEmpty else {
            bytes = dice.bytes(below: 16)
            return
        }
        let place = dice.below(bytes.count)
        switch dice.below(10) {
        case 0, 1: bytes[place] ^= 1 << UInt8(dice.below(8))
        case 2: bytes[place] = UInt8(dice.below(256))
        case 3: bytes.removeSubrange(place...)
        case 4: bytes.remove(at: place)
        case 5: bytes.insert(contentsOf: dice.bytes(below: 12), at: place)
        case 6:
            // Mostly another type or version.
            let start = dice.below(3) == 0 ? min(1, bytes.count - 1) : place
            bytes[start] = UInt8(dice.below(numbers))
        case 7: overwrite(&bytes, at: place, with: lengths[dice.below(lengths.count)])
        case 8: overwrite(&bytes, at: place, with: varints[dice.below(varints.count)])
        default:
            // A length that is off by one.
            bytes[place] = dice.below(2) == 0 ? bytes[place] &+ 1 : bytes[place] &- 1
        }
    }

    /// Lengths and counts of 16 and of 32 bits that no honest writer has.
    private static let lengths: [[UInt8]] = [
        [0xff, 0xff], [0x7f, 0xff], [0x80, 0x00], [0xff, 0xfe], [0x00, 0x00],
        [0xff, 0xff, 0xff, 0xff], [0x7f, 0xff, 0xff, 0xff], [0x80, 0x00, 0x00, 0x00],
        [0xff, 0xff, 0xff, 0xfe], [0x3f, 0xff, 0xff, 0xff], [0x00, 0x01, 0x00, 0x00],
    ]

    /// Lengths and counts as varints: greatest, too great, without end, longer than needed.
    private static let varints: [[UInt8]] = [
        [0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0x1f], [0x80, 0x80, 0x80, 0x80, 0x08],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0x80, 0x80, 0x80, 0x80, 0x00], [0x81, 0x00], [0xff, 0x7f],
        [0x80, 0x01], [0x00],
    ]

    private static func overwrite(_ bytes: inout [UInt8], at place: Int, with part: [UInt8]) {
        for (index, byte) in part.enumerated() {
            if place + index < bytes.count { bytes[place + index] = byte } else { bytes.append(byte) }
        }
    }

    /// The start of the bytes and the end of others.
    private static func splice(_ bytes: inout [UInt8], with other: [UInt8], _ dice: inout Dice) {
        let start = dice.below(bytes.count + 1)
        let end = dice.below(other.count + 1)
        bytes.replaceSubrange(start..., with: other[end...])
    }

    /// Counts within counts within counts, each of them as believable as its place allows.
    private static func nest(_ bytes: inout [UInt8], _ dice: inout Dice) {
        let patterns: [[UInt8]] = [[0x02], [0x03], [0x01], [0x00], [0x7f], [0, 0, 0, 1], [0, 1]]
        let pattern = patterns[dice.below(patterns.count)]
        let start = min(bytes.count, 2 + dice.below(24))
        let length = 1 << dice.below(9)
        bytes.removeSubrange(start...)
        for index in 0..<length { bytes.append(pattern[index % pattern.count]) }
    }
}

/// Random choices, cheap enough for millions of records.
private struct Dice {
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// Between 0 and `limit` - 1; `limit` is at least 1.
    mutating func below(_ limit: Int) -> Int { Int(random.next() >> 33) % max(1, limit) }

    mutating func bytes(below limit: Int) -> [UInt8] {
        let count = below(limit)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }
}
