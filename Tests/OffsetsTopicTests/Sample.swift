import Foundation
import OffsetsTopic

/// One record that a real broker wrote, with its fields as Kafka's own classes read them.
struct Sample: Sendable, CustomStringConvertible {
    var file: String
    var line: Int
    var type: Int
    var key: [UInt8]
    var value: [UInt8]?
    var valueVersion: Int?
    /// The JSON of the whole line.
    private var json: Data

    var description: String { "\(file):\(line)" }

    var decoded: OffsetsRecord { OffsetsRecord(key: key[...], value: value.map { $0[...] }) }

    var keyFields: [String: Any] { fields["keyFields"] as? [String: Any] ?? [:] }

    var valueFields: [String: Any] { fields["valueFields"] as? [String: Any] ?? [:] }

    private var fields: [String: Any] {
        (try? JSONSerialization.jsonObject(with: json) as? [String: Any]) ?? [:]
    }

    /// Every sample, in the order of the files.
    static let all: [Sample] = {
        let files = ["kafka-3.9.2-classic-coordinator", "kafka-3.9.2-new-coordinator", "kafka-4.3.0"]
        return files.flatMap { file in
            let url = Bundle.module.url(forResource: file, withExtension: "jsonl", subdirectory: "Fixtures")
            let text = url.flatMap { try? String(contentsOf: $0, encoding: .utf8) } ?? ""
            return text.split(separator: "\n").enumerated().compactMap { index, line in
                Sample(file: file, line: index + 1, json: Data(line.utf8))
            }
        }
    }()

    static func all(ofType type: Int) -> [Sample] { all.filter { $0.type == type } }

    private init?(file: String, line: Int, json: Data) {
        guard let object = try? JSONSerialization.jsonObject(with: json) as? [String: Any],
            let type = object["type"] as? Int, let key = (object["key"] as? String).flatMap(Self.bytes)
        else { return nil }
        self.file = file
        self.line = line
        self.type = type
        self.key = key
        value = (object["value"] as? String).flatMap(Self.bytes)
        valueVersion = object["valueVersion"] as? Int
        self.json = json
    }

    static func bytes(hex: String) -> [UInt8]? {
        let digits = Array(hex.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).compactMap { index in
            UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16)
        }
    }
}
