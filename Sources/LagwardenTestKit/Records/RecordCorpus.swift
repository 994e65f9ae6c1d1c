package import Foundation

/// Records that real brokers wrote, from files with one JSON object a line.
package enum RecordCorpus {
    /// Reads `key` and `value` (hexadecimal, or null) of every line; lines without a key are left out.
    package static func read(_ file: URL) throws -> [EncodedRecord] {
        let text = try String(contentsOf: file, encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            let json = JSONValue(decoding: Array(line.utf8)) ?? .null
            guard let key = json["key"].string.flatMap(bytes(hex:)) else { return nil }
            return EncodedRecord(key: key, value: json["value"].string.flatMap(bytes(hex:)))
        }
    }

    /// Reads all `.jsonl` files of a folder in the order of their names.
    package static func read(folder: URL) throws -> [EncodedRecord] {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let records = files.filter { $0.pathExtension == "jsonl" }.sorted { $0.path < $1.path }
        return try records.flatMap { file in try read(file) }
    }

    /// Bytes of a text of hexadecimal digits; `nil` for any other text.
    package static func bytes(hex: String) -> [UInt8]? {
        let digits = hex.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high * 16 + low))
        }
        return bytes
    }
}
