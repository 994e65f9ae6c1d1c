import CZlib

extension GzipSegment {
    /// The plain bytes; `nil` where the segment is damaged or zlib has no memory.
    package func inflated() -> [UInt8]? {
        guard length > 0 else { return [] }
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        defer { unsafe stream.deallocate() }
        guard unsafe lagwarden_inflate_start(stream, -MAX_WBITS) == Z_OK else { return nil }
        defer { unsafe inflateEnd(stream) }
        // zlib counts in 32 bits; a run is far smaller.
        guard let size = UInt32(exactly: length), let deflatedSize = UInt32(exactly: deflated.count) else {
            return nil
        }
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            unsafe deflated.withUnsafeBufferPointer { deflated in
                // zlib reads through this pointer and does not write, in spite of its type. Both buffers
                // outlive the call, and their sizes are given with them.
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: deflated.baseAddress)
                unsafe stream.pointee.avail_in = deflatedSize
                unsafe stream.pointee.next_out = buffer.baseAddress
                unsafe stream.pointee.avail_out = size
                _ = unsafe inflate(stream, Z_SYNC_FLUSH)
                count = unsafe length - Int(stream.pointee.avail_out)
            }
        }
        return bytes.count == length ? bytes : nil
    }
}
