/// Appends Kafka's wire types in both of their forms; shares nothing with the decoder under test.
struct SchemaWriter {
    private(set) var bytes: [UInt8] = []
    /// Whether lengths are varints and structs end in tagged fields.
    var isFlexible: Bool

    init(isFlexible: Bool = false) { self.isFlexible = isFlexible }

    mutating func integer(_ value: some FixedWidthInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func varint(_ value: Int) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func string(_ value: String?) {
        let length = value?.utf8.count ?? -1
        if isFlexible { varint(length + 1) } else { integer(Int16(length)) }
        bytes += Array((value ?? "").utf8)
    }

    mutating func data(_ value: [UInt8]?) {
        count(value?.count ?? -1)
        bytes += value ?? []
    }

    mutating func array<Element>(_ elements: [Element]?, _ write: (inout SchemaWriter, Element) -> Void) {
        count(elements?.count ?? -1)
        for element in elements ?? [] { write(&self, element) }
    }

    mutating func array(_ elements: [some FixedWidthInteger]?) {
        array(elements) { writer, element in writer.integer(element) }
    }

    /// The end of a struct; says nothing in the form without tagged fields.
    mutating func tags(_ fields: [(tag: Int, content: [UInt8])?] = []) {
        guard isFlexible else { return }
        let present = fields.compactMap { $0 }
        varint(present.count)
        for field in present {
            varint(field.tag)
            varint(field.content.count)
            bytes += field.content
        }
    }

    private mutating func count(_ count: Int) {
        if isFlexible { varint(count + 1) } else { integer(Int32(count)) }
    }

    /// Content of a tagged field.
    static func content(_ write: (inout SchemaWriter) -> Void) -> [UInt8] {
        var writer = SchemaWriter(isFlexible: true)
        write(&writer)
        return writer.bytes
    }
}
