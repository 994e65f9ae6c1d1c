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

    /// Appends one sample line: `prefix`, `tail`, `value` and a line feed.
    mutating func appendSample(prefix: [UInt8], tail: [UInt8], value: Int64) {
        // SAFETY: as below, with one number less.
        append(addingCapacity: prefix.count + tail.count + Self.decimalBytesMax + 1) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, count in
                guard let base = buffer.baseAddress else { return }
                let start = unsafe base + count
                var cursor = unsafe copy(tail, to: copy(prefix, to: start))
                unsafe cursor = writeDecimal(value, at: cursor)
                unsafe cursor.initialize(to: UInt8(ascii: "\n"))
                count += unsafe cursor + 1 - start
            }
        }
    }

    /// Appends one sample line: `prefix`, `number`, `tail`, `value` and a line feed.
    ///
    /// The hot path of a scrape: one capacity check, two copies and two numbers for each sample.
    mutating func appendSample(prefix: [UInt8], number: Int32, tail: [UInt8], value: Int64) {
        let capacity = prefix.count + tail.count + 2 * Self.decimalBytesMax + 1
        // SAFETY: `capacity` is the sum of all that is written below: both copies, two numbers of at most
        // `decimalBytesMax` bytes and one line feed. The sources are other arrays, so nothing overlaps, and
        // their pointers do not leave the closures; `count` then covers exactly the bytes written.
        append(addingCapacity: capacity) { output in
            unsafe output.withUnsafeMutableBufferPointer { buffer, count in
                guard let base = buffer.baseAddress else { return }
                let start = unsafe base + count
                var cursor = unsafe copy(prefix, to: start)
                unsafe cursor = writeDecimal(Int64(number), at: cursor)
                unsafe cursor = copy(tail, to: cursor)
                unsafe cursor = writeDecimal(value, at: cursor)
                unsafe cursor.initialize(to: UInt8(ascii: "\n"))
                count += unsafe cursor + 1 - start
            }
        }
    }
}

/// Copies `bytes` to `destination`, which must have room for them; returns the address behind them.
@inline(__always)
private func copy(
    _ bytes: [UInt8], to destination: UnsafeMutablePointer<UInt8>
) -> UnsafeMutablePointer<UInt8> {
    // SAFETY: the caller promises room for `bytes.count` bytes at `destination`, which is not inside `bytes`.
    unsafe bytes.withUnsafeBufferPointer { source in
        if let base = source.baseAddress {
            unsafe destination.initialize(from: base, count: source.count)
        }
    }
    return unsafe destination + bytes.count
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
    var count = 1
    var rest = value
    while rest >= 10_000 {
        rest /= 10_000
        count &+= 4
    }
    if rest >= 1_000 { return count &+ 3 }
    if rest >= 100 { return count &+ 2 }
    return rest >= 10 ? count &+ 1 : count
}

/// The numbers from 00 to 99, two digits each.
private let digitPairs: StaticString = """
    0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
    5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
    """
