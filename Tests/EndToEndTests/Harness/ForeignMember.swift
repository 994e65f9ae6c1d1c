/// A member of a group that is none of consumers, as Kafka Connect's workers are.
enum ForeignMember {
    /// A whole JoinGroup request of version 2, which every broker from 3.9 to 4.3 takes.
    ///
    /// Source: the protocol guide, kafka.apache.org/protocol.
    static func joinRequest(group: String, protocolType: String = "connect") -> [UInt8] {
        let (joinGroup, version): (Int16, Int16) = (11, 2)
        var body = bytes(joinGroup) + bytes(version) + bytes(Int32(1)) + text("foreign")
        body += text(group) + bytes(Int32(6000)) + bytes(Int32(6000)) + text("") + text(protocolType)
        body += bytes(Int32(1)) + text("default") + bytes(Int32(0))
        return bytes(Int32(body.count)) + body
    }

    private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    private static func text(_ value: String) -> [UInt8] {
        bytes(Int16(value.utf8.count)) + Array(value.utf8)
    }
}
