import ClusterAccess
import OffsetsTopic

/// Writes keys and values as brokers do, apart from the decoder's own code.
struct Wire {
    private(set) var bytes: [UInt8] = []

    init(_ type: Int16) { integer(type) }

    mutating func integer(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
    }

    mutating func varint(_ value: Int) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// 16-bit length.
    mutating func text(_ value: String) {
        integer(Int16(value.utf8.count))
        bytes += Array(value.utf8)
    }

    mutating func compact(_ value: String?) {
        varint(value.map { $0.utf8.count + 1 } ?? 0)
        bytes += Array((value ?? "").utf8)
    }

    mutating func compact<Element>(_ elements: [Element], _ write: (inout Wire, Element) -> Void) {
        varint(elements.count + 1)
        for element in elements { write(&self, element) }
    }

    mutating func uuid(_ value: TopicUUID) {
        integer(value.mostSignificant)
        integer(value.leastSignificant)
    }

    mutating func noTags() { varint(0) }

    mutating func tag(_ tag: Int, _ content: [UInt8]) {
        varint(1)
        varint(tag)
        varint(content.count)
        bytes += content
    }

    /// Partitions by topic, as keys 7 and 8 have them.
    mutating func owned(_ topics: [TopicUUID: [Int32]]) {
        let ordered = topics.sorted { $0.key.leastSignificant < $1.key.leastSignificant }
        compact(ordered) { wire, topic in
            wire.uuid(topic.key)
            wire.compact(topic.value) { $0.integer($1) }
            wire.noTags()
        }
    }

    static func key(_ type: Int16, _ texts: String...) -> [UInt8] {
        var wire = Wire(type)
        for text in texts { wire.text(text) }
        return wire.bytes
    }

    static func value(version: Int16 = 0, _ write: (inout Wire) -> Void) -> [UInt8] {
        var wire = Wire(version)
        write(&wire)
        return wire.bytes
    }
}

extension TopicUUID {
    init(_ number: UInt64) { self.init(mostSignificant: 7, leastSignificant: number) }
}
