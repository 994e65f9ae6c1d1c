import ClusterAccess
import Foundation

/// Records that real brokers wrote, one file for each coordinator, in the order of each partition.
struct Fixture: Sendable, CustomStringConvertible {
    var name: String
    /// Those that a reader of committed records sees.
    var records: [Record] = []
    /// Among them those that are hidden: aborted, or behind a transaction that is open.
    var all: [Record] = []

    var description: String { name }

    static let names = ["kafka-3.9.2-classic-coordinator", "kafka-3.9.2-new-coordinator", "kafka-4.3.0"]

    static let each = names.map { Fixture($0) }

    init(_ name: String) {
        self.name = name
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "OffsetsTopicTests/Fixtures")
        let text = try? String(contentsOf: folder.appending(path: "\(name).jsonl"), encoding: .utf8)
        for line in (text ?? "").split(separator: "\n") {
            guard let fields = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                let partition = fields["partition"] as? Int, let offset = fields["offset"] as? Int,
                let timestamp = fields["timestamp"] as? Int, let key = fields["key"] as? String
            else { continue }
            let record = Record(
                partition: PartitionID(Int32(partition)), offset: Int64(offset), timestamp: Int64(timestamp),
                key: Self.bytes(key), value: (fields["value"] as? String).map(Self.bytes))
            all.append(record)
            if fields["readCommitted"] as? String == "visible" { records.append(record) }
        }
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
            UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16)
        }
    }
}
