import Foundation
import LagwardenTestKit
import OffsetsTopic

/// One record that a real broker wrote, with its fields as Kafka's own classes read them.
struct Sample: Sendable, CustomStringConvertible {
    var file: String
    var line: Int
    var type: Int
    var key: [UInt8]
    var value: [UInt8]?
    var valueVersion: Int16?
    var keyFields: JSONValue
    /// Null for a tombstone.
    var valueFields: JSONValue

    var description: String { "\(file):\(line)" }

    var decoded: OffsetsRecord { OffsetsRecord(key: key[...], value: value.map { $0[...] }) }

    /// Every sample, in the order of the files.
    static let all: [Sample] = {
        let files = ["kafka-3.9.2-classic-coordinator", "kafka-3.9.2-new-coordinator", "kafka-4.3.0"]
        return files.flatMap { file in
            let url = Bundle.module.url(forResource: file, withExtension: "jsonl", subdirectory: "Fixtures")
            let text = url.flatMap { try? String(contentsOf: $0, encoding: .utf8) } ?? ""
            return text.split(separator: "\n").enumerated().compactMap { index, line in
                JSONValue(decoding: Array(line.utf8)).flatMap {
                    Sample(file: file, line: index + 1, json: $0)
                }
            }
        }
    }()

    static func all(ofType types: Int...) -> [Sample] { all.filter { types.contains($0.type) } }

    private init?(file: String, line: Int, json: JSONValue) {
        guard let type = json["type"].integer,
            let key = json["key"].string.flatMap(RecordCorpus.bytes(hex:))
        else { return nil }
        self.file = file
        self.line = line
        self.type = Int(type)
        self.key = key
        value = json["value"].string.flatMap(RecordCorpus.bytes(hex:))
        valueVersion = json["valueVersion"].integer.map(Int16.init)
        keyFields = json["keyFields"]
        valueFields = json["valueFields"]
    }

    static func bytes(hex: String) -> [UInt8]? { RecordCorpus.bytes(hex: hex) }
}
