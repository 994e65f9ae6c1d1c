/// Appends Kafka's big-endian wire types to a buffer.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func integer(_ value: some FixedWidthInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// A string with a 16-bit length, cut at the longest prefix of whole characters that fits.
    mutating func string(_ value: String?) {
        guard let value else { return integer(Int16(-1)) }
        let fitting = value.utf8.count <= Int(Int16.max) ? value : Self.prefix(of: value)
        integer(Int16(fitting.utf8.count))
        bytes.append(contentsOf: fitting.utf8)
    }

    private static func prefix(of value: String) -> String {
        var prefix = ""
        var length = 0
        for character in value {
            length += character.utf8.count
            guard length <= Int(Int16.max) else { break }
            prefix.append(character)
        }
        return prefix
    }

    /// Bytes with a 32-bit length; what a 32-bit length cannot say is written as null.
    mutating func data(_ value: [UInt8]?) {
        guard let value, let length = Int32(exactly: value.count) else { return integer(Int32(-1)) }
        integer(length)
        bytes.append(contentsOf: value)
    }

    mutating func array<Element>(_ elements: [Element], _ write: (inout WireWriter, Element) -> Void) {
        let fitting = elements.prefix(Int(Int32.max))
        integer(Int32(truncatingIfNeeded: fitting.count))
        for element in fitting { write(&self, element) }
    }
}
