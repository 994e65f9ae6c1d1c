/// What one broker answers to a Metadata request, asked without any Kafka library.
struct BrokerProbe: Hashable, Sendable {
    /// Brokers that are alive and unfenced, ascending.
    var brokers: [Int]
    /// The broker named as controller; negative when there is none.
    var controller: Int

    /// Sends Metadata version 4 without topics to loopback and reads the answer; blocks, at most `timeout`
    /// a step.
    static func ask(port: Int, timeout: Duration) throws(LaunchError) -> BrokerProbe {
        let socket = try ClientSocket(port: port, timeout: timeout)
        let body: [UInt8] = [
            0, 3, 0, 4, 0, 0, 0, 1,  // Metadata, version 4, correlation id
            0xff, 0xff,  // no client id
            0, 0, 0, 0,  // no topics
            0,  // no automatic creation
        ]
        try socket.send([0, 0, 0, UInt8(body.count)] + body)
        var header = ByteReader(bytes: try socket.receive(exactly: 4))
        guard let size = header.integer(4), size >= 4, size < 1_000_000 else {
            throw LaunchError("port \(port) does not speak Kafka's protocol")
        }
        var reader = ByteReader(bytes: try socket.receive(exactly: size))
        guard let answer = parse(&reader) else {
            throw LaunchError("port \(port): malformed Metadata answer")
        }
        return answer
    }

    private static func parse(_ reader: inout ByteReader) -> BrokerProbe? {
        guard reader.integer(4) != nil, reader.integer(4) != nil, let count = reader.integer(4) else {
            return nil
        }
        var brokers: [Int] = []
        for _ in 0..<max(0, count) {
            guard let id = reader.integer(4), reader.skipString(), reader.integer(4) != nil,
                reader.skipString()
            else { return nil }
            brokers.append(id)
        }
        guard reader.skipString(), let controller = reader.integer(4) else { return nil }
        return BrokerProbe(brokers: brokers.sorted(), controller: controller)
    }
}

/// Reads Kafka's fixed-width fields; every step answers `nil` past the end.
private struct ByteReader {
    var bytes: [UInt8]
    var position = 0

    /// A signed big-endian integer of 2 or 4 bytes.
    mutating func integer(_ width: Int) -> Int? {
        guard bytes.count - position >= width else { return nil }
        var value: UInt32 = 0
        for byte in bytes[position..<position + width] { value = value << 8 | UInt32(byte) }
        position += width
        return width == 2 ? Int(Int16(truncatingIfNeeded: value)) : Int(Int32(bitPattern: value))
    }

    /// A nullable string.
    mutating func skipString() -> Bool {
        guard let length = integer(2), bytes.count - position >= max(0, length) else { return false }
        position += max(0, length)
        return true
    }
}
