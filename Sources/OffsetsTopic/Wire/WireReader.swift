/// Why bytes are not what their schema says.
enum WireError: Error, Hashable {
    /// A field reaches beyond the end of the bytes.
    case truncated
    /// A length, count or marker that no writer of this schema produces.
    case invalidLength
}

/// Reads Kafka's big-endian wire types from bytes that nobody vouches for.
///
/// Every length and count is checked against the bytes that remain before anything is allocated, so hostile
/// input costs at most memory in proportion to its own size.
struct WireReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Bytes not yet read.
    var remaining: Int { bytes.endIndex - position }

    private mutating func take(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
        guard count >= 0 else { throw .invalidLength }
        guard count <= remaining else { throw .truncated }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    private mutating func integer<Value: FixedWidthInteger>() throws(WireError) -> Value {
        let end = position + Value.bitWidth / 8
        guard end <= bytes.endIndex else { throw .truncated }
        var value: Value = 0
        for index in position..<end { value = (value << 8) | Value(truncatingIfNeeded: bytes[index]) }
        position = end
        return value
    }

    mutating func int8() throws(WireError) -> Int8 { try integer() }

    mutating func int16() throws(WireError) -> Int16 { try integer() }

    mutating func int32() throws(WireError) -> Int32 { try integer() }

    mutating func int64() throws(WireError) -> Int64 { try integer() }

    /// A 128-bit identifier as its two halves in order.
    mutating func uuid() throws(WireError) -> TopicUUID {
        TopicUUID(mostSignificant: try integer(), leastSignificant: try integer())
    }

    /// Base-128 number of at most 32 bits, least significant group first.
    mutating func unsignedVarint() throws(WireError) -> UInt32 {
        var value: UInt64 = 0
        for shift in stride(from: 0, through: 28, by: 7) {
            let byte: UInt8 = try integer()
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte & 0x80 == 0 {
                guard let value = UInt32(exactly: value) else { throw .invalidLength }
                return value
            }
        }
        throw .invalidLength
    }
}

extension WireReader {
    /// A string with a 16-bit length, or a compact one; ill-formed UTF-8 is repaired, as brokers do.
    mutating func string(_ form: WireForm = .plain) throws(WireError) -> String {
        guard let value = try nullableString(form) else { throw .invalidLength }
        return value
    }

    mutating func nullableString(_ form: WireForm = .plain) throws(WireError) -> String? {
        guard let length = try length(form, plain: { reader throws(WireError) in Int(try reader.int16()) })
        else { return nil }
        return String(decoding: try take(length), as: UTF8.self)
    }

    mutating func bytes(_ form: WireForm = .plain) throws(WireError) -> [UInt8] {
        guard let value = try nullableBytes(form) else { throw .invalidLength }
        return value
    }

    mutating func nullableBytes(_ form: WireForm = .plain) throws(WireError) -> [UInt8]? {
        guard let length = try length(form, plain: { reader throws(WireError) in Int(try reader.int32()) })
        else { return nil }
        return Array(try take(length))
    }

    /// An array of elements that take at least `elementBytesMin` bytes each; null reads as empty.
    mutating func array<Element>(
        _ form: WireForm = .plain, elementBytesMin: Int,
        _ element: (inout WireReader) throws(WireError) -> Element
    ) throws(WireError) -> [Element] {
        try nullableArray(form, elementBytesMin: elementBytesMin, element) ?? []
    }

    mutating func nullableArray<Element>(
        _ form: WireForm = .plain, elementBytesMin: Int,
        _ element: (inout WireReader) throws(WireError) -> Element
    ) throws(WireError) -> [Element]? {
        let length = try length(form) { reader throws(WireError) in Int(try reader.int32()) }
        guard let count = length else { return nil }
        guard count <= remaining / max(1, elementBytesMin) else { throw .truncated }
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try element(&self)) }
        return elements
    }

    /// A compact array of compact strings.
    mutating func strings() throws(WireError) -> [String] {
        try array(.compact, elementBytesMin: 1) { reader throws(WireError) in try reader.string(.compact) }
    }

    /// A length or count; `nil` where the marker says null.
    private mutating func length(
        _ form: WireForm, plain: (inout WireReader) throws(WireError) -> Int
    ) throws(WireError) -> Int? {
        let length =
            switch form {
            case .plain: try plain(&self)
            case .compact: Int(try unsignedVarint()) - 1
            }
        guard length >= -1 else { throw .invalidLength }
        return length == -1 ? nil : length
    }

    /// The tagged fields that end a struct of a flexible version; those not asked for are skipped by length.
    mutating func taggedFields(
        _ field: (UInt32, inout WireReader) throws(WireError) -> Void = { _, _ throws(WireError) in }
    ) throws(WireError) {
        let count = try unsignedVarint()
        guard Int(count) <= remaining / 2 else { throw .truncated }
        for _ in 0..<count {
            let tag = try unsignedVarint()
            var content = WireReader(try take(Int(try unsignedVarint())))
            try field(tag, &content)
        }
    }
}

/// How lengths are written: fixed width, or as a varint of length + 1 in flexible versions.
enum WireForm {
    case plain, compact
}
