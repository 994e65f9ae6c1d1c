/// Appending to byte arrays without a String, a zero fill or a check for each byte.
///
/// All `unsafe` code of the target stands in this file.
extension [UInt8] {
    /// Longest spelling of an `Int64`: a sign and 19 digits.
    private static let decimalBytesMax = 20

    /// Appends `value` in decimal digits.
    mutating func appendDecimal(_ value: Int64) {
        // SAFETY: the cursor stays inside the capacity just added, for `decimalBytesMax` bounds what
        // `writeDecimal` writes; `count` then covers exactly the bytes written.
        append(addingCapacity: Self.decimalBytesMax) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, count in
                guard let base = buffer.baseAddress else { return }
                let start = unsafe base + count
                count += unsafe writeDecimal(value, at: start) - start
            }
        }
    }

    /// Appends one sample line.
    mutating func appendSample(_ line: borrowing LineParts, value: Int64, as spelling: ValueSpelling) {
        // SAFETY: `countMax` bounds what is written: both copies, a number and a line feed, and `slack` what
        // the copy of a short tail writes beyond it. The sources are other arrays, so nothing overlaps, and
        // their pointers do not leave the closures; `count` then covers exactly the bytes written.
        append(addingCapacity: line.countMax + ChunkedOutput.slack) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, count in
                guard let base = buffer.baseAddress else { return }
                let start = unsafe base + count
                var cursor = unsafe copy(line.prefix, to: start)
                unsafe cursor = copyTail(line, to: cursor)
                unsafe cursor = write(value, spelling, at: cursor)
                unsafe cursor.initialize(to: UInt8(ascii: "\n"))
                count += unsafe cursor + 1 - start
            }
        }
    }

    /// Appends one sample line whose last label has the value at `index` of `label`.
    mutating func appendSample(
        _ line: borrowing LineParts, label: borrowing EscapedNames, at index: Int, value: Int64
    ) {
        let range = label.range(at: index)
        // SAFETY: as above, with `range.count` bytes more; `range` lies in `label.bytes`.
        append(addingCapacity: line.countMax + range.count + ChunkedOutput.slack) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, count in
                guard let base = buffer.baseAddress else { return }
                let start = unsafe base + count
                var cursor = unsafe copy(line.prefix, to: start)
                unsafe cursor = copy(label.bytes, range, to: cursor)
                unsafe cursor = copyTail(line, to: cursor)
                unsafe cursor = writeDecimal(value, at: cursor)
                unsafe cursor.initialize(to: UInt8(ascii: "\n"))
                count += unsafe cursor + 1 - start
            }
        }
    }

    /// Appends sample lines from `position` on until `room` bytes are used or `end` is reached.
    ///
    /// The last label's value is `numbers[position]`; a position whose value is unknown is left out. Returns
    /// the number of lines; `room` is at least `countMax` of the line. The hot path of a scrape: no check but
    /// that of the room, one copy and two numbers for each sample.
    @inline(__always)
    mutating func appendSamples(
        _ line: borrowing LineParts, numbers: [Int32], from position: inout Int, to end: Int, room: Int,
        as spelling: ValueSpelling, _ value: (Int) -> Int64?
    ) -> Int {
        var lines = 0
        let last = Swift.min(end, numbers.count)
        let prefix = line.prefix
        // SAFETY: a line is begun only where `countMax` bytes of `room` are left, and `slack` takes what the
        // short copies write beyond a line's end. Otherwise as above; `position` is below `numbers.count`.
        append(addingCapacity: room + ChunkedOutput.slack) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, count in
                guard let base = buffer.baseAddress else { return }
                let start = unsafe base + count
                let lastStart = unsafe start + (room - line.countMax)
                var cursor = unsafe start
                unsafe numbers.withUnsafeBufferPointer { numbers in
                    unsafe prefix.withUnsafeBufferPointer { prefix in
                        unsafe SmallNumbers.withTexts { texts in
                            while position < last, unsafe cursor <= lastStart {
                                defer { position &+= 1 }
                                guard let value = value(position) else { continue }
                                unsafe cursor = copy(prefix, to: cursor)
                                unsafe cursor = writeSmall(numbers[position], texts, at: cursor)
                                unsafe cursor = copyTail(line, to: cursor)
                                unsafe cursor = write(value, spelling, at: cursor)
                                unsafe cursor.initialize(to: UInt8(ascii: "\n"))
                                unsafe cursor += 1
                                lines &+= 1
                            }
                        }
                    }
                }
                count += unsafe cursor - start
            }
        }
        if position >= last { position = end }
        return lines
    }

    /// Appends the bytes of one name.
    mutating func append(_ label: borrowing EscapedNames, at index: Int) {
        let range = label.range(at: index)
        guard !range.isEmpty else { return }
        // SAFETY: `range.count` bytes are copied, for which there is room, from another array.
        append(addingCapacity: range.count) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, count in
                guard let base = buffer.baseAddress else { return }
                _ = unsafe copy(label.bytes, range, to: base + count)
                count += range.count
            }
        }
    }

    /// Appends `text` if none of its bytes needs an escape, which is so for nearly every name; else nothing.
    ///
    /// Returns whether it did.
    mutating func appendIfPlain(_ text: String) -> Bool {
        let source = text.utf8Span.span
        let size = source.count
        guard size > 0 else { return true }
        var isPlain = true
        // SAFETY: eight bytes are read where eight are left, and `size` bytes written where there is room.
        append(addingCapacity: size) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, count in
                unsafe source.withUnsafeBytes { source in
                    guard let base = buffer.baseAddress, let from = source.baseAddress else { return }
                    var position = 0
                    while position &+ 8 <= size {
                        let word = unsafe from.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                        if hasEscape(word) { isPlain = false }
                        position &+= 8
                    }
                    while position < size {
                        if isEscaped(unsafe source[position]) { isPlain = false }
                        position &+= 1
                    }
                    guard isPlain else { return }
                    unsafe UnsafeMutableRawPointer(base + count).copyMemory(from: from, byteCount: size)
                    count += size
                }
            }
        }
        return isPlain
    }
}

/// Whether a label's value cannot hold `byte` as it is.
@inline(__always)
private func isEscaped(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"")
}

/// The same for eight bytes at once; may say so for a word without one, never the other way round.
@inline(__always)
private func hasEscape(_ word: UInt64) -> Bool {
    has(UInt8(ascii: "\n"), word) || has(UInt8(ascii: "\\"), word) || has(UInt8(ascii: "\""), word)
}

/// Whether one of the eight bytes of `word` is `byte`; errs on the side of yes.
@inline(__always)
private func has(_ byte: UInt8, _ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let difference = word ^ (ones &* UInt64(byte))
    return (difference &- ones) & ~difference & (ones << 7) != 0
}

/// Copies `bytes` to `destination`, which must have room for them; returns the address behind them.
@inline(__always)
private func copy(
    _ bytes: [UInt8], to destination: UnsafeMutablePointer<UInt8>
) -> UnsafeMutablePointer<UInt8> {
    // SAFETY: the caller promises room for `bytes.count` bytes at `destination`, which is not inside `bytes`.
    unsafe bytes.withUnsafeBufferPointer { source in unsafe copy(source, to: destination) }
}

/// The same for a part of `bytes`; `range` must lie in them.
@inline(__always)
private func copy(
    _ bytes: [UInt8], _ range: Range<Int>, to destination: UnsafeMutablePointer<UInt8>
) -> UnsafeMutablePointer<UInt8> {
    // SAFETY: as above; the subscript of the buffer is checked in debug builds.
    unsafe bytes.withUnsafeBufferPointer { source in
        unsafe copy(UnsafeBufferPointer(rebasing: source[range]), to: destination)
    }
}

/// The same for a buffer.
@inline(__always)
private func copy(
    _ source: UnsafeBufferPointer<UInt8>, to destination: UnsafeMutablePointer<UInt8>
) -> UnsafeMutablePointer<UInt8> {
    // SAFETY: the caller promises room and that nothing overlaps.
    if let base = source.baseAddress { unsafe destination.initialize(from: base, count: source.count) }
    return unsafe destination + source.count
}

/// Copies what stands before a sample's value; a short one in one store of eight bytes, which the caller's
/// slack takes.
@inline(__always)
private func copyTail(
    _ line: borrowing LineParts, to destination: UnsafeMutablePointer<UInt8>
) -> UnsafeMutablePointer<UInt8> {
    guard line.tail.count <= 8 else { return unsafe copy(line.tail, to: destination) }
    // SAFETY: eight bytes at `destination` are the caller's, its slack included.
    unsafe UnsafeMutableRawPointer(destination).storeBytes(of: line.shortTail, as: UInt64.self)
    return unsafe destination + line.tail.count
}

/// Writes a number that is mostly small, in one store of eight bytes where `texts` has it.
@inline(__always)
private func writeSmall(
    _ number: Int32, _ texts: UnsafeBufferPointer<UInt64>, at start: UnsafeMutablePointer<UInt8>
) -> UnsafeMutablePointer<UInt8> {
    let index = Int(number)
    guard index >= 0, index < texts.count else { return unsafe writeDecimal(Int64(number), at: start) }
    // SAFETY: `index` was checked; eight bytes at `start` are the caller's, its slack included.
    let text = unsafe texts[index]
    unsafe UnsafeMutableRawPointer(start).storeBytes(of: text, as: UInt64.self)
    return unsafe start + Int(truncatingIfNeeded: text >> 56)
}

/// Texts of the numbers that partitions mostly have: digits from the lowest byte on, their number in the
/// highest.
private enum SmallNumbers {
    private static let texts: [UInt64] = (0..<10_000).map { number in
        let digits = Array("\(number)".utf8)
        return digits.reversed().reduce(0) { $0 << 8 | UInt64($1) } | UInt64(digits.count) << 56
    }

    /// Calls `body` with the texts, little-endian; their addresses end with the call.
    @inline(__always)
    static func withTexts<Result>(_ body: (UnsafeBufferPointer<UInt64>) -> Result) -> Result {
        unsafe texts.withUnsafeBufferPointer { unsafe body($0) }
    }
}

/// Writes a sample's value; as for ``writeDecimal``, with room for 28 bytes.
@inline(__always)
private func write(
    _ value: Int64, _ spelling: ValueSpelling, at start: UnsafeMutablePointer<UInt8>
) -> UnsafeMutablePointer<UInt8> {
    switch spelling {
    case .integer: unsafe writeDecimal(value, at: start)
    case .microseconds: unsafe writeSeconds(microseconds: value, at: start)
    }
}

/// Writes a time as seconds with as many decimals as it has, six at most; a negative one as zero.
@inline(__always)
private func writeSeconds(
    microseconds: Int64, at start: UnsafeMutablePointer<UInt8>
) -> UnsafeMutablePointer<UInt8> {
    let (whole, rest) = max(0, microseconds).quotientAndRemainder(dividingBy: 1_000_000)
    // SAFETY: at most 13 digits, a point and six digits; `digitPairs` as below. The loop ends at a digit
    // other than zero, since `rest` is not zero.
    var cursor = unsafe writeDecimal(whole, at: start)
    guard rest > 0 else { return unsafe cursor }
    unsafe cursor.initialize(to: UInt8(ascii: "."))
    unsafe cursor += 1
    let pairs = unsafe digitPairs.utf8Start
    unsafe cursor.initialize(from: pairs + Int(rest / 10_000) &* 2, count: 2)
    unsafe (cursor + 2).initialize(from: pairs + Int(rest / 100 % 100) &* 2, count: 2)
    unsafe (cursor + 4).initialize(from: pairs + Int(rest % 100) &* 2, count: 2)
    unsafe cursor += 6
    while unsafe cursor[-1] == UInt8(ascii: "0") { unsafe cursor -= 1 }
    return unsafe cursor
}

/// Writes `value` in decimal to `start`, which must have room for 20 bytes; returns the address behind it.
@inline(__always)
private func writeDecimal(
    _ value: Int64, at start: UnsafeMutablePointer<UInt8>
) -> UnsafeMutablePointer<UInt8> {
    // SAFETY: at most one sign and 19 digits are written from `start` on, for which the caller promises
    // room; `digitPairs` has 200 bytes and its index is twice a remainder by 100.
    var cursor = unsafe start
    if value < 0 {
        unsafe cursor.initialize(to: UInt8(ascii: "-"))
        unsafe cursor += 1
    }
    var rest = value.magnitude
    let end = unsafe cursor + digitCount(rest)
    unsafe cursor = end
    let pairs = unsafe digitPairs.utf8Start
    while rest >= 100 {
        let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 100)
        unsafe cursor -= 2
        unsafe cursor.initialize(from: pairs + Int(remainder) &* 2, count: 2)
        rest = quotient
    }
    if rest >= 10 {
        unsafe cursor -= 2
        unsafe cursor.initialize(from: pairs + Int(rest) &* 2, count: 2)
    } else {
        unsafe cursor -= 1
        unsafe cursor.initialize(to: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest))
    }
    return unsafe end
}

/// Decimal digits of `value`; 1 for zero.
@inline(__always)
private func digitCount(_ value: UInt64) -> Int {
    guard value >= 100_000_000 else { return digitCount(UInt32(truncatingIfNeeded: value)) }
    let rest = value / 100_000_000
    guard rest >= 100_000_000 else { return 8 &+ digitCount(UInt32(truncatingIfNeeded: rest)) }
    return 16 &+ digitCount(UInt32(truncatingIfNeeded: rest / 100_000_000))
}

/// The same for a number below 100,000,000.
@inline(__always)
private func digitCount(_ value: UInt32) -> Int {
    if value < 10_000 {
        if value < 100 { return value < 10 ? 1 : 2 }
        return value < 1_000 ? 3 : 4
    }
    if value < 1_000_000 { return value < 100_000 ? 5 : 6 }
    return value < 10_000_000 ? 7 : 8
}

/// The numbers from 00 to 99, two digits each.
private let digitPairs: StaticString = """
    0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
    5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
    """
