import ClusterAccess

/// Content of the demo's records.
enum RecordText {
    /// A small JSON object filled up to about `bytes` bytes.
    static func value(topic: TopicName, number: Int64, bytes: Int) -> [UInt8] {
        var value = Array("{\"topic\":\"\(topic)\",\"number\":\(number),\"filler\":\"".utf8)
        let filler = max(0, bytes - value.count - 2)
        value.append(contentsOf: Array(repeating: UInt8(ascii: "x"), count: filler))
        value.append(contentsOf: Array("\"}".utf8))
        return value
    }
}
