import CZlib

/// How hard to compress; scrapes are repetitive, so that little effort already gains most.
package enum GzipLevel: Int32, Sendable, CaseIterable {
    case fast = 1
    case balanced = 6
}

/// A compressed run of bytes that can stand beside others inside one gzip member.
///
/// Raw deflate (RFC 1951) that ends on a byte boundary, without a final block and without references to what
/// stood before it: a large run compressed once can be sent together with a small fresh one.
package struct GzipSegment: Sendable, Equatable {
    /// Whole deflate blocks, none of them final.
    package let deflated: [UInt8]
    /// CRC-32 of the plain bytes.
    package let checksum: UInt32
    /// Number of plain bytes.
    package let length: Int

    package init(_ bytes: [UInt8], level: GzipLevel = .fast) {
        var writer = GzipSegmentWriter(level: level)
        writer.append(bytes)
        self = writer.finish()
    }

    init(deflated: [UInt8], checksum: UInt32, length: Int) {
        self.deflated = deflated
        self.checksum = checksum
        self.length = length
    }
}

/// Compresses a run that comes in pieces, so that its plain form need not exist as a whole.
package struct GzipSegmentWriter: ~Copyable {
    private var deflater: Deflater
    private var checksum: UInt = 0
    private var length = 0

    package init(level: GzipLevel = .fast) { self.deflater = Deflater(level: level) }

    package mutating func append(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        checksum = unsafe bytes.withUnsafeBufferPointer { unsafe crc32_z(checksum, $0.baseAddress, $0.count) }
        length += bytes.count
        deflater.append(bytes)
    }

    package consuming func finish() -> GzipSegment {
        let (checksum, length) = (UInt32(truncatingIfNeeded: checksum), length)
        return GzipSegment(
            deflated: length == 0 ? [] : deflater.finish(), checksum: checksum, length: length)
    }
}

/// The gzip format (RFC 1952).
package enum Gzip {
    /// Magic, method deflate, no flags, no time, no extra flags, unknown system.
    private static let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]
    /// An empty final block of fixed codes: three bits, an end-of-block code and padding.
    private static let finalBlock: [UInt8] = [0x03, 0x00]

    /// One member with all of `bytes`.
    package static func compress(_ bytes: [UInt8], level: GzipLevel = .fast) -> [UInt8] {
        member([GzipSegment(bytes, level: level)]).bytes
    }

    /// One member whose plain form is that of the segments one after the other; copies no segment.
    package static func member(_ segments: [GzipSegment]) -> HTTPBody {
        var checksum: UInt = 0
        var length = 0
        for segment in segments {
            checksum = crc32_combine(checksum, UInt(segment.checksum), segment.length)
            length += segment.length
        }
        var trailer = finalBlock
        for value in [UInt32(truncatingIfNeeded: checksum), UInt32(truncatingIfNeeded: length)] {
            trailer += (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        return HTTPBody([header] + segments.map(\.deflated) + [trailer])
    }
}

/// A raw deflate stream of zlib, which it owns and frees.
@safe private struct Deflater: ~Copyable {
    /// On the heap, because zlib keeps the address of its stream; nil if zlib had no memory.
    private let stream: UnsafeMutablePointer<z_stream>?
    private var output: [UInt8] = []

    private static let chunk = 256 * 1024

    init(level: GzipLevel) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        if unsafe lagwarden_deflate_start(stream, level.rawValue) == Z_OK {
            unsafe self.stream = stream
        } else {
            unsafe stream.deallocate()
            unsafe self.stream = nil
        }
    }

    deinit {
        if let stream = unsafe stream {
            unsafe deflateEnd(stream)
            unsafe stream.deallocate()
        }
    }

    mutating func append(_ bytes: [UInt8]) {
        guard unsafe stream != nil else {
            output += StoredBlocks.encode(bytes)
            return
        }
        unsafe bytes.withUnsafeBytes { all in
            var rest = unsafe all[...]
            while unsafe !rest.isEmpty {
                // zlib counts in 32 bits.
                let part = unsafe UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
                unsafe run(part, flush: Z_NO_FLUSH)
                unsafe rest = rest.dropFirst(part.count)
            }
        }
    }

    /// Ends the last block on a byte boundary.
    consuming func finish() -> [UInt8] {
        let nothing = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        unsafe run(nothing, flush: Z_SYNC_FLUSH)
        // Segments are kept, so what growing has left over is given back.
        return output.count < output.capacity / 4 * 3 ? Array(output[...]) : output
    }

    /// Feeds `input` and takes what comes out, until zlib leaves room in its output.
    private mutating func run(_ input: UnsafeRawBufferPointer, flush: Int32) {
        guard let stream = unsafe stream else { return }
        // zlib reads through this pointer and does not write, in spite of its type.
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.pointee.avail_in = UInt32(input.count)
        var isFull = true
        while isFull {
            let block = unsafe [UInt8](unsafeUninitializedCapacity: Self.chunk) { buffer, count in
                unsafe stream.pointee.next_out = buffer.baseAddress
                unsafe stream.pointee.avail_out = UInt32(buffer.count)
                _ = unsafe deflate(stream, flush)
                count = unsafe buffer.count - Int(stream.pointee.avail_out)
            }
            output += block
            isFull = unsafe stream.pointee.avail_out == 0
        }
        unsafe stream.pointee.next_in = nil
    }
}

/// Deflate without compression (RFC 1951 section 3.2.4): what is sent when zlib has no memory.
enum StoredBlocks {
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(0xffff)
            let size = UInt16(part.count)
            output.append(0)
            for value in [size, ~size] {
                output += [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
            }
            output += part
            rest = rest.dropFirst(part.count)
        }
        return output
    }
}
