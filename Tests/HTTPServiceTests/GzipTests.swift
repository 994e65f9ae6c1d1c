import CZlib
import Glibc
import LagwardenTestKit
import Testing

@testable import HTTPService

@Suite("Gzip members made of segments")
struct GzipTests {
    @Test(arguments: GzipLevel.allCases, [0, 1, 9, 1000, 70_000, 5 << 20])
    func `what is compressed comes back`(_ level: GzipLevel, _ size: Int) throws {
        var random = SeededRandom(seed: UInt64(size))
        let plain = exposition(size, &random)
        let packed = Gzip.compress(plain, level: level)
        #expect(try gunzip(packed) == plain)
        if size >= 1000 { #expect(packed.count < plain.count / 2) }
    }

    @Test(arguments: 1...40)
    func `segments split anywhere make one member`(_ seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let size = Int.random(in: 0...200_000, using: &random)
        let plain =
            seed.isMultiple(of: 2)
            ? exposition(size, &random) : (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
        let cuts = (0..<Int.random(in: 0...6, using: &random)).map { _ in
            Int.random(in: 0...size, using: &random)
        }
        let bounds = ([0, 0, size, size] + cuts).sorted()
        let segments = zip(bounds, bounds.dropFirst()).map { from, to in
            GzipSegment(Array(plain[from..<to]), level: seed.isMultiple(of: 3) ? .balanced : .fast)
        }
        let member = Gzip.member(segments)
        #expect(try gunzip(member.bytes) == plain)
        #expect(segments.map(\.length).reduce(0, +) == size)
    }

    @Test func `one cached segment serves several members`() throws {
        var random = SeededRandom(seed: 7)
        let plain = exposition(6 << 20, &random)
        let cached = GzipSegment(plain)
        for tail in ["", "# EOF\n", "lagwarden_age_seconds 3\n"] {
            let member = Gzip.member([cached, GzipSegment(Array(tail.utf8))])
            #expect(try gunzip(member.bytes) == plain + Array(tail.utf8))
            #expect(member.runs.contains { $0.count == cached.deflated.count })
        }
    }

    @Test func `no segments and empty ones make an empty member`() throws {
        #expect(try gunzip(Gzip.member([]).bytes) == [])
        #expect(try gunzip(Gzip.member([GzipSegment([]), GzipSegment([])]).bytes) == [])
        #expect(GzipSegment([]).deflated.isEmpty)
    }

    @Test(arguments: [1, 2, 1000, 300_000])
    func `a run that comes in pieces is compressed as one`(_ piece: Int) throws {
        var random = SeededRandom(seed: 3)
        let plain = exposition(600_000, &random).prefix(piece * 2000)
        var writer = GzipSegmentWriter()
        var rest = plain
        while !rest.isEmpty {
            writer.append(Array(rest.prefix(piece)))
            rest = rest.dropFirst(piece)
        }
        let segment = writer.finish()
        #expect(segment == GzipSegment(Array(plain)))
        #expect(try gunzip(Gzip.member([segment]).bytes) == Array(plain))
    }

    @Test(arguments: [0, 1, 65535, 65536, 200_000])
    func `stored blocks stand in where zlib has no memory`(_ size: Int) throws {
        let plain = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let stored = GzipSegment(
            deflated: StoredBlocks.encode(plain), checksum: GzipSegment(plain).checksum, length: size)
        let tail = GzipSegment([1, 2, 3])
        #expect(try gunzip(Gzip.member([stored, tail, stored]).bytes) == plain + [1, 2, 3] + plain)
    }

    @Test(arguments: [
        "gzip -dc",
        "python3 -c 'import gzip,sys;sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))'",
    ])
    func `other programs read it`(_ program: String) throws {
        let name = String(program.prefix { $0 != " " })
        guard system("command -v \(name) >/dev/null 2>&1") == 0 else {
            print("SKIPPED: \(name) is not installed")
            return
        }
        var random = SeededRandom(seed: 11)
        let plain = exposition(300_000, &random)
        let member = Gzip.member([
            GzipSegment(Array(plain[..<250_000])), GzipSegment([]), GzipSegment(Array(plain[250_000...])),
        ])
        #expect(try piped(member.bytes, through: program) == plain)
    }

    @Test func `a wrong checksum would be noticed`() throws {
        let segment = GzipSegment(Array("hello".utf8))
        let wrong = GzipSegment(
            deflated: segment.deflated, checksum: segment.checksum ^ 1, length: segment.length)
        #expect(throws: GunzipError.self) { try gunzip(Gzip.member([wrong]).bytes) }
    }

    /// Text that looks like a scrape.
    private func exposition(_ size: Int, _ random: inout SeededRandom) -> [UInt8] {
        var text: [UInt8] = []
        while text.count < size {
            let (partition, lag) = (
                Int.random(in: 0..<64, using: &random), UInt32.random(in: 0...99999, using: &random)
            )
            let line =
                "kafka_group_lag{group=\"payments\",topic=\"orders\",partition=\"\(partition)\"} \(lag)\n"
            text += line.utf8
        }
        return Array(text.prefix(size))
    }
}

struct GunzipError: Error {
    let code: Int32
}

/// Decodes exactly one gzip member that fills the input; zlib checks its checksum and length.
func gunzip(_ packed: [UInt8]) throws -> [UInt8] {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    defer { stream.deallocate() }
    guard lagwarden_inflate_start(stream, 16 + 15) == Z_OK else { throw GunzipError(code: Z_MEM_ERROR) }
    defer { inflateEnd(stream) }
    var input = packed
    var output: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 256 * 1024)
    let size = input.count
    try input.withUnsafeMutableBufferPointer { source in
        stream.pointee.next_in = source.baseAddress
        stream.pointee.avail_in = UInt32(size)
        var code = Z_OK
        while code == Z_OK {
            let count = block.withUnsafeMutableBufferPointer { target in
                stream.pointee.next_out = target.baseAddress
                stream.pointee.avail_out = UInt32(target.count)
                code = inflate(stream, Z_NO_FLUSH)
                return target.count - Int(stream.pointee.avail_out)
            }
            output += block.prefix(count)
        }
        guard code == Z_STREAM_END, stream.pointee.avail_in == 0 else { throw GunzipError(code: code) }
    }
    return output
}

/// What a program makes of `bytes` on its standard input.
private func piped(_ bytes: [UInt8], through program: String) throws -> [UInt8] {
    var path = Array("/tmp/lagwarden-gzip-XXXXXX".utf8CString)
    let descriptor = mkstemp(&path)
    try #require(descriptor >= 0)
    defer { unlink(path) }
    let written = write(descriptor, bytes, bytes.count)
    close(descriptor)
    try #require(written == bytes.count)
    let name = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let pipe = try #require(popen("\(program) < \(name)", "r"))
    defer { pclose(pipe) }
    var output: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&block, 1, block.count, pipe), count > 0 { output += block.prefix(count) }
    return output
}
