import Glibc

/// Lines of text, each told by how much it has in common with the one before it, and the rest.
///
/// Neighbours in a scrape differ in some digits, so a tenth of the bytes is kept, and the plain form comes
/// back nearly as fast as bytes are copied.
package struct PackedLines: Sendable, Equatable {
    /// For each line the number of bytes that it shares with the line before, that of the others, and those.
    private let packed: [UInt8]
    /// Number of plain bytes.
    package let count: Int

    fileprivate init(packed: [UInt8], count: Int) {
        self.packed = packed
        self.count = count
    }

    /// Bytes that it takes: three times those of the plain form at the very most, where all lines are empty.
    package var packedCount: Int { packed.count }

    /// The plain bytes.
    package func unpacked() -> [UInt8] {
        // With no room the standard library writes to the storage that all empty arrays share.
        if count == 0 { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { text, filled in
            unsafe packed.withUnsafeBytes { packed in
                filled = unsafe Self.unpack(packed, into: UnsafeMutableRawBufferPointer(text))
            }
        }
    }

    /// Returns how many bytes were written; all, unless the packer is wrong.
    private static func unpack(
        _ packed: UnsafeRawBufferPointer, into text: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard let source = packed.baseAddress, let target = text.baseAddress else { return 0 }
        var (place, before, start) = (0, 0, 0)
        while place < packed.count {
            guard let shared = unsafe LineCode.read(packed, &place),
                let rest = unsafe LineCode.read(packed, &place), shared <= start - before,
                rest <= packed.count - place, shared + rest <= text.count - start
            else { break }
            // Both copies lie within their buffers by the guard, and the line before ends where this begins.
            unsafe memcpy(target + start, target + before, shared)
            unsafe memcpy(target + start + shared, source + place, rest)
            before = start
            start += shared + rest
            place += rest
        }
        return start
    }
}

/// Packs texts one after the other, with the same memory for all.
package struct LinePacker {
    private var room: [UInt8] = []

    package init() {}

    /// Packs whole lines; a last one without an end is kept as it is.
    package mutating func pack(_ text: [UInt8]) -> PackedLines {
        // An empty line takes three bytes; every other one at most so much for each of its own.
        let most = 3 * text.count
        if room.count < most { room = Array(repeating: 0, count: most) }
        let count = unsafe text.withUnsafeBytes { text in
            unsafe room.withUnsafeMutableBytes { unsafe Self.pack(text, into: $0) }
        }
        return PackedLines(packed: Array(room[..<count]), count: text.count)
    }

    private static func pack(
        _ text: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard let source = text.baseAddress, let target = room.baseAddress else { return 0 }
        var (place, before, start) = (0, 0, 0)
        // Without its line feed, so that what is shared never holds one.
        var lengthBefore = 0
        while start < text.count {
            let most = min(lengthBefore, text.count - start)
            let shared = unsafe common(source + before, source + start, most)
            let rest = start + shared
            let feed = unsafe memchr(source + rest, 10, text.count - rest)
            let end = unsafe feed.map { unsafe UnsafeRawPointer($0) - source + 1 } ?? text.count
            unsafe LineCode.write(shared, room, &place)
            unsafe LineCode.write(end - rest, room, &place)
            unsafe memcpy(target + place, source + rest, end - rest)
            place += end - rest
            (before, lengthBefore) = (start, end - start - 1)
            start = end
        }
        return place
    }

    /// How many of the first `most` bytes at two places are the same; both have so many.
    @inline(__always)
    private static func common(_ one: UnsafeRawPointer, _ other: UnsafeRawPointer, _ most: Int) -> Int {
        var count = 0
        while count + 8 <= most {
            let difference = unsafe UInt64(
                littleEndian: one.loadUnaligned(fromByteOffset: count, as: UInt64.self)
                    ^ other.loadUnaligned(fromByteOffset: count, as: UInt64.self))
            if difference != 0 { return count + difference.trailingZeroBitCount / 8 }
            count += 8
        }
        while count < most,
            unsafe one.load(fromByteOffset: count, as: UInt8.self)
                == other.load(fromByteOffset: count, as: UInt8.self)
        {
            count += 1
        }
        return count
    }
}

/// Numbers of bytes: one byte below 255, nine from there on.
private enum LineCode {
    @inline(__always)
    static func write(_ number: Int, _ room: UnsafeMutableRawBufferPointer, _ place: inout Int) {
        guard number >= 255 else {
            unsafe room[place] = UInt8(truncatingIfNeeded: number)
            place += 1
            return
        }
        unsafe room[place] = 255
        unsafe room.storeBytes(of: number, toByteOffset: place + 1, as: Int.self)
        place += 9
    }

    /// `nil` where the bytes end too early, or the number is none of bytes.
    @inline(__always)
    static func read(_ packed: UnsafeRawBufferPointer, _ place: inout Int) -> Int? {
        guard place < packed.count else { return nil }
        let first = unsafe packed[place]
        guard first == 255 else {
            place += 1
            return Int(first)
        }
        guard packed.count - place >= 9 else { return nil }
        let number = unsafe packed.loadUnaligned(fromByteOffset: place + 1, as: Int.self)
        place += 9
        return (0...Int(UInt32.max) << 16).contains(number) ? number : nil
    }
}
